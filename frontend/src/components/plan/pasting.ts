import { higher, type Cell, type Changes, type FlatState } from "./model";
import { hasState } from "./words";

export type Worded = { flat: number; words: string };
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

/** Whether words name somebody besides state and marks: a number to dial, or what is left of them. */
export function saysSomebody(words: string): boolean {
  if (/\d{5,}/.test(words)) return true;
  const left = words.replace(/自住|常住|居住|在住|有人|入住|出租|租住|已租|群租|空置|空房|无人|闲置|毛坯|未知|不详|不明|养狗|有狗|充电|电动车|不用来|勿访|[租空狗犬住]|lived in|let|rented|empty|vacant|unknown|dog|charging|no visits?/gi, "");
  return /[\p{L}·]{2,}/u.test(left);
}

/** A block of cells as Excel copies them: rows are floors from the chosen one down, columns go right. */
export function pasted(text: string, cells: Cell[], from: Cell): Item[] {
  return spread(text, cells, from).flatMap(({ cell, words }) => {
    const changes = read(words, cell);
    return changes ? [{ flat: cell.flat.id, version: cell.flat.version, changes }] : [];
  });
}

/** Of the same block, the cells that name people: the flat and all that its cell says. */
export function named(text: string, cells: Cell[], from: Cell): Worded[] {
  return spread(text, cells, from).filter(({ words }) => saysSomebody(words)).map(({ cell, words }) => ({ flat: cell.flat.id, words }));
}

function spread(text: string, cells: Cell[], from: Cell): { cell: Cell; words: string }[] {
  const found = new Map<number, { cell: Cell; words: string }>();
  withoutFloors(rowsOf(text)).forEach((row, down) => row.forEach((words, right) => {
    const cell = words.trim() ? at(cells, from, right, down) : undefined;
    if (cell && !found.has(cell.flat.id)) found.set(cell.flat.id, { cell, words: words.trim() });
  }));
  return [...found.values()];
}

/** Rows of cells; a cell with line breaks stands in quotes, as Excel copies it. */
export function rowsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.replace(/\r/g, "").matchAll(/(?:"((?:[^"]|"")*)"|([^\t\n]*))(\t|\n|$)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replace(/""/g, '"'));
    if (end === "\n") rows.push([]);
    if (end === "") break;
  }
  if (rows.at(-1)!.every((cell) => cell === "")) rows.pop();
  return rows;
}

/** A sheet as stations draw it begins each row with its floor: that column is no flat. */
function withoutFloors(rows: string[][]): string[][] {
  const floors = rows.length > 0 && rows.every((row) => /^(?:(?:负|地下|B)?[\d一二三四五六七八九十]{1,3}(?:楼|层|F)|\d{1,2})?$/i.test(row[0]!.trim()) && row.length > 1);
  return floors ? rows.map((row) => row.slice(1)) : rows;
}

function at(cells: Cell[], from: Cell, right: number, down: number): Cell | undefined {
  const floor = higher(from.flat.floor, from.flat.rise - 1 - down);
  const column = from.flat.column + right;
  return cells.find(({ flat, unit }) => unit === from.unit && !flat.shape && flat.column <= column && column < flat.column + flat.span && floors(flat.floor, flat.rise).includes(floor));
}

const floors = (floor: number, rise: number): number[] => Array.from({ length: rise }, (_, up) => higher(floor, up));

/** The next cell as a sheet is read: to the right, then the next floor down from its left; of the same unit. */
export function following(cells: Cell[], from: Cell, by: 1 | -1 = 1): Cell | null {
  const own = cells.filter((cell) => cell.unit === from.unit).sort((a, b) => a.y - b.y || a.x - b.x);
  return own[own.indexOf(from) + by] ?? null;
}

/** "五零一 空", "402 出租": the number and the state that were said. */
export function heard(words: string): { number: string; rest: string } | null {
  const digits: Record<string, string> = { 零: "0", 〇: "0", 一: "1", 幺: "1", 二: "2", 两: "2", 三: "3", 四: "4", 五: "5", 六: "6", 七: "7", 八: "8", 九: "9" };
  const text = words.replace(/[零〇一幺二两三四五六七八九]/g, (sign) => digits[sign]!).replace(/\s+/g, "");
  const found = /^(?:.*?)(\d{2,5})(.+)$/.exec(text);
  return found ? { number: found[1]!, rest: found[2]! } : null;
}
