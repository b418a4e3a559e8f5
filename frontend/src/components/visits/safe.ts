import { openWith, sealWith } from "../offline-queue/sealing";
import { newDataKey, newDeviceSecret, openByPasskey, openByPin, wrapByPasskey, wrapByPin, type Wrap } from "./keys";
import { begin, countTry, putKeys, readKeys, wipeAll } from "./keeping";
import { askPasskey, makePasskey } from "./passkey";
import { counted, left, MOST, NONE, restOf } from "./tries";

export type Tried = { is: "open" } | { is: "wrong"; left: number; rest: number } | { is: "rest"; rest: number } | { is: "wiped" } | { is: "none" };

/** The one place where the data key is: in memory, from a PIN or a passkey until the phone locks again. */
export class Safe {
  #key: CryptoKey | undefined;

  get key(): CryptoKey | undefined {
    return this.#key;
  }

  lock(): void {
    this.#key = undefined;
  }

  /** Begin to keep visits of a member here, under a PIN; the phone is open then. */
  async setUp(pin: string, uuid: string, member: number): Promise<CryptoKey> {
    const secret = await newDeviceSecret();
    const { key, wrap } = await newDataKey(pin, secret);
    await begin({ id: "device", uuid, secret }, wrap, await sealWith(key, member, "owner"), Date.now());
    return (this.#key = key);
  }

  /** Whose visits these are; undefined while locked. */
  async owner(): Promise<number | undefined> {
    const { owner } = await readKeys();
    return owner && this.#key && openWith<number>(this.#key, owner, "owner");
  }

  /** Try a PIN. The try is counted first; the tenth wrong one in a row clears the phone. */
  async unlock(pin: string): Promise<Tried> {
    const { device, pin: wrap } = await readKeys();
    if (!device || !wrap) return { is: "none" };
    let rest = 0;
    const tries = await countTry((before) => {
      rest = restOf(before, Date.now());
      return rest > 0 ? undefined : counted(before, Date.now());
    });
    if (!tries) return { is: "rest", rest };
    const key = await openByPin(pin, device.secret, wrap);
    if (key) return this.#opened(key);
    if (tries.count < MOST) return { is: "wrong", left: left(tries), rest: restOf(tries, Date.now()) };
    await wipeAll();
    return { is: "wiped" };
  }

  async #opened(key: CryptoKey): Promise<Tried> {
    await putKeys({ id: "tries", ...NONE });
    this.#key = key;
    return { is: "open" };
  }

  /** Open by the phone's passkey; false when it was not used or is another. */
  async unlockByPasskey(): Promise<boolean> {
    const { device, passkey } = await readKeys();
    if (!device || !passkey?.credential) return false;
    const answer = await askPasskey(passkey.credential, passkey.salt);
    const key = answer && (await openByPasskey(answer, device.secret, passkey));
    return !!key && (await this.#opened(key)).is === "open";
  }

  /** Let a passkey open the phone too; the PIN is asked, for only it can make the key be wrapped once more. */
  async addPasskey(pin: string): Promise<"done" | "wrong" | "not here"> {
    const data = await this.#readable(pin);
    if (!data) return "wrong";
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const known = await makePasskey(salt);
    if (!known) return "not here";
    const { device } = await readKeys();
    await putKeys({ id: "passkey", ...(await wrapByPasskey(data.key, known.answer, known.credential, salt, device!.secret)) });
    return "done";
  }

  async changePin(pin: string, next: string): Promise<boolean> {
    const data = await this.#readable(pin);
    if (!data) return false;
    const { device } = await readKeys();
    await putKeys({ id: "pin", ...(await wrapByPin(data.key, next, device!.secret)) });
    return true;
  }

  /** The data key in a form that can be wrapped; a wrong PIN counts as at the lock. */
  async #readable(pin: string): Promise<{ key: CryptoKey } | undefined> {
    if ((await this.unlock(pin)).is !== "open") return undefined;
    const { device, pin: wrap } = (await readKeys()) as { device: { secret: CryptoKey }; pin: Wrap };
    const key = await openByPin(pin, device.secret, wrap, true);
    return key && { key };
  }
}
