import { t } from "../../i18n";

/** What a passkey of this phone answers for a salt, always the same: the PRF extension of WebAuthn. */
type Prf = { enabled?: boolean; results?: { first?: ArrayBuffer } };
export type Known = { credential: Uint8Array<ArrayBuffer>; answer: ArrayBuffer };

/** Whether it is worth offering: a browser that knows passkeys, under a name (they are not for bare numbers). */
export function mayHavePasskey(): boolean {
  return typeof PublicKeyCredential !== "undefined" && isSecureContext && !/^[\d.]+$|:/.test(location.hostname);
}

const random = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length));
const salted = (salt: BufferSource): AuthenticationExtensionsClientInputs => ({ prf: { eval: { first: salt } } }) as AuthenticationExtensionsClientInputs;
const prfOf = (given: Credential | null): Prf => ((given as PublicKeyCredential).getClientExtensionResults() as { prf?: Prf }).prf ?? {};

/** Make a passkey for this phone; undefined where its kind cannot answer (no PRF) or the person says no. */
export async function makePasskey(salt: Uint8Array<ArrayBuffer>): Promise<Known | undefined> {
  try {
    const made = (await navigator.credentials.create({ publicKey: { ...wanted(), extensions: salted(salt) } })) as PublicKeyCredential | null;
    if (!made || !prfOf(made).enabled) return undefined;
    const credential = new Uint8Array(made.rawId);
    const answer = prfOf(made).results?.first ?? (await askPasskey(credential, salt));
    return answer && { credential, answer };
  } catch {
    return undefined;
  }
}

/** Nobody but this phone checks it: it answers, it does not log in. */
function wanted(): PublicKeyCredentialCreationOptions {
  const words = t("Visits on this phone");
  return {
    challenge: random(32),
    rp: { name: t("Tongxin") },
    user: { id: random(16), name: words, displayName: words },
    pubKeyCredParams: [-7, -257].map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: { authenticatorAttachment: "platform", userVerification: "required", residentKey: "discouraged" },
  };
}

/** Ask the phone's passkey; undefined when it was not used. */
export async function askPasskey(credential: Uint8Array<ArrayBuffer>, salt: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer | undefined> {
  try {
    const given = await navigator.credentials.get({
      publicKey: { challenge: random(32), allowCredentials: [{ type: "public-key", id: credential }], userVerification: "required", extensions: salted(salt) },
    });
    return prfOf(given).results?.first;
  } catch {
    return undefined;
  }
}
