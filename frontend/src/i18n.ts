import shared from "virtual:messages";

const messages = { ...shared };

/** Take in the words of a component that only some pages show (build/catalogue.ts). */
export function learn(own: Record<string, string>): void {
  Object.assign(messages, own);
}

const chinese = (): boolean => document.documentElement.lang.toLowerCase().startsWith("zh");

/** Put values into `%(name)s`. */
function fill(words: string, values: Record<string, string | number>): string {
  return words.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words for an English msgid in the page's language, as Python's gettext would give them. */
export function t(msgid: string, values: Record<string, string | number> = {}): string {
  return fill((chinese() && messages[msgid]) || msgid, values);
}
