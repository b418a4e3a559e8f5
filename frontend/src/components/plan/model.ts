/** The plan as the server gives it, and where its cells lie. Floors below ground are negative; there is no floor 0. */
export type FlatState = "lived_in" | "let" | "empty" | "unknown";
export type FlatUse = "flat" | "shop" | "bungalow" | "court" | "common" | "other";
export type Shape = { x: number; y: number; width: number; height: number };
export type Flat = {
  id: number;
  number: string;
  floor: number;
  column: number;
  span: number;
  rise: number;
  shape: Shape | null;
  use: FlatUse;
  state: FlatState;
  /** 3 fresh, 2 not quite, 1 old, 0 never confirmed. */
  fresh: number;
  confirmed: string | null;
  care: string[];
  dog: boolean;
  hazard: boolean;
  noVisit: boolean;
  people: number;
  version: number;
};
export type Unit = { id: number; number: string; lowest: number; highest: number; columns: number; version: number; flats: Flat[] };
export type Plan = {
  building: { id: number; label: string };
  units: Unit[];
  may: { edit: boolean; call: boolean; seeCare: boolean };
};
/** What is usual, and left out on the wire (kit/floor_plan.py). */
const USUAL = { column: 0, span: 1, rise: 1, shape: null, use: "flat", state: "unknown", fresh: 0, confirmed: null, care: [], dog: false, hazard: false, noVisit: false, people: 0, version: 1 } as const;

/** A plan as it came, with what is usual put in. */
export function filled(said: string | null): Plan | undefined {
  if (!said) return undefined;
  const plan = JSON.parse(said) as Plan;
  return { ...plan, units: plan.units.map((unit) => ({ ...unit, flats: unit.flats.map((flat) => ({ ...USUAL, ...flat }) as Flat) })) };
}

export type Changes = Partial<Pick<Flat, "state" | "dog" | "hazard" | "noVisit" | "span" | "rise" | "shape" | "use" | "number">>;

export const USES: FlatUse[] = ["flat", "shop", "bungalow", "court", "common", "other"];
export const STATES: FlatState[] = ["lived_in", "let", "empty", "unknown"];
export const CELL = { width: 88, height: 62 } as const;
export const GAP = 28;

/** One cell on the drawing, in units of the drawing. */
export type Cell = { flat: Flat; unit: Unit; x: number; y: number; width: number; height: number };
export type Drawn = { width: number; height: number; floors: number[]; ground: number; units: { unit: Unit; x: number; width: number }[]; cells: Cell[] };

/** The floor's place in a column of floors that has no 0: 2, 1, −1, −2. */
function step(floor: number): number {
  return floor > 0 ? floor - 1 : floor;
}

/** The floor `up` floors higher, leaving 0 out. */
export function higher(floor: number, up: number): number {
  const at = step(floor) + up;
  return at >= 0 ? at + 1 : at;
}

/** All floors from the top down. */
export function floorsOf(units: Unit[]): number[] {
  const top = Math.max(1, ...units.map((unit) => step(unit.highest)));
  const bottom = Math.min(0, ...units.map((unit) => step(unit.lowest)));
  const highest = units.length ? Math.max(...units.map((unit) => step(unit.highest))) : top;
  const lowest = units.length ? Math.min(...units.map((unit) => step(unit.lowest))) : bottom;
  const floors: number[] = [];
  for (let at = highest; at >= lowest; at--) floors.push(at >= 0 ? at + 1 : at);
  return floors;
}

/** Where everything lies: units side by side, floors one above the other, standing on one ground. */
export function lay(plan: Plan): Drawn {
  const floors = floorsOf(plan.units);
  const top = step(floors[0] ?? 1);
  const cells: Cell[] = [];
  const units: Drawn["units"] = [];
  let x = GAP / 2;
  for (const unit of plan.units) {
    const columns = columnsOf(unit);
    units.push({ unit, x, width: columns * CELL.width });
    for (const flat of unit.flats) cells.push(place(flat, unit, x, top));
    x += columns * CELL.width + GAP;
  }
  const bottom = Math.max(floors.length * CELL.height, ...cells.map((cell) => cell.y + cell.height));
  const ground = floors.filter((floor) => floor > 0).length * CELL.height;
  return { width: Math.max(x - GAP / 2, CELL.width), height: bottom, floors, ground, units, cells };
}

/** How many cells wide a unit is drawn: its own columns, or what its flats need. */
export function columnsOf(unit: Unit): number {
  const needed = unit.flats.map((flat) => (flat.shape ? Math.ceil(flat.shape.x + flat.shape.width) : flat.column + flat.span));
  return Math.max(1, unit.columns, ...needed);
}

function place(flat: Flat, unit: Unit, left: number, top: number): Cell {
  if (flat.shape) {
    const { x, y, width, height } = flat.shape;
    const above = top - step(unit.highest);
    return { flat, unit, x: left + x * CELL.width, y: (above + y) * CELL.height, width: width * CELL.width, height: height * CELL.height };
  }
  const uppermost = step(flat.floor) + Math.max(1, flat.rise) - 1;
  return { flat, unit, x: left + flat.column * CELL.width, y: (top - uppermost) * CELL.height, width: Math.max(1, flat.span) * CELL.width, height: Math.max(1, flat.rise) * CELL.height };
}

export type Way = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End";

/** The cell that an arrow leads to: the nearest one that way, straight ahead before aslant; null at the edge. */
export function neighbour(cells: Cell[], from: Cell, way: Way): Cell | null {
  const across = way === "ArrowLeft" || way === "ArrowRight" || way === "Home" || way === "End";
  const forward = way === "ArrowRight" || way === "ArrowDown" || way === "End" ? 1 : -1;
  let best: Cell | null = null;
  let least = Infinity;
  for (const cell of cells) {
    if (cell === from) continue;
    const aside = gap(from, cell, !across);
    const ahead = forward * (middle(cell, across) - middle(from, across));
    if (ahead <= 1 || (across && aside >= 0)) continue;
    const far = way === "Home" || way === "End" ? -ahead : ahead + Math.max(0, aside + 1) * 8;
    if (far < least) [best, least] = [cell, far];
  }
  return best;
}

const middle = (cell: Cell, across: boolean): number => (across ? cell.x + cell.width / 2 : cell.y + cell.height / 2);

/** How far two cells are apart along an axis; negative when they overlap there. */
function gap(a: Cell, b: Cell, across: boolean): number {
  const [from, to, width, other] = across ? [a.x, b.x, a.width, b.width] : [a.y, b.y, a.height, b.height];
  return Math.max(from, to) - Math.min(from + width, to + other);
}

const plain = (number: string): string => number.toLowerCase().replace(/[^\p{L}\p{N}-]/gu, "");

/** The flat whose number was typed: "501" (in the unit where one is, first), or "2-501". */
export function findNumber(cells: Cell[], typed: string, near?: Cell | null): Cell | null {
  const wanted = plain(typed);
  if (!wanted) return null;
  const ordered = near ? [...cells.filter((cell) => cell.unit === near.unit), ...cells.filter((cell) => cell.unit !== near.unit)] : cells;
  const names = (cell: Cell): string[] => [plain(cell.flat.number), plain(`${cell.unit.number.replace(/\D+$/, "")}-${cell.flat.number}`)];
  return ordered.find((cell) => names(cell).includes(wanted)) ?? ordered.find((cell) => names(cell).some((name) => name.startsWith(wanted))) ?? null;
}

/** The flats above one, nearest first: where the water may come from. */
export function above(cells: Cell[], from: Cell): Cell[] {
  return cells
    .filter((cell) => cell.unit === from.unit && cell.y + cell.height <= from.y + 1 && gap(cell, from, true) < -1)
    .sort((a, b) => b.y - a.y);
}

/** The plan with one flat changed; everything else is the same object. */
export function withFlat(plan: Plan, id: number, changes: Partial<Flat>): Plan {
  const units = plan.units.map((unit) =>
    unit.flats.some((flat) => flat.id === id) ? { ...unit, flats: unit.flats.map((flat) => (flat.id === id ? { ...flat, ...changes } : flat)) } : unit,
  );
  return { ...plan, units };
}
