import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "vite";

const VIRTUAL = "virtual:messages";
const SOURCES = resolve(import.meta.dirname, "../src");
const LOCALE = resolve(import.meta.dirname, "../../src/tongxin/locale");

/** Undo the escapes of one quoted line of a .po file. */
function unquote(line: string): string {
  return JSON.parse(line.slice(line.indexOf('"'))) as string;
}

/** Read msgid → msgstr of a .po file; of a plural, both msgids → the (last) form. */
export function readPo(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of text.split(/\n\s*\n/)) {
    if (/^msgctxt /m.test(entry)) continue;
    const parts = partsOf(entry);
    const words = parts["msgstr"];
    for (const id of [parts["msgid"], parts["msgid_plural"]]) if (id && words) found.set(id, words);
  }
  return found;
}

function partsOf(entry: string): Record<string, string> {
  const parts: Record<string, string> = {};
  let part = "";
  for (const line of entry.split("\n")) {
    const start = /^(msgid_plural|msgid|msgstr)(?:\[\d+\])? "/.exec(line);
    if (start) parts[(part = start[1]!)] = "";
    if (part && (start || line.startsWith('"'))) parts[part] += unquote(line);
  }
  return parts;
}

/** Every string given to t("…") in a source text. */
export function usedIn(source: string): string[] {
  return [...source.matchAll(/\bt\(\s*("(?:[^"\\]|\\.)*")/g)].map((hit) => JSON.parse(hit[1]!) as string);
}

function filesUnder(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
}

/** Components whose words only the pages that show them load; they `learn` them (src/i18n.ts). */
const OWN = ["plan", "visits"];
const ownerOf = (file: string): string => OWN.find((name) => file.includes(join("components", name, "/"))) ?? "";

/**
 * The Chinese words of the strings that TypeScript uses: those of one of `OWN`, else what all pages share.
 * Throws when any string has none.
 */
export function collect(of = ""): Record<string, string> {
  const chinese = new Map<string, string>();
  for (const file of filesUnder(LOCALE, ".po")) {
    for (const [id, words] of readPo(readFileSync(file, "utf8"))) chinese.set(id, words);
  }
  const sources = filesUnder(SOURCES, ".ts").filter((file) => !file.endsWith(".test.ts"));
  const used = (owner: string): string[] => sources.filter((file) => ownerOf(file) === owner).flatMap((file) => usedIn(readFileSync(file, "utf8")));
  const missing = [...new Set(["", ...OWN].flatMap(used))].filter((id) => !chinese.has(id));
  if (missing.length > 0) throw new Error(`no Chinese in src/tongxin/locale for: ${missing.join(" | ")}`);
  const shared = new Set(of ? used("") : []);
  return Object.fromEntries(used(of).filter((id) => !shared.has(id)).map((id) => [id, chinese.get(id)!]));
}

/** Gives TypeScript its share of the Python catalogue as `virtual:messages`, a component's own as `virtual:messages/name`. */
export function catalogue(): Plugin {
  const asked = (id: string): boolean => id === VIRTUAL || OWN.some((name) => id === `${VIRTUAL}/${name}`);
  return {
    name: "tongxin-catalogue",
    resolveId: (id) => (asked(id) ? `\0${id}` : undefined),
    load: (id) => (id.startsWith("\0") && asked(id.slice(1)) ? `export default ${JSON.stringify(collect(id.slice(VIRTUAL.length + 2)))}` : undefined),
  };
}
