import { columnsOf, floorsOf, higher, type Flat, type Plan, type Unit } from "./model";
import { floorWords, spoken, unitWords } from "./words";

type Slot = { flat: Flat | null; across: number; down: number };

/** The rows of a unit by floor: where each flat's cell begins, and which places others cover. */
type Grid = { begins: Map<string, Flat>; covered: Set<string> };

/** A flat's cell begins in its uppermost row, where a table's rowspan begins; one of another shape takes the next free place of its floor. */
function gridOf(unit: Unit): Grid {
  const grid: Grid = { begins: new Map(), covered: new Set() };
  for (const flat of unit.flats.filter((each) => !each.shape)) {
    for (let up = 0; up < flat.rise; up++) {
      for (let side = 0; side < flat.span; side++) grid.covered.add(`${higher(flat.floor, up)}:${flat.column + side}`);
    }
    grid.begins.set(`${higher(flat.floor, flat.rise - 1)}:${flat.column}`, flat);
  }
  for (const flat of unit.flats.filter((each) => each.shape)) {
    let column = 0;
    while (grid.covered.has(`${flat.floor}:${column}`)) column += 1;
    grid.covered.add(`${flat.floor}:${column}`);
    grid.begins.set(`${flat.floor}:${column}`, flat);
  }
  return grid;
}

/** How many columns the table needs for a unit. */
function wide(unit: Unit, grid: Grid): number {
  return Math.max(columnsOf(unit), ...[...grid.covered].map((place) => Number(place.slice(place.indexOf(":") + 1)) + 1));
}

/** What stands in the row of a floor, column by column. */
export function slots(unit: Unit, floor: number, floors: number[], grid = gridOf(unit)): Slot[] {
  const columns = wide(unit, grid);
  const row: Slot[] = [];
  for (let column = 0; column < columns; column++) {
    const flat = grid.begins.get(`${floor}:${column}`);
    if (flat) row.push({ flat, ...size(flat, columns - column, floors.length - floors.indexOf(floor)) });
    else if (!grid.covered.has(`${floor}:${column}`)) row.push({ flat: null, across: 1, down: 1 });
  }
  return row;
}

function size(flat: Flat, room: number, below: number): { across: number; down: number } {
  if (flat.shape) return { across: 1, down: 1 };
  return { across: Math.min(flat.span, room), down: Math.min(flat.rise, below) };
}

function made<K extends keyof HTMLElementTagNameMap>(name: K, attributes: Record<string, string | number> = {}, children: (Node | string)[] = []): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const key in attributes) element.setAttribute(key, String(attributes[key]));
  element.append(...children);
  return element;
}

/**
 * The same plan as a real table with headings: what a screen reader reads and the keyboard walks on.
 * Its words are labels, not text, for nobody shall wait until hidden text is set.
 */
export function drawTable(plan: Plan, at: number | null, caption: string): HTMLTableElement {
  const floors = floorsOf(plan.units);
  const units = plan.units.map((unit) => ({ unit, grid: gridOf(unit) }));
  const heads = units.map(({ unit, grid }) => made("th", { scope: "colgroup", colspan: wide(unit, grid) }, [unitWords(unit.number) || plan.building.label]));
  const rows = floors.map((floor) => {
    const entries = units.flatMap(({ unit, grid }) => slots(unit, floor, floors, grid).map((slot) => entry(slot, at)));
    return made("tr", {}, [made("th", { scope: "row" }, [floorWords(floor)]), ...entries]);
  });
  return made("table", { class: "plan-table" }, [
    made("caption", {}, [caption]),
    made("thead", {}, [made("tr", {}, [made("td"), ...heads])]),
    made("tbody", {}, rows),
  ]);
}

function entry({ flat, across, down }: Slot, at: number | null): HTMLTableCellElement {
  const place: Record<string, number> = {};
  if (across > 1) place["colspan"] = across;
  if (down > 1) place["rowspan"] = down;
  if (!flat) return made("td", place);
  return made("td", place, [made("button", { type: "button", "data-cell": flat.id, tabindex: flat.id === at ? 0 : -1, "aria-label": spoken(flat) })]);
}

/** Say anew what changed; whether that was enough, or the table's shape is another now. */
export function amendTable(table: HTMLElement, before: Plan, plan: Plan): boolean {
  if (shapeOf(before) !== shapeOf(plan)) return false;
  const old = new Map(before.units.flatMap((unit) => unit.flats).map((flat) => [flat.id, flat]));
  for (const flat of plan.units.flatMap((unit) => unit.flats)) {
    if (old.get(flat.id) === flat) continue;
    table.querySelector(`[data-cell="${flat.id}"]`)?.setAttribute("aria-label", spoken(flat));
  }
  return true;
}

function shapeOf(plan: Plan): string {
  const place = (flat: Flat): string => [flat.id, flat.floor, flat.column, flat.span, flat.rise, flat.shape ? 1 : 0].join();
  return plan.units.map((unit) => [unit.id, unit.number, unit.lowest, unit.highest, unit.columns, ...unit.flats.map(place)].join(";")).join("|");
}
