import { t } from "../i18n";

type Kind = "text" | "number" | "time";

function valueOf(row: Element, column: number): string {
  const cell = row.children[column] as HTMLElement | undefined;
  return cell?.dataset["sort"] ?? cell?.querySelector("time")?.dateTime ?? cell?.textContent?.trim() ?? "";
}

/** A comparison for a column of the given kind; Chinese sorts by its reading. */
export function comparison(kind: Kind): (a: string, b: string) => number {
  if (kind === "number") return (a, b) => number(a) - number(b);
  if (kind === "time") return (a, b) => (Date.parse(a) || 0) - (Date.parse(b) || 0);
  const order = new Intl.Collator(document.documentElement.lang || "zh-Hans", { numeric: true });
  return (a, b) => order.compare(a, b);
}

const number = (words: string): number => Number.parseFloat(words.replace(/[^\d.-]/g, "")) || 0;

function sortBy(button: HTMLElement): void {
  const head = button.closest("th")!;
  const body = head.closest("table")!.tBodies[0]!;
  const up = head.getAttribute("aria-sort") !== "ascending";
  const compare = comparison(button.dataset["sortBy"] as Kind);
  const column = [...head.parentElement!.children].indexOf(head);
  const rows = ([...body.children] as HTMLElement[]).sort((a, b) => compare(valueOf(a, column), valueOf(b, column)));
  if (!up) rows.reverse();
  head.parentElement!.querySelectorAll("[aria-sort]").forEach((each) => each.setAttribute("aria-sort", "none"));
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  body.append(...rows);
}

function filter(input: HTMLInputElement): void {
  const block = input.closest("[data-table]")!;
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...block.querySelectorAll<HTMLTableRowElement>("tbody tr")];
  for (const row of rows) {
    const text = row.textContent!.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  const shown = rows.filter((row) => !row.hidden).length;
  const told = block.querySelector("[data-shown]");
  if (told) told.textContent = words.length ? t("%(shown)s of %(all)s", { shown, all: rows.length }) : "";
}

/** Sorting and filtering for every [data-table], also for those that come later. */
export function listenToTables(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-sort-by]");
    if (button) sortBy(button);
  });
  document.addEventListener("input", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.matches("[data-filter]")) filter(input);
  });
}
