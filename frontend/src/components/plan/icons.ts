/** The plan's own small drawings on 24 × 24, strokes only; each differs by shape, never by colour alone. */
export const ICONS: Record<string, string> = {
  // states
  lived_in: "M3 12 12 4l9 8M6 10v10h12V10M10 20v-5h4v5",
  let: "M11 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0ZM11 12h10v4M16.500 12v3.500",
  empty: "M5 21V4h14v17M2.500 21h19M9.500 12.500h5",
  unknown: "M8 9a4 4 0 1 1 5.800 3.600c-1.200.6-1.800 1.400-1.800 2.900M12 20h.01",
  // uses
  shop: "M4 10 5.500 4h13L20 10M4 10c0 3.500 5.300 3.500 5.300 0 0 3.500 5.400 3.500 5.400 0 0 3.500 5.300 3.500 5.300 0M5.500 13v7h13v-7",
  bungalow: "M2 12 12 5l10 7M5 11v8h14v-8",
  court: "M4 4h16v16H4ZM9 9h6v6H9Z",
  common: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3 20a6 6 0 0 1 12 0M16 5.500a3 3 0 0 1 0 5.500M17 14.500a6 6 0 0 1 4 5.500",
  other: "M5 5h14v14H5ZM9 12h6",
  // needs
  lives_alone: "M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM5 21a7 7 0 0 1 14 0",
  hard_of_hearing: "M7 10a5 5 0 1 1 10 0c0 4-4 4-4 8a3 3 0 0 1-5 2M10 10a2 2 0 1 1 4 0M3 3l18 18",
  poor_sight: "M2 12s4-6.500 10-6.500S22 12 22 12s-4 6.500-10 6.500S2 12 2 12ZM3 3l18 18",
  wheelchair: "M10 4h.01M10 8v6h6l2.500 5H21M10 10.500h5M8 11.500a5.500 5.500 0 1 0 7 7",
  bedridden: "M3 6v13M3 15h18v4M21 15v-2a3 3 0 0 0-3-3h-7v5M7 12.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3Z",
  oxygen: "M8 8a4 4 0 0 1 8 0v13H8ZM12 4V2M9 2h6M8 13h8",
  dialysis: "M12 3s6 6.500 6 11a6 6 0 0 1-12 0c0-4.500 6-11 6-11ZM9 14h6M12 11v6",
  memory: "M12 21c5-5.500 7-8.500 7-11a7 7 0 1 0-14 0c0 2.500 2 5.500 7 11ZM10 8.500a2 2 0 1 1 2.800 1.800c-.6.3-.8.6-.8 1.200M12 14h.01",
  infant: "M12 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM10 7h.01M14 7h.01M10.500 9.200c1 .8 2 .8 3 0M6 21c0-4 2.500-6 6-6s6 2 6 6",
  pregnant: "M11 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 22v-6H7l2-7.500h3c3.500 1.500 5 6 1.500 7.500V22",
  sign_language: "M8 13V6a1.500 1.500 0 0 1 3 0v5V4a1.500 1.500 0 0 1 3 0v7-5a1.500 1.500 0 0 1 3 0v9a6 6 0 0 1-6 6c-3.500 0-5-2-7-6.500a1.500 1.500 0 0 1 2.700-1.200Z",
  // flags
  noVisit: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM7 12h10",
  hazard: "M13 2 5 13.500h6L10 22l9-12h-6.500Z",
  dog: "M5 4v6l2 2v8h3v-5h5v5h3v-9l3-2V6h-4l-2 3H10Z",
};

export const iconOf = (code: string): string => ICONS[code] ?? ICONS["unknown"]!;

const COUNT: Record<string, number> = { m: 2, l: 2, h: 1, v: 1, c: 6, s: 4, q: 4, t: 2, a: 7, z: 0 };
const ready = new Map<string, { x: number; y: number; rest: string }>();

/**
 * An icon's path at a place in a size, without a transform: each transform would be a layer's worth of
 * work for the browser, and a large building has thousands of icons.
 */
export function placed(code: string, x: number, y: number, size: number): string {
  const key = `${code}:${size}`;
  let found = ready.get(key);
  if (!found) ready.set(key, (found = relative(iconOf(code), size / 24)));
  return `M${round(x + found.x)} ${round(y + found.y)}${found.rest}`;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** A path as its first point and all that follows relative to it, scaled. */
function relative(path: string, scale: number): { x: number; y: number; rest: string } {
  const begun: { at: { x: number; y: number } | null } = { at: null };
  let [x, y, startX, startY] = [0, 0, 0, 0];
  let rest = "";
  for (const [, command, said] of path.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g)) {
    const small = command!.toLowerCase();
    const numbers = (said!.match(/-?(?:\d+\.?\d*|\.\d+)/g) ?? []).map(Number);
    for (let at = 0; at === 0 || at < numbers.length; at += COUNT[small]! || 1) {
      const part = numbers.slice(at, at + COUNT[small]!);
      if (small === "z") [x, y, rest] = [startX, startY, `${rest}z`];
      else {
        const moved = command === small ? part : fromHere(small, part, x, y);
        const [dx, dy] = small === "h" ? [moved[0]!, 0] : small === "v" ? [0, moved[0]!] : [moved.at(-2)!, moved.at(-1)!];
        [x, y] = [x + dx, y + dy];
        if (small === "m" && at === 0) [startX, startY] = [x, y];
        if (!begun.at) begun.at = { x: x * scale, y: y * scale };
        else rest += (small === "m" && at > 0 ? "l" : small) + scaled(small, moved, scale).join(" ");
      }
    }
  }
  return { x: begun.at?.x ?? 0, y: begun.at?.y ?? 0, rest };
}

function fromHere(small: string, part: number[], x: number, y: number): number[] {
  if (small === "h") return [part[0]! - x];
  if (small === "v") return [part[0]! - y];
  if (small === "a") return [...part.slice(0, 5), part[5]! - x, part[6]! - y];
  return part.map((value, at) => value - (at % 2 ? y : x));
}

function scaled(small: string, part: number[], scale: number): number[] {
  return part.map((value, at) => round(small === "a" && at >= 2 && at <= 4 ? value : value * scale));
}
