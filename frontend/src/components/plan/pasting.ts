import { higher, type Cell, type Changes, type FlatState } from "./model";
import { hasState } from "./words";

export type Item = { flat: number; version: number; changes: Changes };

/** What stations write into a cell for a state; the first that fits is meant. */
const WORDS: [RegExp, FlatState][] = [
  [/空|无人|闲置|empty|vacant/i, "empty"],
  [/租|let|rent/i, "let"],
  [/不详|未知|不明|unknown|\?|？/i, "unknown"],
  [/住|自|有人|lived|own/i, "lived_in"],
];
const FLAGS: [RegExp, "dog" | "hazard" | "noVisit"][] = [
  [/狗|犬|dog/i, "dog"],
  [/充电|电动车|charg/i, "hazard"],
  [/不用来|勿访|no visit/i, "noVisit"],
];

/** The state and marks that a cell of a sheet says; `null` when it says none. */
export function read(words: string, cell: Cell): Changes | null {
  const said = words.trim();
  if (!said) return null;
  const changes: Changes = {};
  const state = WORDS.find(([word]) => word.test(said.replace(/不用来/g, "")));
  if (state && hasState(cell.flat.use)) changes.state = state[1];
  for (const [word, flag] of FLAGS) if (word.test(said)) changes[flag] = true;
  return Object.keys(changes).length ? changes : null;
}

/** A block of cells as Excel copies them: rows are floors from the chosen one down, columns go right. */
export function pasted(text: string, cells: Cell[], from: Cell): Item[] {
  const rows = text.replace(/\r/g, "").replace(/\n$/, "").split("\n").map((row) => row.split("\t"));
  const items = new Map<number, Item>();
  rows.forEach((row, down) => row.forEach((words, right) => {
    const cell = at(cells, from, right, down);
    const changes = cell && !items.has(cell.flat.id) ? read(words, cell) : null;
    if (cell && changes) items.set(cell.flat.id, { flat: cell.flat.id, version: cell.flat.version, changes });
  }));
  return [...items.values()];
}

function at(cells: Cell[], from: Cell, right: number, down: number): Cell | undefined {
  const floor = higher(from.flat.floor, from.flat.rise - 1 - down);
  const column = from.flat.column + right;
  return cells.find(({ flat, unit }) => unit === from.unit && !flat.shape && flat.column <= column && column < flat.column + flat.span && floors(flat.floor, flat.rise).includes(floor));
}

const floors = (floor: number, rise: number): number[] => Array.from({ length: rise }, (_, up) => higher(floor, up));

/** The next cell as a sheet is read: to the right, then the next floor down from its left; of the same unit. */
export function following(cells: Cell[], from: Cell): Cell | null {
  const own = cells.filter((cell) => cell.unit === from.unit).sort((a, b) => a.y - b.y || a.x - b.x);
  return own[own.indexOf(from) + 1] ?? null;
}

/** "五零一 空", "402 出租": the number and the state that were said. */
export function heard(words: string): { number: string; rest: string } | null {
  const digits: Record<string, string> = { 零: "0", 〇: "0", 一: "1", 幺: "1", 二: "2", 两: "2", 三: "3", 四: "4", 五: "5", 六: "6", 七: "7", 八: "8", 九: "9" };
  const text = words.replace(/[零〇一幺二两三四五六七八九]/g, (sign) => digits[sign]!).replace(/\s+/g, "");
  const found = /^(?:.*?)(\d{2,5})(.+)$/.exec(text);
  return found ? { number: found[1]!, rest: found[2]! } : null;
}
