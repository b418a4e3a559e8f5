/** What lies sealed in the browser's storage: it opens only with the key that a log-in brings along. */
export type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };

async function keyOf(secret: string): Promise<CryptoKey | undefined> {
  // Pages that did not come over a safe way have no crypto.subtle.
  if (!secret || !globalThis.crypto?.subtle) return undefined;
  const raw = Uint8Array.from(atob(secret), (sign) => sign.charCodeAt(0));
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Seal a value; undefined where there is no key or no way to. */
export async function seal(value: unknown, secret: string): Promise<Sealed | undefined> {
  const key = await keyOf(secret);
  if (!key) return undefined;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain) };
}

/** Open what was sealed; undefined when the key is another. */
export async function unseal<T>(sealed: Sealed, secret: string): Promise<T | undefined> {
  const key = await keyOf(secret);
  if (!key) return undefined;
  try {
    const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, key, sealed.data);
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    return undefined;
  }
}
