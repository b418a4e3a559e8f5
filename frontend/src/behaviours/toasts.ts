import { drawing } from "../dom";
import { t } from "../i18n";

type Tone = "coming" | "done" | "waiting" | "broken";

/** Show a passing message; those about something broken stay until they are closed. */
export function toast(words: string, tone: Tone = "coming"): void {
  const box = document.createElement("div");
  box.className = `toast is-${tone}`;
  const text = document.createElement("p");
  text.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet small";
  close.dataset["close"] = "";
  close.setAttribute("aria-label", t("Dismiss"));
  close.append(drawing("i-close", "i"));
  box.append(drawing(`m-${tone}`, `mark is-${tone}`), text, close);
  box.dataset["toast"] = tone === "broken" ? "" : "6";
  region().append(box);
}

function region(): Element {
  return document.getElementById("toasts") ?? document.body;
}

/** Let a toast go after its seconds; a hand or the keyboard's focus on it holds it. */
function letGo(box: HTMLElement): void {
  const seconds = Number(box.dataset["toast"]);
  if (!seconds || box.dataset["going"]) return;
  box.dataset["going"] = "1";
  box.style.setProperty("--toast-time", `${seconds}s`);
  const remove = (): void => {
    if (box.matches(":hover, :focus-within")) setTimeout(remove, 1000);
    else box.remove();
  };
  setTimeout(remove, seconds * 1000);
}

/** Watch the regions of messages, whoever puts one there; close buttons and Undo take theirs away. */
export function watchToasts(): void {
  for (const id of ["toasts", "notices"]) {
    const place = document.getElementById(id);
    if (place) watch(place);
  }
}

function watch(place: HTMLElement): void {
  const all = (): void => place.querySelectorAll<HTMLElement>(".toast").forEach(letGo);
  new MutationObserver(all).observe(place, { childList: true });
  all();
  place.addEventListener("click", (event) => {
    const closer = (event.target as Element).closest("[data-close]");
    closer?.closest(".toast")?.remove();
  });
  place.addEventListener("htmx:afterRequest", (event) => {
    const { successful } = (event as CustomEvent<{ successful: boolean }>).detail;
    if (successful) (event.target as Element).closest(".toast")?.remove();
  });
}
