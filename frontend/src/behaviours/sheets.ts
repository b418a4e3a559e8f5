import type { TxPlan } from "../components/plan/plan";
import { t } from "../i18n";
import { toast } from "./toasts";

const one = <T extends HTMLElement>(selector: string): T | null => document.querySelector<T>(selector);
const plan = (): TxPlan | null => one<TxPlan>("tx-plan");

/** The photographs of paper sheets beside the plan: they stay on this screen and are never sent. */
class Sheets {
  #files: File[] = [];
  #at = 0;
  #turn = 0;
  #url = "";

  take(files: FileList | null): void {
    this.#files = [...(files ?? [])].filter((file) => file.type.startsWith("image/"));
    this.#at = 0;
    this.#show();
  }

  go(by: number): void {
    this.#at = Math.min(Math.max(this.#at + by, 0), this.#files.length - 1);
    this.#show();
  }

  rotate(): void {
    this.#turn = (this.#turn + 90) % 360;
    const image = one<HTMLImageElement>("[data-sheet-image]");
    if (image) image.style.transform = `rotate(${this.#turn}deg)`;
  }

  #show(): void {
    const [figure, image, count] = [one("[data-sheet-photo]"), one<HTMLImageElement>("[data-sheet-image]"), one("[data-sheet-count]")];
    const file = this.#files[this.#at];
    if (!figure || !image || !count) return;
    figure.hidden = !file;
    if (!file) return;
    URL.revokeObjectURL(this.#url);
    image.src = this.#url = URL.createObjectURL(file);
    count.textContent = t("Sheet %(at)s of %(all)s", { at: this.#at + 1, all: this.#files.length });
    document.querySelector<HTMLElement>('[data-cell][tabindex="0"]')?.focus({ preventScroll: true });
  }
}

type Recogniser = { lang: string; continuous: boolean; onresult: (event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void; onend: () => void; start(): void; stop(): void };

function recogniser(): Recogniser | null {
  const maker = (window as unknown as Record<string, (new () => Recogniser) | undefined>);
  const Made = maker["SpeechRecognition"] ?? maker["webkitSpeechRecognition"];
  return Made ? new Made() : null;
}

/** Dictation by the browser, where it has any: number and state of each flat. */
function listen(button: HTMLElement): void {
  const ear = recogniser();
  if (!ear) return;
  button.hidden = false;
  let on = false;
  ear.lang = "zh-CN";
  ear.continuous = true;
  ear.onresult = ({ results }) => void plan()?.hear(results[results.length - 1]![0]!.transcript);
  ear.onend = () => on && ear.start();
  button.addEventListener("click", () => {
    on = !on;
    button.setAttribute("aria-pressed", String(on));
    one("[data-sheet-hint]")!.hidden = !on;
    on ? ear.start() : ear.stop();
  });
}

/** Ties pictures, pasting and dictation to the plan of the page. */
export function tieSheets(): void {
  const sheets = new Sheets();
  one("[data-sheets]")?.addEventListener("change", (event) => sheets.take((event.target as HTMLInputElement).files));
  for (const button of document.querySelectorAll<HTMLElement>("[data-sheet-turn]")) button.addEventListener("click", () => sheets.go(Number(button.dataset["sheetTurn"])));
  one("[data-sheet-rotate]")?.addEventListener("click", () => sheets.rotate());
  one("[data-sheet-paste]")?.addEventListener("paste", (event) => {
    const filled = plan()?.paste((event as ClipboardEvent).clipboardData?.getData("text/plain") ?? "") ?? 0;
    toast(t("%(n)s flats filled in.", { n: filled }), filled ? "done" : "waiting");
    event.preventDefault();
  });
  const button = one("[data-sheet-listen]");
  if (button) listen(button);
}
