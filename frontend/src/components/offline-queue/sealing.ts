/** What lies sealed in the browser's storage: it opens only with the key that a log-in brings along. */
export type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };

const bytes = (words: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(words));

/** Seal a value; what it is `about` must be said again to open it, so that no record takes another's place. */
export async function sealWith(key: CryptoKey, value: unknown, about = ""): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bytes(about) }, key, bytes(JSON.stringify(value)));
  return { iv, data };
}

/** Open what was sealed; undefined when the key is another, or what it is about. */
export async function openWith<T>(key: CryptoKey, sealed: Sealed, about = ""): Promise<T | undefined> {
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv, additionalData: bytes(about) }, key, sealed.data);
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    return undefined;
  }
}

async function keyOf(secret: string): Promise<CryptoKey | undefined> {
  // Pages that did not come over a safe way have no crypto.subtle.
  if (!secret || !globalThis.crypto?.subtle) return undefined;
  const raw = Uint8Array.from(atob(secret), (sign) => sign.charCodeAt(0));
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Seal a value under a secret that came with the page; undefined where there is none or no way to. */
export async function seal(value: unknown, secret: string): Promise<Sealed | undefined> {
  const key = await keyOf(secret);
  return key && sealWith(key, value);
}

/** Open what was sealed under a secret; undefined when that is another. */
export async function unseal<T>(sealed: Sealed, secret: string): Promise<T | undefined> {
  const key = await keyOf(secret);
  return key && openWith<T>(key, sealed);
}
