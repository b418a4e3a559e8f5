import { drawing } from "../../dom";
import { t } from "../../i18n";
import type { Act } from "./store";

const WORDS = ["words", "what"];

/** Lead the page on as if the act were done: its button goes, the next one comes. */
export function leadOn(form: HTMLFormElement): void {
  const place = form.closest("[data-kept-place]");
  const then = form.dataset["then"];
  if (!place || then === undefined) return;
  const parts = [...place.querySelectorAll<HTMLElement>("[data-step]")];
  for (const part of parts) {
    const step = part.dataset["step"];
    const over = then === "" || part.contains(form) || (step === "decline" && then !== "depart");
    if (over) part.hidden = true;
    if (then && step === then) show(part);
  }
  if (then === "") form.hidden = true;
}

function show(part: HTMLElement): void {
  part.hidden = false;
  if (part instanceof HTMLDetailsElement) part.open = true;
}

/** Show what waits for the network where it was pressed, and lead each place on by it. */
export function showKept(acts: Act[]): void {
  const places = new Map<Element, Act[]>();
  for (const act of acts) {
    const form = formOf(act);
    const place = form?.closest("[data-kept-place]");
    if (!form || !place) continue;
    leadOn(form);
    if ("hides" in form.dataset) (form.closest<HTMLElement>("[data-step]") ?? form).hidden = true;
    places.set(place, [...(places.get(place) ?? []), act]);
  }
  for (const list of document.querySelectorAll<HTMLElement>("[data-kept-list]")) {
    fill(list, places.get(list.closest("[data-kept-place]")!) ?? []);
  }
}

function formOf(act: Act): HTMLFormElement | undefined {
  return [...document.querySelectorAll<HTMLFormElement>("form[data-offline]")].find((form) => form.getAttribute("action") === act.url);
}

function fill(list: HTMLElement, acts: Act[]): void {
  list.hidden = acts.length === 0;
  list.querySelector("ul")?.replaceChildren(
    ...acts.map((act) => {
      const item = document.createElement("li");
      const words = document.createElement("span");
      words.textContent = t("%(what)s · %(time)s · will be sent", { what: what(act), time: timeOf(act) });
      item.append(drawing("m-waiting", "mark is-waiting"), words);
      return item;
    }),
  );
}

/** The act in words, with what was typed. */
export function what(act: Act): string {
  const typed = WORDS.map((name) => act.fields[name]).find(Boolean);
  return typed ? t("%(label)s “%(words)s”", { label: act.label, words: typed }) : act.label;
}

function timeOf(act: Act): string {
  return new Date(act.at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
}

/** What was done or kept is not typed twice; a key that names it is new for the next. */
export function clear(form: HTMLFormElement): void {
  form.reset();
  const renews = form.dataset["renews"];
  const key = renews ? form.querySelector<HTMLInputElement>(`input[name="${renews}"]`) : null;
  if (key) key.value = crypto.randomUUID();
}

/** Say at the form itself what is wrong with it; without words it is well again. */
export function sayAt(form: HTMLFormElement, words: string): void {
  form.querySelector("[data-refusal]")?.remove();
  if (!words) return;
  const line = document.createElement("p");
  line.className = "error";
  line.dataset["refusal"] = "";
  line.setAttribute("role", "alert");
  const text = document.createElement("span");
  text.textContent = words;
  line.append(drawing("m-broken", "mark is-broken"), text);
  form.append(line);
}

/** The pressed button waits; it cannot be pressed twice. */
export function busy(form: HTMLFormElement, waits: boolean): void {
  form.toggleAttribute("data-sending", waits);
  for (const button of form.querySelectorAll<HTMLButtonElement>("button:not([type=button])")) {
    button.setAttribute("aria-busy", String(waits));
  }
}

/** Put another page's content into this one. */
export function putPage(html: string): void {
  const other = new DOMParser().parseFromString(html, "text/html");
  for (const part of ["main", ".bar h1"]) {
    const ours = document.querySelector(part);
    const theirs = other.querySelector(part);
    if (ours && theirs) ours.replaceChildren(...theirs.childNodes);
  }
  document.title = other.title || document.title;
  scrollTo(0, 0);
}
