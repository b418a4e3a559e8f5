import type { Sealed } from "../offline-queue/sealing";

/** The data key as it lies on the phone: wrapped, with what is needed to open it besides the PIN. */
export type Wrap = { salt: Uint8Array<ArrayBuffer>; rounds: number; iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer; credential?: Uint8Array<ArrayBuffer> };

export const ROUNDS = 600_000;
export const SHORTEST = 6;
const AES = { name: "AES-GCM", length: 256 } as const;
const USES: KeyUsage[] = ["encrypt", "decrypt"];

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));
const bytes = (words: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(words));

/** A secret of this browser on this phone that scripts can use and never read. */
export function newDeviceSecret(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256", length: 256 }, false, ["sign"]);
}

/** What a person gives, hardened, and the device's secret together make the key that wraps. */
async function wrapping(given: BufferSource, device: CryptoKey, salt: Uint8Array<ArrayBuffer>, info: string): Promise<CryptoKey> {
  const bound = await crypto.subtle.sign("HMAC", device, salt);
  const base = await crypto.subtle.importKey("raw", given, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: bound, info: bytes(info) };
  return crypto.subtle.deriveKey(how, base, AES, false, ["wrapKey", "unwrapKey"]);
}

async function byPin(pin: string, device: CryptoKey, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<CryptoKey> {
  const typed = await crypto.subtle.importKey("raw", bytes(pin), "PBKDF2", false, ["deriveBits"]);
  const hard = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, typed, 256);
  return wrapping(hard, device, salt, "tongxin visits pin 1");
}

async function wrapped(data: CryptoKey, by: CryptoKey): Promise<Sealed> {
  const iv = random(12);
  return { iv, data: await crypto.subtle.wrapKey("raw", data, by, { name: "AES-GCM", iv }) };
}

async function unwrapped(wrap: Wrap, by: CryptoKey, extractable: boolean): Promise<CryptoKey | undefined> {
  try {
    return await crypto.subtle.unwrapKey("raw", wrap.data, by, { name: "AES-GCM", iv: wrap.iv }, AES, extractable, USES);
  } catch {
    return undefined; // the PIN or the device is another
  }
}

/** Make a data key and wrap it by a PIN; the key that is returned cannot be read out. */
export async function newDataKey(pin: string, device: CryptoKey): Promise<{ key: CryptoKey; wrap: Wrap }> {
  const fresh = await crypto.subtle.generateKey(AES, true, USES);
  const wrap = await wrapByPin(fresh, pin, device);
  return { key: (await openByPin(pin, device, wrap))!, wrap };
}

/** Wrap a data key that may still be read out. */
export async function wrapByPin(data: CryptoKey, pin: string, device: CryptoKey): Promise<Wrap> {
  const salt = random(16);
  return { salt, rounds: ROUNDS, ...(await wrapped(data, await byPin(pin, device, salt, ROUNDS))) };
}

/** The data key, or undefined when the PIN is wrong. `extractable` only to wrap it once more. */
export async function openByPin(pin: string, device: CryptoKey, wrap: Wrap, extractable = false): Promise<CryptoKey | undefined> {
  return unwrapped(wrap, await byPin(pin, device, wrap.salt, wrap.rounds), extractable);
}

/** Wrap a data key by what a passkey answers (PRF), of the credential `credential`. */
export async function wrapByPasskey(data: CryptoKey, answer: BufferSource, credential: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>, device: CryptoKey): Promise<Wrap> {
  return { salt, rounds: 0, credential, ...(await wrapped(data, await wrapping(answer, device, salt, PASSKEY))) };
}

export async function openByPasskey(answer: BufferSource, device: CryptoKey, wrap: Wrap): Promise<CryptoKey | undefined> {
  return unwrapped(wrap, await wrapping(answer, device, wrap.salt, PASSKEY), false);
}

const PASSKEY = "tongxin visits passkey 1";

/** Whether a PIN is too easily guessed: short, one figure only, or figures in a row. */
export function tooEasy(pin: string): boolean {
  const codes = [...pin].map((sign) => sign.charCodeAt(0));
  const steps = new Set(codes.slice(1).map((code, at) => code - codes[at]!));
  return pin.length < SHORTEST || (steps.size === 1 && [0, 1, -1].includes([...steps][0]!));
}

