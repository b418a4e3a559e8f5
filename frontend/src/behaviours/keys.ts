/** Whether keys now go into a field, where letters are letters. */
export function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]");
}

function visible(element: HTMLElement): boolean {
  return element.getClientRects().length > 0 && !element.matches(":disabled");
}

/** The element that a key belongs to: the last visible one wins, so that what opened last is meant. */
function meantBy(key: string): HTMLElement | undefined {
  const all = [...document.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)];
  return all.filter(visible).at(-1);
}

function press(element: HTMLElement): void {
  if (!typing(element)) return element.click();
  element.focus();
  if (element instanceof HTMLInputElement) element.select();
}

/** Move along a [data-walk] list (or a table's rows) by one. */
function walk(step: 1 | -1): void {
  const items = [...document.querySelectorAll<HTMLElement>("[data-walk] a, tr[data-open]")].filter(visible);
  if (items.length === 0) return;
  const at = items.findIndex((item) => item === document.activeElement);
  const chosen = items.findIndex((item) => item.getAttribute("aria-current") === "true");
  const from = at >= 0 ? at : chosen >= 0 ? chosen : step > 0 ? -1 : items.length;
  const next = items[Math.min(Math.max(from + step, 0), items.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) (event.target as HTMLElement).blur();
  else if (typing(event.target)) return;
  if (event.key === "j" || event.key === "k") return walk(event.key === "j" ? 1 : -1);
  const row = (event.target as Element).closest?.<HTMLElement>("tr[data-open]");
  if (event.key === "Enter" && row) return location.assign(row.dataset["open"]!);
  const element = meantBy(event.key);
  if (!element) return;
  event.preventDefault();
  press(element);
}

/** Fill and open the list of the keys that work on this page now. */
export function showKeys(): void {
  const dialog = document.getElementById("key-help") as HTMLDialogElement | null;
  const list = dialog?.querySelector("[data-keys]");
  if (!dialog || !list) return;
  list.replaceChildren(...[...keysHere()].flatMap(([key, words]) => line(key, words)));
  dialog.showModal();
}

function keysHere(): Map<string, string> {
  const found = new Map<string, string>();
  if (document.querySelector("[data-walk] a, tr[data-open]")) found.set("j k", walkWords());
  for (const element of document.querySelectorAll<HTMLElement>("[data-key]")) {
    if (visible(element)) found.set(element.dataset["key"]!, wordsOf(element));
  }
  return found;
}

function walkWords(): string {
  return document.querySelector("[data-walk]")?.getAttribute("aria-label") ?? "";
}

function wordsOf(element: HTMLElement): string {
  const label = (element as HTMLInputElement).labels?.[0] ?? element;
  const own = [...label.childNodes].filter((node) => !(node instanceof Element && node.matches("kbd, .must")));
  const text = own.map((node) => node.textContent).join(" ").trim();
  return element.dataset["keyLabel"] ?? element.getAttribute("aria-label") ?? text;
}

function line(key: string, words: string): HTMLElement[] {
  const term = document.createElement("dt");
  const shown = document.createElement("kbd");
  shown.textContent = key;
  term.append(shown);
  const meaning = document.createElement("dd");
  meaning.textContent = words;
  return [term, meaning];
}

/** Make all of the page's data-key work. */
export function listenToKeys(): void {
  document.addEventListener("keydown", onKey);
}
