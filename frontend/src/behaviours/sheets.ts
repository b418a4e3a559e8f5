import type { TxPlan } from "../components/plan/plan";
import type { Worded } from "../components/plan/pasting";
import { csrfToken } from "../dom";
import { t } from "../i18n";
import { toast } from "./toasts";

const one = <T extends HTMLElement>(selector: string): T | null => document.querySelector<T>(selector);
const plan = (): TxPlan | null => one<TxPlan>("tx-plan");
const line = (): HTMLFormElement | null => one<HTMLFormElement>("[data-sheet-line]");
const typed = (): HTMLInputElement | null => line()?.querySelector<HTMLInputElement>('[name="words"]') ?? null;

const ZOOMS = [100, 150, 200, 300];

/** The photograph of the sheet beside the plan: larger, smaller, turned. */
function tiePicture(): void {
  const image = one<HTMLImageElement>("[data-sheet-image]");
  if (!image) return;
  let [turn, zoom] = [0, 0];
  const show = (): void => {
    image.style.width = `${ZOOMS[zoom]}%`;
    image.style.transform = turn ? `rotate(${turn}deg)` : "";
    // A picture on its side keeps to its own place, so that nothing of it lies over the page.
    const tall = turn % 180 !== 0 ? (image.clientWidth - image.clientHeight) / 2 : 0;
    image.style.marginBlock = `${tall}px`;
  };
  one("[data-sheet-rotate]")?.addEventListener("click", () => ((turn = (turn + 90) % 360), show()));
  for (const button of document.querySelectorAll<HTMLElement>("[data-sheet-zoom]"))
    button.addEventListener("click", () => ((zoom = Math.min(Math.max(zoom + Number(button.dataset["sheetZoom"]), 0), ZOOMS.length - 1)), show()));
}

type Filled = { people: number; known: number; bad: { flat: string; why: string }[]; flats: Record<string, number>; detail?: string };

/** Posts whom cells name, one lot after another; what is not taken is said, flat by flat, and stays to be read. */
let before: Promise<void> = Promise.resolve();
function enter(cells: Worded[]): void {
  before = before.then(() => post(cells));
}

async function post(cells: Worded[]): Promise<void> {
  const form = line();
  if (!form) return;
  const ground = new FormData(form).get("ground");
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrfToken(), Accept: "application/json" };
  try {
    const answer = await fetch(form.dataset["peopleUrl"]!, { method: "POST", headers, body: JSON.stringify({ ground, cells }) });
    const said = (await answer.json()) as Filled;
    if (!answer.ok) return keep(cells, said.detail ?? t("This was not kept."));
    tell(said);
  } catch {
    keep(cells, t("No network: this was not kept."));
  }
}

function tell(said: Filled): void {
  const host = plan();
  for (const [flat, count] of Object.entries(said.flats)) {
    const now = host?.plan?.units.flatMap((unit) => unit.flats).find((each) => each.id === Number(flat));
    if (now) host?.settle(now.id, { people: now.people + count });
  }
  note(t("%(n)s people kept, %(known)s were there already.", { n: said.people, known: said.known }));
  for (const { flat, why } of said.bad) note(`${flat}: ${why}`, "is-broken");
  name();
}

/** What could not be kept comes back into the line, or stays to be read. */
function keep(cells: Worded[], why: string): void {
  const field = typed();
  if (cells.length === 1 && field && !field.value) field.value = cells[0]!.words;
  note(why, "is-broken");
}

function note(words: string, look = ""): void {
  const list = one("[data-sheet-told]");
  if (!list) return;
  const entry = document.createElement("p");
  entry.className = `sheet-note ${look}`;
  entry.textContent = words;
  list.prepend(entry);
  while (list.childElementCount > 8) list.lastElementChild!.remove();
}

/** Says beside the line which flat it is about, and how many people that has already. */
function name(): void {
  const flat = plan()?.chosen;
  const [title, people] = [one("[data-line-flat]"), one("[data-line-people]")];
  if (title) title.textContent = flat?.number ?? "";
  if (people) people.textContent = flat?.people ? t("%(n)s people kept", { n: flat.people }) : "";
}

/** One line a flat: Enter or Tab keeps it and goes on, Shift+Tab goes back, Escape leads to the plan. */
function tieLine(): void {
  const form = line();
  const field = typed();
  if (!form || !field) return;
  const take = (): void => {
    const words = field.value.trim();
    const cell = words ? plan()?.take(words) : null;
    field.value = "";
    if (cell) enter([cell]);
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return event.stopPropagation(), plan()?.focus();
    if (event.key !== "Enter" && event.key !== "Tab") return;
    const back = event.shiftKey;
    take();
    // At the last flat Tab leaves the line as everywhere.
    if (plan()?.forward(back ? -1 : 1, false) || event.key === "Enter") event.preventDefault();
  });
  document.addEventListener("tx:at", name);
  document.addEventListener("tx:words", (event) => enter((event as CustomEvent<{ cells: Worded[] }>).detail.cells));
  void customElements.whenDefined("tx-plan").then(() => plan()?.updateComplete).then(name);
}

type Recogniser = { lang: string; continuous: boolean; onresult: (event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void; onend: () => void; start(): void; stop(): void };

function recogniser(): Recogniser | null {
  const maker = (window as unknown as Record<string, (new () => Recogniser) | undefined>);
  const Made = maker["SpeechRecognition"] ?? maker["webkitSpeechRecognition"];
  return Made ? new Made() : null;
}

/** Dictation by the browser, where it has any: a state goes onto the plan, names into the line, to be read first. */
function listen(button: HTMLElement): void {
  const ear = recogniser();
  if (!ear) return;
  button.hidden = false;
  let on = false;
  ear.lang = "zh-CN";
  ear.continuous = true;
  ear.onresult = ({ results }) => understand(results[results.length - 1]![0]!.transcript);
  ear.onend = () => on && ear.start();
  button.addEventListener("click", () => {
    on = !on;
    button.setAttribute("aria-pressed", String(on));
    one("[data-sheet-hint]")!.hidden = !on;
    on ? ear.start() : ear.stop();
  });
}

function understand(words: string): void {
  const field = typed();
  const inLine = document.activeElement === field;
  const rest = plan()?.hear(words, !inLine);
  if (!field || rest === undefined) return;
  if (rest === null ? inLine : saysName(rest)) {
    field.value = (rest ?? words).trim();
    field.focus();
  }
}

const saysName = (words: string): boolean => /[\p{L}]{2,}.*\d{7,}|\d{7,}/u.test(words);

/** Ties photographs, typing, pasting and dictation to the plan of the page. */
export function tieSheets(): void {
  tiePicture();
  tieLine();
  one("[data-sheet-paste]")?.addEventListener("paste", (event) => {
    const filled = plan()?.paste((event as ClipboardEvent).clipboardData?.getData("text/plain") ?? "") ?? 0;
    toast(t("%(n)s flats filled in.", { n: filled }), filled ? "done" : "waiting");
    event.preventDefault();
  });
  const button = one("[data-sheet-listen]");
  if (button) listen(button);
}
