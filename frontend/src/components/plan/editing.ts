import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../i18n";
import { STATES, USES, type Cell, type Changes, type Flat, type FlatState, type FlatUse, type Shape, type Unit } from "./model";
import type { Item } from "./pasting";
import { flagWords, hasState, stateWords, unitWords, useWords, type Flag } from "./words";

/** What is to be done to the plan; the page posts it. `undo` takes back what is shown already. */
export type Edit =
  | { act: "set"; flat: number; version: number; changes: Changes }
  | { act: "many"; items: Item[] }
  | { act: "merge"; flat: number; version: number; into: "right" | "up"; others: number[]; changes: Changes }
  | { act: "add"; unit: number; number: string; floor: number; column: number; use: FlatUse }
  | { act: "remove"; flat: number; version: number }
  | { act: "lay_out"; unit: number | null; version: number; number: string; lowest: number; highest: number; columns: number };

const KEYS: Record<string, FlatState> = { l: "lived_in", t: "let", e: "empty", u: "unknown", z: "lived_in", c: "let", k: "empty", b: "unknown" };
const FLAG_KEYS: Record<string, Flag> = { d: "dog", h: "hazard", n: "noVisit" };

/** The letter shown for a state: by its English name, or by the pinyin of the Chinese one. */
export function keyOf(state: FlatState): string {
  const chinese = document.documentElement.lang.toLowerCase().startsWith("zh");
  const keys = Object.keys(KEYS).filter((key) => KEYS[key] === state);
  return (chinese ? keys[1] : keys[0])!.toUpperCase();
}

/** What a key does to the chosen flat, `null` when nothing. */
export function changesOf(key: string, cell: Cell): Changes | null {
  const state = KEYS[key.toLowerCase()];
  if (state && hasState(cell.flat.use)) return { state };
  const flag = FLAG_KEYS[key.toLowerCase()];
  return flag ? { [flag]: !cell.flat[flag] } : null;
}

/** The flat and its neighbour to the right (or above) as one; `null` when none lies there that fits. */
export function merged(cells: Cell[], cell: Cell, into: "right" | "up"): { others: Cell[]; changes: Changes } | null {
  if (cell.flat.shape) return null;
  const others = cells.filter((other) => other.unit === cell.unit && !other.flat.shape && touches(cell, other, into));
  if (others.length !== 1) return null;
  const { span, rise } = others[0]!.flat;
  return { others, changes: into === "right" ? { span: cell.flat.span + span } : { rise: cell.flat.rise + rise } };
}

function touches(cell: Cell, other: Cell, into: "right" | "up"): boolean {
  if (into === "right") return other.y === cell.y && other.height === cell.height && other.x === cell.x + cell.width;
  return other.x === cell.x && other.width === cell.width && other.y + other.height === cell.y;
}

/** A dragged box in cells of its unit, by halves, never smaller than half a cell. */
export function snapped(left: number, top: number, right: number, bottom: number): Shape {
  const half = (value: number): number => Math.round(value * 2) / 2;
  const [x, y] = [half(Math.min(left, right)), half(Math.min(top, bottom))];
  return { x: Math.max(0, x), y, width: Math.max(0.5, half(Math.max(left, right)) - x), height: Math.max(0.5, half(Math.max(top, bottom)) - y) };
}

export type Hands = {
  change(changes: Changes): void;
  merge(into: "right" | "up"): void;
  layOut(event: SubmitEvent): void;
  add(event: SubmitEvent): void;
  remove(): void;
  draw(): void;
  drawing: boolean;
};

/** What can be done to the chosen flat and its unit. */
export function panel(cell: Cell | null, unit: Unit | undefined, cells: Cell[], hands: Hands): TemplateResult {
  return html`<div class="plan-edit no-print stack tight">
    ${cell ? flatPart(cell, cells, hands) : html`<p class="muted">${t("Tap a flat, or go to it with the arrow keys.")}</p>`}
    ${unitPart(unit, hands)}</div>`;
}

function flatPart(cell: Cell, cells: Cell[], hands: Hands): TemplateResult {
  const { flat } = cell;
  const state = (each: FlatState): TemplateResult =>
    html`<button class="button small" type="button" aria-pressed=${flat.state === each} @click=${() => hands.change({ state: each })}>${stateWords(each)} <kbd>${keyOf(each)}</kbd></button>`;
  const flag = (code: Flag, key: string): TemplateResult =>
    html`<button class="button small" type="button" aria-pressed=${flat[code]} @click=${() => hands.change({ [code]: !flat[code] })}>${flagWords(code)} <kbd>${key}</kbd></button>`;
  return html`<p class="plan-name"><strong>${flat.number}</strong>${flat.use === "flat" ? nothing : html` <small>${useWords(flat.use)}</small>`}</p>
    ${hasState(flat.use) ? html`<div class="row" role="group" aria-label=${t("State")}>${STATES.map(state)}</div>` : nothing}
    <div class="row" role="group" aria-label=${t("Marks")}>${flag("dog", "D")}${flag("hazard", "H")}${flag("noVisit", "N")}</div>
    <div class="row">${mergeButton(cells, cell, "right", hands)}${mergeButton(cells, cell, "up", hands)}
      <button class="button small" type="button" aria-pressed=${hands.drawing} @click=${hands.draw}>${hands.drawing ? t("Drag a box on the plan") : t("Draw by hand")}</button>
      ${flat.shape ? html`<button class="button small" type="button" @click=${() => hands.change({ shape: null })}>${t("Back to the grid")}</button>` : nothing}</div>
    <div class="row plan-numbers">${usePart(flat.use, (use) => hands.change({ use }))}
      <label>${t("Its number")} <input class="input" maxlength="16" .value=${flat.number} @change=${(event: Event) => renamed(event, flat, hands)}></label>
      <button class="button small" type="button" @click=${hands.remove}>${t("Take away")}</button></div>
    ${flat.shape || hands.drawing ? shapeFields(flat.shape ?? { x: flat.column, y: 0, width: flat.span, height: flat.rise }, hands) : nothing}`;
}

function usePart(chosen: FlatUse, then: (use: FlatUse) => void): TemplateResult {
  return html`<label>${t("What it is")} <select class="input" name="use" @change=${(event: Event) => then((event.target as HTMLSelectElement).value as FlatUse)}>${USES.map((use) => html`<option value=${use} .selected=${use === chosen}>${useWords(use)}</option>`)}</select></label>`;
}

function renamed(event: Event, flat: Flat, hands: Hands): void {
  const number = (event.target as HTMLInputElement).value.trim();
  if (number && number !== flat.number) hands.change({ number });
}

function mergeButton(cells: Cell[], cell: Cell, into: "right" | "up", hands: Hands): TemplateResult | typeof nothing {
  const found = merged(cells, cell, into);
  if (!found) return nothing;
  return html`<button class="button small" type="button" @click=${() => hands.merge(into)}>${t("Merge with %(number)s", { number: found.others[0]!.flat.number })} <kbd>${into === "right" ? "M" : "⇧M"}</kbd></button>`;
}

/** The same without dragging: four numbers, in cells. */
function shapeFields(shape: Shape, hands: Hands): TemplateResult {
  const names: [keyof Shape, string][] = [["x", t("from the left")], ["y", t("from the top")], ["width", t("wide")], ["height", t("high")]];
  const set = (name: keyof Shape, event: Event): void => {
    const value = (event.target as HTMLInputElement).valueAsNumber;
    if (Number.isFinite(value)) hands.change({ shape: { ...shape, [name]: value } });
  };
  return html`<div class="row plan-numbers">${names.map(([name, words]) => html`<label>${words} <input class="input" type="number" step="0.5" min=${name === "width" || name === "height" ? 0.5 : 0} .value=${String(shape[name])} @change=${(event: Event) => set(name, event)}></label>`)}</div>`;
}

function unitPart(unit: Unit | undefined, hands: Hands): TemplateResult {
  const title = unit ? t("Lay out %(unit)s", { unit: unitWords(unit.number) || t("the building") }) : t("Lay out a unit");
  const field = (name: string, words: string, value: number, least: number): TemplateResult =>
    html`<label>${words} <input class="input" type="number" name=${name} min=${least} max="99" required .value=${String(value)}></label>`;
  const form = (of: Unit | undefined): TemplateResult => html`<form class="row plan-numbers" data-unit=${of?.id ?? ""} data-version=${of?.version ?? 0} @submit=${hands.layOut}>
      ${of ? html`<input type="hidden" name="number" .value=${of.number}>` : html`<label>${t("Unit")} <input class="input" name="number" maxlength="12"></label>`}
      ${field("lowest", t("Lowest floor"), of?.lowest ?? 1, -9)}${field("highest", t("Top floor"), of?.highest ?? 6, -9)}${field("columns", t("Flats a floor"), of?.columns ?? 2, 1)}
      <button class="button small" type="submit">${t("Lay out")}</button></form>`;
  return html`<details><summary>${title}</summary>${unit ? form(unit) : nothing}<p class="muted small">${t("One more unit:")}</p>${form(undefined)}</details>
    ${unit ? addPart(unit, hands) : nothing}`;
}

/** A shop below, a mezzanine, a shared court: a cell that no floor × column gives. */
function addPart(unit: Unit, hands: Hands): TemplateResult {
  return html`<details class="plan-add"><summary>${t("Add a cell")}</summary><form class="row plan-numbers" data-unit=${unit.id} @submit=${hands.add}>
      <label>${t("Its number")} <input class="input" name="number" maxlength="16" required></label>
      <label>${t("Floor")} <input class="input" type="number" name="floor" min="-6" max="99" required .value=${String(unit.lowest)}></label>
      <label>${t("Column")} <input class="input" type="number" name="column" min="1" max="24" required .value=${String(unit.columns + 1)}></label>
      ${usePart("shop", () => undefined)}<button class="button small" type="submit">${t("Add")}</button></form></details>`;
}
