import { placed } from "./icons";
import { CELL, type Cell, type Drawn, type Flat } from "./model";
import { hasState, marksOf } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const PAD = 5;
const MARK = 17;

type Attributes = Record<string, string | number>;

/** Made by hand and not by templates: a thousand cells shall stand within the blink of an eye. */
export function shape(name: string, attributes: Attributes, children: (Node | string)[] = []): SVGElement {
  const made = document.createElementNS(SVG, name) as SVGElement;
  for (const key in attributes) made.setAttribute(key, String(attributes[key]));
  if (children.length) made.append(...children);
  return made;
}

/** How wide a text is set, in ems: a Chinese sign is as wide as it is high. */
export function ems(text: string): number {
  return [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 0x2e7f ? 1 : 0.64), 0);
}

/** A number as it fits: smaller first, then shortened. */
export function fitted(text: string, room: number): { text: string; size: number } {
  const size = Math.min(20, Math.max(12, Math.floor(room / ems(text))));
  if (ems(text) * size <= room) return { text, size };
  const signs = [...text];
  while (signs.length > 1 && ems(`${signs.join("")}…`) * size > room) signs.pop();
  return { text: `${signs.join("")}…`, size };
}

const icon = (code: string, x: number, y: number, size: number, className: string): SVGElement =>
  shape("path", { class: className, d: placed(code, x, y, size) });

function pattern(id: string, size: number, state: string, inner: SVGElement, turn = 0): SVGElement {
  const attributes: Attributes = { id, width: size, height: size, patternUnits: "userSpaceOnUse" };
  if (turn) attributes["patternTransform"] = `rotate(${turn})`;
  return shape("pattern", attributes, [shape("rect", { class: `ground is-${state}`, width: size, height: size }), inner]);
}

/** The patterns that tell states apart without colour; `key` keeps two plans on a page apart. */
function patterns(key: string): SVGElement {
  return shape("defs", {}, [
    pattern(`${key}-let`, 10, "let", shape("path", { class: "hatch is-let", d: "M2 0v10" }), 45),
    pattern(`${key}-empty`, 9, "empty", shape("circle", { class: "dot is-empty", cx: 4.5, cy: 4.5, r: 1.4 })),
    pattern(`${key}-unknown`, 12, "unknown", shape("path", { class: "hatch is-unknown", d: "M0 0l12 12M12 0 0 12" })),
  ]);
}

/** What a state's cell is filled with. */
export function fillOf(key: string, state: string): string {
  return state === "lived_in" ? "var(--plan-lived)" : `url(#${key}-${state})`;
}

/** One cell: number large, state by pattern, sign and colour; marks below; freshness along the foot. */
function drawCell(key: string, cell: Cell): SVGElement {
  const { flat } = cell;
  const known = hasState(flat.use);
  const [x, y, w, h] = [cell.x + 2, cell.y + 2, cell.width - 4, cell.height - 4];
  const name = fitted(flat.number, cell.width - 2 * PAD - 26);
  const parts: Node[] = [
    shape("rect", { class: "box", x, y, width: w, height: h, rx: 5, fill: known ? fillOf(key, flat.state) : "var(--sunk)" }),
    shape("rect", { class: "under", x: x + PAD - 2, y: y + 4, width: ems(name.text) * name.size + 5, height: name.size + 4, rx: 3 }),
    shape("text", { class: "number", x: x + PAD, y: y + 8 + name.size * 0.78, "font-size": name.size }, [name.text]),
    icon(known && flat.use === "flat" ? flat.state : flat.use, x + w - PAD - 18, y + 5, 18, "sign"),
  ];
  if (known && flat.use !== "flat") parts.push(icon(flat.state, x + w - PAD - 34, y + 7, 14, "sign"));
  parts.push(...marks(flat, x + PAD, y + h - MARK - 9, w - 2 * PAD));
  if (known) parts.push(shape("path", { class: "freshness", d: `M${x + PAD} ${y + h - 5}h${((w - 2 * PAD) * Math.max(flat.fresh, 0.4)) / 3}` }));
  return shape("g", { class: `cell is-${known ? flat.state : "none"} fresh-${flat.fresh}`, "data-flat": flat.id }, parts);
}

function marks(flat: Flat, x: number, y: number, width: number): SVGElement[] {
  const all = marksOf(flat);
  if (all.length === 0) return [];
  const room = Math.max(1, Math.floor(width / (MARK + 2)));
  const shown = all.length > room ? all.slice(0, room - 1) : all;
  const more = all.length - shown.length;
  const under = shape("rect", { class: "under", x: x - 2, y: y - 1, width: (shown.length + (more ? 1 : 0)) * (MARK + 2) + 2, height: MARK + 2, rx: 3 });
  const drawn = shown.map((mark, at) => icon(mark.code, x + at * (MARK + 2), y, MARK, mark.urgent ? "care urgent" : "care"));
  if (more > 0) drawn.push(shape("text", { class: "more", x: x + shown.length * (MARK + 2), y: y + 13 }, [`+${more}`]));
  return [under, ...drawn];
}

/** The drawing, kept: of a plan that changes only the cells that changed are drawn anew. */
export class Drawing {
  readonly root = shape("g", {});
  readonly #cells = new Map<number, { node: SVGElement; cell: Cell }>();
  #ground = "";
  readonly #back = shape("g", {});
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
    this.root.append(patterns(key), this.#back);
  }

  show(drawn: Drawn): void {
    this.#outline(drawn);
    const gone = new Set(this.#cells.keys());
    for (const cell of drawn.cells) {
      gone.delete(cell.flat.id);
      const before = this.#cells.get(cell.flat.id);
      if (before && same(before.cell, cell)) continue;
      const node = drawCell(this.#key, cell);
      if (before) before.node.replaceWith(node);
      else this.root.append(node);
      this.#cells.set(cell.flat.id, { node, cell });
    }
    for (const id of gone) {
      this.#cells.get(id)!.node.remove();
      this.#cells.delete(id);
    }
  }

  /** Light up these flats and no others. */
  light(ids: number[]): void {
    for (const [id, { node }] of this.#cells) node.classList.toggle("lit", ids.includes(id));
  }

  #outline(drawn: Drawn): void {
    const row = (floor: number): number => drawn.floors.indexOf(floor) * CELL.height;
    const boxes = drawn.units.map(({ unit, x, width }) => `M${x} ${row(unit.highest)}h${width}V${row(unit.lowest) + CELL.height}h${-width}Z`).join("");
    const said = `${boxes}|${drawn.ground}|${drawn.width}`;
    if (said === this.#ground) return;
    this.#ground = said;
    this.#back.replaceChildren(shape("path", { class: "unit", d: boxes }), shape("path", { class: "earth", d: `M0 ${drawn.ground}h${drawn.width}` }));
  }
}

const same = (a: Cell, b: Cell): boolean => a.flat === b.flat && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;

/** The whole building in small: one path a state, cheap however large it is. */
export function drawSmall(drawn: Drawn): SVGElement[] {
  const boxes = new Map<string, string>();
  for (const { flat, x, y, width, height } of drawn.cells) {
    const code = hasState(flat.use) ? flat.state : "none";
    boxes.set(code, `${boxes.get(code) ?? ""}M${x + 4} ${y + 4}h${width - 8}v${height - 8}h${8 - width}Z`);
  }
  return [...boxes].map(([code, d]) => shape("path", { class: `mini is-${code}`, d }));
}
