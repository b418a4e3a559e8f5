import { html, nothing, type TemplateResult } from "lit";
import "../../plan/plan";
import { t } from "../../../i18n";
import { filled, type Flat as Cell, type Plan } from "../../plan/model";
import { unitWords } from "../../plan/words";
import { doorsOf, openConflicts, shownFlat } from "../acting";
import type { KeptBuilding } from "../keeping";
import { at, back, icon, notice, when, wordsOf, type Shell, type View } from "../shell";
import type { Flat } from "../wire";

/** What was taken along: the buildings, with how many doors are left today. */
export function homeView(shell: Shell): View {
  const { book } = shell;
  const clashes = openConflicts(book).length;
  return html`<div class="stack wide">
    ${clashes ? html`<a class="door" href=${at.conflicts}>${icon("merge")}<span><strong>${t("%(n)s to settle", { n: clashes })}</strong><small>${t("Two people wrote different things; nothing was overwritten.")}</small></span></a>` : nothing}
    ${book.told.length ? refusals(shell) : nothing}
    <section class="stack tight"><h2>${t("Taken along")}</h2>
      <ul class="home-list">${book.buildings.map((building) => buildingRow(shell, building))}</ul></section>
    <div class="row"><a class="button" href=${at.take}>${icon("plus")}<span>${t("Other buildings")}</span></a><a class="button" href=${at.phone}>${icon("settings")}<span>${t("This phone")}</span></a></div></div>`;
}

function buildingRow(shell: Shell, building: KeptBuilding): TemplateResult {
  const { due, done } = doorsOf(shell.book, building, shell.now);
  const words = [t("%(n)s doors today", { n: due.length + done.length }), t("%(n)s done", { n: done.length })].join(" · ");
  return html`<li><a href=${at.building(building.id)}><span class="grow"><strong>${building.label}</strong> <small class="muted">${words}</small></span>${icon("next")}</a></li>`;
}

function refusals(shell: Shell): TemplateResult {
  const label = (flat: number): string => shell.book.flats.get(flat)?.label ?? "";
  const heard = (event: Event): void => void event.target!.dispatchEvent(new CustomEvent("visits:heard", { bubbles: true }));
  return html`<section class="stack tight">${notice(html`${t("The register did not take this over:")}<br>${shell.book.told.map((each) => html`${label(each.flat)}: ${each.detail}<br>`)}`, "broken", true)}
    <button class="button" type="button" @click=${heard}>${t("Seen")}</button></section>`;
}

/** The doors of a building: today's by rank with why, then what is done, then the rest. */
export function buildingView(shell: Shell, id: number): View {
  const building = shell.book.buildings.find((each) => each.id === id);
  if (!building) return notice(t("This building is not taken along."));
  const { due, done, others } = doorsOf(shell.book, building, shell.now);
  return html`<div class="stack wide">
    <section class="stack tight"><div class="row spread"><h2>${t("Today’s doors")}</h2><a class="button" href=${at.plan(id)}>${icon("plan")}<span>${t("The plan")}</span></a></div>
      ${due.length ? html`<ol class="home-list">${due.map((flat) => doorRow(shell, flat, whyWords(flat)))}</ol>` : html`<p class="muted">${done.length ? t("All doors of today are done.") : t("No door is due here today.")}</p>`}</section>
    ${done.length ? html`<section class="stack tight"><h2>${t("Done today")}</h2><ul class="home-list">${done.map((flat) => doorRow(shell, flat, outcomeWords(shell, flat)))}</ul></section>` : nothing}
    ${others.length ? html`<details><summary>${t("All other doors (%(n)s)", { n: others.length })}</summary><ul class="home-list">${others.map((flat) => doorRow(shell, flat, restWords(shell, flat)))}</ul></details>` : nothing}
    ${back(at.home, t("Taken along"))}</div>`;
}

const whyWords = (flat: Flat): string => flat.why.map((each) => each.words).join(" · ");

function outcomeWords(shell: Shell, flat: Flat): string {
  const last = flat.visits[0]!;
  return `${wordsOf(shell.book.head?.outcomes, last.outcome)} · ${when(last.at, shell.now)}`;
}

function restWords(shell: Shell, flat: Flat): string {
  if (flat.fields["no_visit"]?.value === true) return wordsOf(shell.book.head?.marks, "no_visit");
  return `${wordsOf(shell.book.head?.states, flat.fields["state"]?.value)} · ${when(flat.confirmed_at, shell.now)}`;
}

/** A door within its building, as one says it on the stairs. */
const doorWords = (flat: Flat): string => [unitWords(flat.unit), flat.number].filter(Boolean).join(" ");

function doorRow(shell: Shell, flat: Flat, words: string): TemplateResult {
  const unsent = shell.book.ops.some((op) => op.flat === flat.id);
  return html`<li><a href=${at.door(flat.id)}><span class="grow"><strong>${doorWords(flat)}</strong> <small class="muted">${words}${unsent ? html` · ${t("will be sent")}` : nothing}</small></span>${icon("next")}</a></li>`;
}

/** The building as its plan, as it stands with what was done here. */
export function planView(shell: Shell, id: number): View {
  const building = shell.book.buildings.find((each) => each.id === id);
  if (!building) return notice(t("This building is not taken along."));
  const open = (event: CustomEvent<{ flat: number }>): void => {
    event.preventDefault();
    if (shell.book.flats.has(event.detail.flat)) location.hash = at.door(event.detail.flat);
  };
  return html`<div class="stack tight"><tx-plan .plan=${planOf(shell, building)} @tx:open=${open}></tx-plan>${back(at.building(id), t("The doors"))}</div>`;
}

const plans = new WeakMap<object, { ops: unknown; flats: unknown; plan: Plan }>();

/** The plan with its cells as they are now; the same object while nothing changes, so that nothing is drawn anew. */
function planOf(shell: Shell, building: KeptBuilding): Plan {
  const { ops, flats } = shell.book;
  const before = plans.get(building);
  if (before && before.ops === ops && before.flats === flats) return before.plan;
  const whole = filled(JSON.stringify(building.plan))!;
  const units = whole.units.map((unit) => ({ ...unit, flats: unit.flats.map((cell) => amended(cell, shownFlat(shell.book, cell.id))) }));
  const plan = { ...whole, units, may: { edit: false, call: false, seeCare: true } };
  plans.set(building, { ops, flats, plan });
  return plan;
}

const LATELY = 30 * 86_400_000;

function amended(cell: Cell, flat: Flat | undefined): Cell {
  if (!flat) return cell;
  const is = (name: string): boolean => flat.fields[name]?.value === true;
  const care = [...new Set(flat.people.flatMap((person) => person.care.map((mark) => mark.code)))];
  const lately = flat.confirmed_at !== null && Date.now() - Date.parse(flat.confirmed_at) < LATELY;
  const state = (flat.fields["state"]?.value as Cell["state"] | undefined) ?? cell.state;
  return { ...cell, state, care, dog: is("has_dog"), hazard: is("charging_hazard"), noVisit: is("no_visit"), fresh: lately ? 3 : cell.fresh };
}
