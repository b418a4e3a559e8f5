import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { changesOf, merged, snapped, type Edit } from "./editing";
import { above, filled, findNumber, floorsOf, higher, lay, neighbour, type Cell, type Flat, type Plan, type Unit } from "./model";
import { heard, named, pasted, rowsOf, saysSomebody } from "./pasting";
import "./plan";
import type { TxPlan } from "./plan";
import { slots } from "./table";

let next = 1;
const flat = (number: string, floor: number, column: number, more: Partial<Flat> = {}): Flat => ({
  id: next++, number, floor, column, span: 1, rise: 1, shape: null, use: "flat", state: "lived_in", fresh: 2, confirmed: null, care: [], dog: false, hazard: false, noVisit: false, people: 1, version: 1, ...more,
});

/** Two units of five floors; the second has a cellar, a duplex and two flats made one. */
function building(): Plan {
  next = 1;
  const grid = (floors: number[]): Flat[] => floors.flatMap((floor) => [flat(`${floor}01`, floor, 0), flat(`${floor}02`, floor, 1)]);
  const first: Unit = { id: 1, number: "1", lowest: 1, highest: 5, columns: 2, version: 1, flats: grid([5, 4, 3, 2, 1]) };
  const odd = [flat("501", 4, 0, { rise: 2 }), flat("502", 5, 1, { state: "empty" }), flat("402", 4, 1), flat("301", 3, 0, { span: 2, care: ["oxygen", "lives_alone"], hazard: true }), ...grid([2, 1]), flat("B1", -1, 0, { use: "common" })];
  return { building: { id: 7, label: "铁塔寺小区3号楼" }, units: [first, { id: 2, number: "2", lowest: -1, highest: 5, columns: 2, version: 1, flats: odd }], may: { edit: true, call: true, seeCare: true } };
}

const cellOf = (cells: Cell[], unit: number, number: string): Cell => cells.find((cell) => cell.unit.id === unit && cell.flat.number === number)!;

async function shown(plan = building(), attributes = ""): Promise<TxPlan> {
  document.body.innerHTML = `<tx-plan ${attributes}></tx-plan>`;
  const made = document.querySelector<TxPlan>("tx-plan")!;
  made.setAttribute("plan", JSON.stringify(plan));
  await made.updateComplete;
  await vi.waitFor(() => expect(made.querySelector(".plan-table") ?? !plan.units.length).toBeTruthy());
  return made;
}

const press = (key: string): void =>
  void document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const focused = (): string => document.activeElement?.getAttribute("aria-label")?.split(", ")[0] ?? "";

beforeEach(() => (document.documentElement.lang = "en"));
afterEach(() => document.body.replaceChildren());

it("knows no floor 0, and one ground for all units", () => {
  expect([higher(-1, 1), higher(1, -1), higher(-2, 3)]).toEqual([1, -1, 2]);
  const plan = building();
  expect(floorsOf(plan.units)).toEqual([5, 4, 3, 2, 1, -1]);
  const drawn = lay(plan);
  expect(drawn.ground).toBe(5 * 62);
  expect(cellOf(drawn.cells, 2, "B1").y).toBe(drawn.ground);
  expect(cellOf(drawn.cells, 1, "101").y).toBe(cellOf(drawn.cells, 2, "101").y);
  expect(floorsOf([{ ...plan.units[0]!, lowest: -2, highest: -1 }])).toEqual([-1, -2]);
});

it("lets a duplex rise and merged flats span", () => {
  const { cells } = lay(building());
  const [duplex, wide] = [cellOf(cells, 2, "501"), cellOf(cells, 2, "301")];
  expect([duplex.y, duplex.height]).toEqual([0, 124]);
  expect(wide.width).toBe(176);
  const shaped = lay({ ...building(), units: [{ ...building().units[0]!, flats: [flat("yard", 1, 0, { shape: { x: 0.5, y: 3, width: 2.5, height: 1.5 } })] }] });
  expect(shaped.cells[0]).toMatchObject({ y: 186, width: 220, height: 93 });
  expect(shaped.units[0]!.width).toBe(3 * 88);
});

it("walks by cells, into the next unit, around merged ones, and stops at the edge", () => {
  const { cells } = lay(building());
  const go = (from: Cell, way: Parameters<typeof neighbour>[2]): string => neighbour(cells, from, way)?.flat.number ?? "edge";
  expect(go(cellOf(cells, 1, "302"), "ArrowRight")).toBe("301");
  expect(go(cellOf(cells, 2, "301"), "ArrowUp")).toMatch(/^(501|402)$/);
  expect(go(cellOf(cells, 2, "201"), "ArrowUp")).toBe("301");
  expect(go(cellOf(cells, 1, "501"), "ArrowUp")).toBe("edge");
  expect(go(cellOf(cells, 1, "501"), "ArrowLeft")).toBe("edge");
  expect(neighbour(cells, cellOf(cells, 1, "201"), "End")).toBe(cellOf(cells, 2, "202"));
  expect(neighbour(cells, cellOf(cells, 2, "202"), "Home")).toBe(cellOf(cells, 1, "201"));
});

it("finds a number in the unit where one is first, or unit and number", () => {
  const { cells } = lay(building());
  const here = cellOf(cells, 2, "402");
  expect(findNumber(cells, "502", here)).toBe(cellOf(cells, 2, "502"));
  expect(findNumber(cells, "1-502", here)).toBe(cellOf(cells, 1, "502"));
  expect(findNumber(cells, "b1")).toBe(cellOf(cells, 2, "B1"));
  expect(findNumber(cells, "30", here)).toBe(cellOf(cells, 2, "301"));
  expect(findNumber(cells, "999")).toBeNull();
});

it("names the flats above where it drips, nearest first", () => {
  const { cells } = lay(building());
  expect(above(cells, cellOf(cells, 2, "201")).map((cell) => cell.flat.number)).toEqual(["301", "501"]);
  expect(above(cells, cellOf(cells, 1, "501"))).toEqual([]);
});

it("reads aloud as a table with headings, each place once", () => {
  const unit = building().units[1]!;
  const floors = floorsOf([unit]);
  const cells = (floor: number): string[] => slots(unit, floor, floors).map((slot) => `${slot.flat?.number ?? "-"}×${slot.across}↓${slot.down}`);
  expect(cells(5)).toEqual(["501×1↓2", "502×1↓1"]);
  expect(cells(4)).toEqual(["402×1↓1"]);
  expect(cells(3)).toEqual(["301×2↓1"]);
  expect(cells(-1)).toEqual(["B1×1↓1", "-×1↓1"]);
});

it("draws each flat once, says it whole, and opens by tap and by Enter", async () => {
  const made = await shown();
  expect(made.querySelectorAll(".plan-drawing .cell")).toHaveLength(19);
  expect(made.querySelectorAll("[data-cell]")).toHaveLength(19);
  expect(made.querySelectorAll("th[scope=row]")).toHaveLength(6);
  const care = [...made.querySelectorAll("[data-cell]")].find((each) => each.getAttribute("aria-label")!.includes("Oxygen"))!;
  expect(care.getAttribute("aria-label")).toBe("301, Lived in, Confirmed this year, Charges e-bikes indoors, Oxygen at home, Lives alone");
  const opened: number[] = [];
  made.addEventListener("tx:open", (event) => opened.push((event as CustomEvent<{ flat: number }>).detail.flat));
  made.querySelector(".plan-drawing .cell .number")!.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  (care as HTMLElement).click();
  expect(opened).toEqual([1, Number((care as HTMLElement).dataset["cell"])]);
});

it("one stop for the Tab key; arrows, End and a typed number move it", async () => {
  const made = await shown();
  expect(made.querySelectorAll('[data-cell][tabindex="0"]')).toHaveLength(1);
  made.querySelector<HTMLElement>('[data-cell][tabindex="0"]')!.focus();
  press("ArrowDown");
  expect(focused()).toBe("401");
  press("End");
  expect(focused()).toBe("402");
  for (const key of "1-302") press(key);
  expect(focused()).toBe("302");
  expect(made.querySelectorAll('[data-cell][tabindex="0"]')).toHaveLength(1);
  expect(made.querySelector<HTMLElement>(".plan-ring")!.style.transform).toContain(`${31 + 124 * made.zoom}px`);
});

it("amends by key, shows it at once, and takes it back when the server refuses", async () => {
  const made = await shown();
  const asked: (Edit & { undo(): void })[] = [];
  made.addEventListener("tx:edit", (event) => asked.push((event as CustomEvent).detail));
  made.querySelector<HTMLElement>('[data-cell][tabindex="0"]')!.focus();
  press("e");
  expect(asked).toHaveLength(0);
  made.editing = true;
  await made.updateComplete;
  press("e");
  await made.updateComplete;
  expect(asked[0]).toMatchObject({ act: "set", flat: 1, version: 1, changes: { state: "empty" } });
  expect(made.querySelector('.cell[data-flat="1"]')!.classList.contains("is-empty")).toBe(true);
  asked[0]!.undo();
  await made.updateComplete;
  expect(made.querySelector('.cell[data-flat="1"]')!.classList.contains("is-lived_in")).toBe(true);
  press("m");
  expect(asked[1]).toMatchObject({ act: "merge", into: "right", others: [2], changes: { span: 2 } });
});

it("merges only what fits, and takes states by their letters in both languages", () => {
  const { cells } = lay(building());
  expect(merged(cells, cellOf(cells, 2, "402"), "right")).toBeNull();
  expect(merged(cells, cellOf(cells, 2, "402"), "up")).toMatchObject({ changes: { rise: 2 } });
  expect(changesOf("z", cells[0]!)).toEqual({ state: "lived_in" });
  expect(changesOf("K", cells[0]!)).toEqual({ state: "empty" });
  expect(changesOf("d", cells[0]!)).toEqual({ dog: true });
  expect(changesOf("e", cellOf(cells, 2, "B1"))).toBeNull();
  expect(snapped(2.1, 1.4, 0.2, 0.1)).toEqual({ x: 0, y: 0, width: 2, height: 1.5 });
});

it("takes a block of cells from Excel, down and to the right, also over merged flats", async () => {
  const { cells } = lay(building());
  const items = pasted("自住\t空置\r\n\t出租 养狗\r\n不详，不用来\t\n", cells, cellOf(cells, 2, "501"));
  const named = items.map((item) => [cells.find((cell) => cell.flat.id === item.flat)!.flat.number, item.changes]);
  expect(named).toEqual([["501", { state: "lived_in" }], ["502", { state: "empty" }], ["402", { state: "let", dog: true }], ["301", { state: "unknown", noVisit: true }]]);
  const made = await shown();
  const asked: Edit[] = [];
  made.addEventListener("tx:edit", (event) => asked.push((event as CustomEvent).detail));
  expect(made.paste("空\t租\n空")).toBe(3);
  expect(asked[0]).toMatchObject({ act: "many", items: [{ flat: 1 }, { flat: 2 }, { flat: 3 }] });
});

it("leads on as a sheet is read, and understands what is dictated", async () => {
  const made = await shown(building(), "editing advance");
  made.querySelector<HTMLElement>('[data-cell][tabindex="0"]')!.focus();
  for (const key of "zkc") press(key);
  await made.updateComplete;
  expect(focused()).toBe("402");
  expect(heard("五零一 空着")).toEqual({ number: "501", rest: "空着" });
  expect(made.hear("二零二出租")).toBe("出租");
  await made.updateComplete;
  expect(made.querySelector(".plan-edit .plan-name")!.textContent).toBe("202");
  expect(made.hear("你好")).toBeNull();
});

it("goes from flat to flat by Enter and Tab, and leaves after the last one", async () => {
  const made = await shown(building(), "editing advance");
  made.querySelector<HTMLElement>('[data-cell][tabindex="0"]')!.focus();
  const seen = focused();
  press("Enter");
  press("Tab");
  expect(made.forward(-1)).toBe(true);
  expect(made.forward(-1)).toBe(true);
  expect(focused()).toBe(seen);
  expect(made.forward(-1)).toBe(false);
});

it("tells whom a sheet names from what it says of the flat", () => {
  for (const words of ["张三 13800138000", "欧阳小敏", "空 王五", "13800138000"]) expect(saysSomebody(words), words).toBe(true);
  for (const words of ["空置", "出租 养狗", "不用来", "自住，充电", "租", "", "empty, dog"]) expect(saysSomebody(words), words).toBe(false);
});

it("reads a sheet as Excel copies it: cells with line breaks, and a first column of floors", () => {
  expect(rowsOf('a\t"b\nc ""d"""\r\ne\t\n')).toEqual([["a", 'b\nc "d"'], ["e", ""]]);
  const { cells } = lay(building());
  const worded = named('5楼\t"张三 13800138000\n李四"\t空置\n4楼\t\t王五 租', cells, cellOf(cells, 2, "501"));
  const told = worded.map(({ flat, words }) => [cells.find((cell) => cell.flat.id === flat)!.flat.number, words]);
  expect(told).toEqual([["501", "张三 13800138000\n李四"], ["402", "王五 租"]]);
});

it("puts in what is usual and was left out on the wire", () => {
  const said = { ...building(), units: [{ ...building().units[0]!, flats: [{ id: 9, number: "101", floor: 1, state: "let" }] }] };
  expect(filled(JSON.stringify(said))!.units[0]!.flats[0]).toMatchObject({ column: 0, span: 1, rise: 1, use: "flat", state: "let", care: [], version: 1 });
  expect(filled(null)).toBeUndefined();
});

it("prints numbers and lines, nothing about people", async () => {
  const made = await shown();
  window.dispatchEvent(new Event("beforeprint"));
  await made.updateComplete;
  const paper = made.querySelector(".plan-paper")!;
  expect(paper.querySelectorAll(".plan-page")).toHaveLength(2);
  expect(paper.querySelectorAll(".care, .sign, .freshness")).toHaveLength(0);
  expect(paper.textContent).not.toMatch(/Empty|Oxygen|alone/);
  expect(paper.textContent).toContain("502");
});

it("says so when there is no plan, and offers to lay one out to who may", async () => {
  const none = { ...building(), units: [], may: { edit: false, call: false, seeCare: false } };
  expect((await shown(none)).textContent).toContain("no plan yet");
  const made = await shown({ ...none, may: { edit: true, call: true, seeCare: true } });
  made.editing = true;
  await made.updateComplete;
  expect(made.querySelector("form[data-unit] [name=columns]")).not.toBeNull();
});
