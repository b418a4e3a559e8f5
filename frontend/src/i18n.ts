import messages from "virtual:messages";

const chinese = (): boolean => document.documentElement.lang.toLowerCase().startsWith("zh");

/** Put values into `%(name)s`. */
function fill(words: string, values: Record<string, string | number>): string {
  return words.replace(/%\((\w+)\)s/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words for an English msgid in the page's language, as Python's gettext would give them. */
export function t(msgid: string, values: Record<string, string | number> = {}): string {
  return fill((chinese() && messages[msgid]) || msgid, values);
}
