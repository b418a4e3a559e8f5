/** A picture that waits: small enough for a weak signal, sealed with the act it belongs to. */
export type Picture = { name: string; type: string; data: string };

const LONGEST_SIDE = 2_000;
const QUALITY = 0.85;
/** A picture that could not be made smaller is kept up to this size, in bytes. */
const LARGEST = 4_000_000;

/** The pictures of a form by field, made smaller; undefined when one of them cannot be kept. */
export async function picturesOf(form: HTMLFormElement): Promise<Record<string, Picture> | undefined> {
  const found: Record<string, Picture> = {};
  for (const [name, given] of new FormData(form)) {
    if (typeof given === "string" || given.size === 0) continue;
    const small = await smaller(given);
    if (small.size > LARGEST) return undefined;
    found[name] = { name: given.name, type: small.type || given.type, data: await base64(small) };
  }
  return found;
}

/** The picture as it is sent. */
export function blobOf({ type, data }: Picture): Blob {
  const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
  return new Blob([bytes], { type });
}

/** A phone's picture of many megabytes becomes one of some hundred kilobytes, turned upright; else it stays. */
async function smaller(file: File): Promise<Blob> {
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return made && made.size < file.size ? made : file;
  } catch {
    return file;
  }
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
