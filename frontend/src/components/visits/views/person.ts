import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../../i18n";
import { careWords } from "../../plan/words";
import { shownFlat, type Step } from "../acting";
import { at, back, checkField, icon, notice, onSubmit, selectField, textField, type Shell, type View } from "../shell";
import type { Flat, Ground, Person, Value } from "../wire";

/** Somebody who belongs to a flat: every field, needs, moved out, consent taken back. */
export function personView(shell: Shell, id: number, key: string): View {
  const flat = shownFlat(shell.book, id);
  const name = shell.book.made[key] ?? key;
  const person = flat?.people.find((each) => each.key === name);
  if (!flat || !person) return html`<div class="stack">${notice(t("Nobody is kept here any more under this entry."))}${back(at.door(id), t("The door"))}</div>`;
  return html`<div class="stack wide">
    ${person.withheld ? notice(t("under age: needs a supervisor’s yes")) : fields(shell, flat, person)}
    ${person.withheld ? nothing : needs(shell, flat, person)} ${endings(shell, flat, person)} ${back(at.door(id), t("The door"))}</div>`;
}

function fields(shell: Shell, flat: Flat, person: Person): TemplateResult {
  const value = (name: string): Value | undefined => person.fields[name]?.value;
  const keep = onSubmit((said) => {
    const steps = changesIn(said, person).map(([field, to]): Step => ({ do: "set", flat: flat.id, person: person.key, field, value: to }));
    void shell.act(steps, at.door(flat.id));
  });
  return html`<form class="stack" @submit=${keep} autocomplete="off">${textField("name", t("Name"), value("name"), { required: true })}
    ${textField("phone", t("Telephone"), value("phone"), { type: "tel", mode: "tel" })}${textField("note", t("Note"), value("note"), { longest: 200 })}
    ${selectField("part", t("Who is it?"), shell.book.head?.parts ?? [], value("part"))}${checkField("elsewhere", t("Lives elsewhere"), value("lives_here") === false)}
    <button class="button big primary" type="submit">${icon("check")}<span>${t("Keep")}</span></button></form>`;
}

/** Only what is another now: what stays the same is no act, so that it clashes with nobody's. */
function changesIn(said: FormData, person: Person): [string, Value][] {
  const typed: [string, Value][] = ["name", "phone", "note", "part"].map((name) => [name, String(said.get(name) ?? "").trim()]);
  const all: [string, Value][] = [...typed, ["lives_here", !said.has("elsewhere")]];
  return all.filter(([name, value]) => value !== (person.fields[name]?.value ?? (name === "lives_here" ? true : "")));
}

function needs(shell: Shell, flat: Flat, person: Person): TemplateResult {
  const end = (care: string): Promise<void> => shell.act([{ do: "end_care", flat: flat.id, person: person.key, care }]);
  const add = onSubmit((said, form) => {
    const care = `new:${crypto.randomUUID()}`;
    const value = { code: String(said.get("code")), ...ground(said) };
    void shell.act([{ do: "add_care", flat: flat.id, person: person.key, care, value }]).then(() => form.reset());
  });
  return html`<section class="stack tight"><h2>${t("Needs")}</h2>
    ${person.care.length ? html`<ul class="plain">${person.care.map(({ key, code }) => html`<li class="row spread"><span>${careWords(code)}</span><button class="button small" type="button" aria-label="${t("No longer")}: ${careWords(code)}" @click=${() => end(key)}>${t("No longer")}</button></li>`)}</ul>` : html`<p class="muted">${t("No need is kept.")}</p>`}
    <details><summary>${t("Add a need")}</summary><form class="stack tight" @submit=${add}>${selectField("code", t("Need"), shell.book.head?.care ?? [], "", "", "v-code")}${grounds(shell, "care")}
      <button class="button primary" type="submit">${t("Keep")}</button></form></details></section>`;
}

function endings(shell: Shell, flat: Flat, person: Person): TemplateResult {
  const end = (what: "move_out" | "withdraw"): void => void shell.act([{ do: what, flat: flat.id, person: person.key }], at.door(flat.id));
  const withdraw = (): void => {
    if (window.confirm(t("Erase what rests on this consent? It cannot be brought back."))) end("withdraw");
  };
  return html`<div class="row"><button class="button" type="button" @click=${() => end("move_out")}>${t("Moved out")}</button>
    ${person.consent ? html`<button class="button danger" type="button" @click=${withdraw}>${t("Consent taken back: erase")}</button>` : nothing}</div>`;
}

/** Somebody new: the notice first, then who, on what ground. */
export function newPersonView(shell: Shell, id: number): View {
  const flat = shownFlat(shell.book, id);
  if (!flat) return notice(t("This home is not among those taken along."));
  const add = onSubmit((said) => {
    const value = { ...whoIn(said), ...ground(said) };
    void shell.act([{ do: "add_person", flat: id, person: `new:${crypto.randomUUID()}`, value }], at.door(id));
  });
  return html`<div class="stack wide"><h2>${t("Add somebody")}</h2>${noticeToRead()}
    <form class="stack" @submit=${add} autocomplete="off">${selectField("part", t("Who is it?"), shell.book.head?.parts ?? [], "occupant")}
      ${textField("name", t("Name"), "", { required: true })}${textField("phone", t("Telephone"), "", { type: "tel", mode: "tel" })}${textField("note", t("Note"), "", { longest: 200 })}
      ${checkField("elsewhere", t("Lives elsewhere"), false)}${checkField("is_minor", t("Under 18"), false)}${grounds(shell, "new")}
      <button class="button big primary" type="submit">${icon("check")}<span>${t("Keep")}</span></button></form>${back(at.door(id), t("The door"))}</div>`;
}

function whoIn(said: FormData): Record<string, Value> {
  const words = (name: string): string => String(said.get(name) ?? "").trim();
  return { name: words("name"), phone: words("phone"), note: words("note"), part: words("part"), lives_here: !said.has("elsewhere"), is_minor: said.has("is_minor") };
}

/** The notice as the page brought it along, so that it can be shown without signal. */
function noticeToRead(): Node | typeof nothing {
  const kept = document.querySelector<HTMLTemplateElement>("template#visit-notice");
  return kept ? kept.content.cloneNode(true) : nothing;
}

const CONSENT = "consent";
const GUARDIAN = "guardian";

/** On what ground it is kept, as the form said it. */
function ground(said: FormData): Record<string, Value> {
  const basis = String(said.get("basis") ?? "");
  const agreed = said.has("consented");
  const ruled = basis !== CONSENT && basis !== GUARDIAN;
  return { legal_basis: basis, basis_rule: ruled ? String(said.get("rule") ?? "") : "", consented: basis === CONSENT && agreed, guardian_consented: basis === GUARDIAN && agreed };
}

const askedYes = (basis: string): boolean => basis === CONSENT || basis === GUARDIAN;

function grounds(shell: Shell, of: string): TemplateResult {
  const all = shell.book.head?.grounds ?? [];
  const rules = all.flatMap((each: Ground) => each.rules);
  /** What one ground does not ask for is not shown, and the yes or the rule must be there. */
  const chosen = (event: Event): void => {
    const place = (event.currentTarget as Element).closest("[data-grounds]")!;
    const basis = (event.target as HTMLInputElement).value;
    place.querySelector<HTMLElement>("[data-yes]")!.hidden = !askedYes(basis);
    place.querySelector<HTMLInputElement>("[name=consented]")!.required = askedYes(basis);
    const ruled = (all.find((each) => each.code === basis)?.rules.length ?? 0) > 0;
    place.querySelector<HTMLElement>("[data-rule]")!.hidden = !ruled;
    place.querySelector<HTMLSelectElement>("[name=rule]")!.required = ruled;
  };
  return html`<div class="stack tight" data-grounds><fieldset class="choices" @change=${chosen}><legend>${t("On what ground is it kept?")}</legend>
      ${all.map(({ code, words }, n) => html`<label class="choice"><input type="radio" name="basis" value=${code} ?checked=${n === 0} required><span>${words}</span></label>`)}</fieldset>
    <div data-yes><div class="field"><label class="choice" for="v-yes-${of}"><input type="checkbox" id="v-yes-${of}" name="consented" required><span>${t("The notice was shown and they said yes")}</span></label></div></div>
    <div data-rule hidden><div class="field"><label for="v-rule-${of}">${t("Which rule, if it is a duty")}</label><select class="input" id="v-rule-${of}" name="rule"><option value="">${t("choose")}</option>${rules.map(({ code, words }) => html`<option value=${code}>${words}</option>`)}</select></div></div></div>`;
}

