import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../../i18n";
import { careWords } from "../../plan/words";
import { changedSince, shownFlat, type Step } from "../acting";
import { dictate, earWords, mayDictate } from "../dictation";
import { at, back, icon, notice, phoneWords, when, wordsOf, type Shell, type View } from "../shell";
import type { Flat, Person } from "../wire";

const FLAGS = ["no_visit", "charging_hazard", "has_dog"];

/** A door: what is known in large type, the one big button, and what else may have come of it. */
export function doorView(shell: Shell, id: number): View {
  const flat = shownFlat(shell.book, id);
  if (!flat) return notice(t("This home is not among those taken along."));
  return html`<div class="stack wide visit-door">
    ${known(shell, flat)} ${answers(shell, flat)}
    <section class="stack tight"><h2>${t("Something is different")}</h2>
      <div class="chips" role="group" aria-label=${t("Who lives here")}>${stateChips(shell, flat)}</div>
      <div class="chips" role="group" aria-label=${t("What is to be known at the door")}>${flagChips(shell, flat)}</div>
      <a class="button" href=${at.newPerson(id)}>${icon("plus")}<span>${t("Add somebody")}</span></a></section>
    <div class="row">${back(at.building(buildingOf(shell, id)), t("The doors"))}<a class="button" href=${at.plan(buildingOf(shell, id))}>${icon("plan")}<span>${t("The plan")}</span></a></div></div>`;
}

export const buildingOf = (shell: Shell, flat: number): number => shell.book.buildings.find((each) => each.flats.includes(flat))?.id ?? 0;

function known(shell: Shell, flat: Flat): TemplateResult {
  const { head } = shell.book;
  const urgent = FLAGS.filter((name) => flat.fields[name]?.value === true);
  return html`<section class="stack tight visit-known" aria-label=${t("What is known")}>
    <p class="visit-state">${wordsOf(head?.states, flat.fields["state"]?.value)} <small class="muted">${t("Who lives here")}</small></p>
    ${urgent.length ? html`<ul class="marks">${urgent.map((name) => html`<li class=${name === "has_dog" ? "" : "urgent"}>${wordsOf(head?.marks, name)}</li>`)}</ul>` : nothing}
    ${flat.people.map((person) => personCard(shell, flat, person))}
    ${flat.why.length ? html`<p class="visit-why">${icon("info")}${flat.why.map((each) => each.words).join(" · ")}</p>` : nothing}
    ${flat.people.length ? nothing : html`<p class="muted">${t("Nobody is kept with this flat yet.")}</p>`}
    <p class="muted small">${knownWords(shell, flat)}</p></section>`;
}

function knownWords(shell: Shell, flat: Flat): string {
  const never = flat.why.some((each) => each.code === "never");
  const confirmed = flat.confirmed_at ? `${t("last confirmed")} ${when(flat.confirmed_at, shell.now)}` : never ? "" : t("never confirmed");
  const last = flat.visits[0];
  const visited = last ? `${wordsOf(shell.book.head?.outcomes, last.outcome)} ${when(last.at, shell.now)}${last.by ? ` (${last.by})` : ""}${last.note ? `: ${last.note}` : ""}` : "";
  return [confirmed, visited].filter(Boolean).join(" · ");
}

function personCard(shell: Shell, flat: Flat, person: Person): TemplateResult {
  const value = (name: string): string => String(person.fields[name]?.value ?? "");
  const part = wordsOf(shell.book.head?.parts, person.fields["part"]?.value);
  const elsewhere = person.fields["lives_here"]?.value === false ? ` · ${t("lives elsewhere")}` : "";
  const name = person.withheld ? part : value("name") || part;
  return html`<article class="visit-person"><div class="row spread"><h2>${name} ${name === part ? nothing : html`<small class="muted">${part}${elsewhere}</small>`}</h2>
      <a class="button small" href=${at.person(flat.id, person.key)} aria-label=${t("Amend %(who)s", { who: name })}>${t("Amend")}</a></div>
    ${person.withheld ? html`<p class="muted">${t("under age: needs a supervisor’s yes")}</p>` : nothing}
    ${value("phone") ? html`<a class="dial" href="tel:${value("phone")}">${icon("phone")}${phoneWords(value("phone"))}</a>` : nothing}
    ${person.care.length ? html`<ul class="marks">${person.care.map(({ code }) => html`<li>${careWords(code)}</li>`)}</ul>` : nothing}
    ${value("note") ? html`<p>${value("note")}</p>` : nothing}</article>`;
}

function answers(shell: Shell, flat: Flat): TemplateResult {
  const changed = changedSince(shell.book.ops, flat.id);
  const done = at.building(buildingOf(shell, flat.id));
  const finish = (event: Event, outcome: string): void => void shell.act(visit(flat.id, outcome, noteIn(event)), done);
  const confirm = (event: Event): void => finish(event, changed ? "changed" : "confirmed");
  const closed = flat.fields["no_visit"]?.value === true;
  return html`<section class="stack tight" aria-label=${t("How it went")} data-answers>
    ${closed ? notice(t("Asks for no visits: do not ring for a visit"), "broken") : nothing}
    ${!closed && resting(flat, shell.now) ? notice(t("Somebody was here not long ago: no need to ring before %(day)s", { day: dayWords(flat.rest_until!) }), "waiting") : nothing}
    <button class="button big primary" type="button" data-confirm-door @click=${confirm}>${icon("check")}<span>${changed ? t("Amended: this door is done") : t("Nothing has changed, confirm")}</span></button>
    ${note()}
    <div class="visit-outcomes">${OUTCOMES().map(([code, words, sub]) => html`<button class="button big" type="button" data-outcome=${code} @click=${(event: Event) => finish(event, code)}><span>${words}<small>${sub}</small></span></button>`)}</div></section>`;
}

const OUTCOMES = (): [string, string, string][] => [
  ["nobody_home", t("Nobody at home"), t("comes up again")],
  ["refused", t("Not now, next time"), t("counts as a visit done")],
  ["not_wanted", t("Asks for no visits"), t("nobody rings here for a visit any more")],
];

const dayWords = (moment: string): string => new Date(moment).toLocaleDateString(document.documentElement.lang || "zh-CN", { month: "long", day: "numeric" });

const resting = (flat: Flat, now: Date): boolean => flat.rest_until !== null && Date.parse(flat.rest_until) > now.getTime();

/** A finished visit: who confirms or amends says with it that all the rest is so. */
export const visit = (flat: number, outcome: string, note: string): Step[] => [{ do: "visit", flat, value: note ? { outcome, note } : { outcome } }];

function noteIn(event: Event): string {
  const box = (event.target as Element).closest("[data-answers]")?.querySelector("textarea");
  const words = box?.value.trim() ?? "";
  if (box) box.value = "";
  return words;
}

function note(): TemplateResult {
  const listen = (event: Event): void => hear(event.currentTarget as HTMLButtonElement);
  return html`<details class="visit-note"><summary>${t("Add a note")}</summary><div class="stack tight">
    <div class="field"><label for="v-note-visit">${t("Note")} <span class="must">(${t("optional")})</span></label><textarea class="input" id="v-note-visit" rows="3" maxlength="500" autocomplete="off"></textarea></div>
    ${mayDictate() ? html`<button class="button" type="button" aria-pressed="false" @click=${listen}>${icon("voice")}<span>${t("Dictate")}</span></button><p class="hint muted small">${earWords()}</p>` : nothing}</div></details>`;
}

const ears = new WeakMap<HTMLElement, () => void>();

function hear(button: HTMLButtonElement): void {
  const stop = ears.get(button);
  if (stop) return stop();
  const box = button.closest("[data-answers]")!.querySelector("textarea")!;
  button.setAttribute("aria-pressed", "true");
  const ended = (): void => {
    button.setAttribute("aria-pressed", "false");
    ears.delete(button);
  };
  ears.set(button, dictate(box, ended));
}

function stateChips(shell: Shell, flat: Flat): TemplateResult[] {
  const now = flat.fields["state"]?.value;
  return (shell.book.head?.states ?? []).map(({ code, words }) => html`<button class="button" type="button" aria-pressed=${code === now} @click=${() => code !== now && shell.act([{ do: "set", flat: flat.id, field: "state", value: code }])}>${words}</button>`);
}

function flagChips(shell: Shell, flat: Flat): TemplateResult[] {
  return FLAGS.map((name) => {
    const now = flat.fields[name]?.value === true;
    const set = (): Promise<void> => shell.act([{ do: "set", flat: flat.id, field: name, value: !now }]);
    return html`<button class="button" type="button" aria-pressed=${now} @click=${set}>${wordsOf(shell.book.head?.marks, name)}</button>`;
  });
}
