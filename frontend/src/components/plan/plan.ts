import "./plan.css";
import { LitElement, html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";
import { t } from "../../i18n";
import { Drawing, drawSmall } from "./draw";
import { changesOf, merged, panel, snapped, type Edit } from "./editing";
import { legend } from "./legend";
import { CELL, above, filled, findNumber, lay, neighbour, withFlat, type Cell, type Changes, type Drawn, type Flat, type Plan, type Shape, type Unit, type Way } from "./model";
import { drag, pinch, wheel, within } from "./panning";
import { paper } from "./paper";
import { following, heard, named, pasted, read, saysSomebody, type Worded } from "./pasting";
import { amendTable, drawTable } from "./table";
import { floorWords, stateWords, unitWords } from "./words";

const WAYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);
const TYPED_FOR = 1200;
const REST = { least: 0.72, most: 1.3 };
let count = 0;

/**
 * A building as its plan: units side by side, floors × flats, drawn in SVG; a table with the same
 * content carries the keyboard and is what a screen reader reads. `tx:open` {flat} opens a flat
 * (`open-url` with `{id}` does it by itself), `tx:edit` asks the page to post a change.
 */
export class TxPlan extends LitElement {
  static override properties = {
    plan: { converter: { fromAttribute: filled } },
    openUrl: { attribute: "open-url" },
    at: { type: Number },
    lit: { type: Array },
    leak: { type: Boolean },
    editing: { type: Boolean },
    advance: { type: Boolean },
    zoom: { state: true },
    drawing: { state: true },
    tabled: { state: true },
    printing: { state: true },
    told: { state: true },
  };

  declare plan: Plan | undefined;
  declare openUrl: string;
  declare at: number | null;
  declare lit: number[];
  declare leak: boolean;
  declare editing: boolean;
  declare advance: boolean;
  declare zoom: number;
  declare drawing: boolean;
  declare tabled: boolean;
  declare printing: boolean;
  declare told: string;
  readonly #key = `tx-plan-${++count}`;
  #drawn: Drawn | undefined;
  #cells = new Map<number, Cell>();
  #typed = { text: "", at: 0 };
  #box: { x: number; y: number } | null = null;
  readonly #drawing = new Drawing(this.#key);
  #read: HTMLTableElement | undefined;
  #framed = 0;

  constructor() {
    super();
    Object.assign(this, { openUrl: "", at: null, lit: [], leak: false, editing: false, advance: false, zoom: 0, drawing: false, tabled: false, printing: false, told: "" });
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // After a change of the plan's shape the page is read anew: one goes on where one was.
    const amended = /^#amend-(\d+)$/.exec(location.hash);
    if (amended) [this.editing, this.at] = [true, Number(amended[1])];
    addEventListener("beforeprint", this.#print);
    matchMedia("print").addEventListener?.("change", this.#print);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("beforeprint", this.#print);
    matchMedia("print").removeEventListener?.("change", this.#print);
  }

  #print = (): void => {
    this.printing = true;
  };

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.hasUpdated) this.replaceChildren();
    if (!changed.has("plan") || !this.plan) return;
    const drawn = (this.#drawn = lay(this.plan));
    this.#cells = new Map(drawn.cells.map((cell) => [cell.flat.id, cell]));
    this.#drawing.show(drawn);
    const before = changed.get("plan") as Plan | undefined;
    if (this.#read && !(before && amendTable(this.#read, before, this.plan))) this.#read = this.#table();
    if (this.at === null || !this.#cells.has(this.at)) this.at = this.lit[0] ?? drawn.cells[0]?.flat.id ?? null;
    if (!this.zoom) this.zoom = this.#rest(drawn);
  }

  #table(): HTMLTableElement {
    return drawTable(this.plan!, this.at, t("Plan of %(building)s", { building: this.plan!.building.label }));
  }

  /** As large as the room allows, never so small that a finger misses. */
  #rest(drawn: Drawn): number {
    const room = this.clientWidth - 44;
    return Math.min(REST.most, Math.max(REST.least, room > 0 ? room / drawn.width : 1));
  }

  protected override firstUpdated(): void {
    const view = this.#view();
    if (view) {
      pinch(view, this.#zoomed);
      drag(view, () => !this.drawing);
      wheel(view, this.#zoomed);
      const seen = this.lit[0] ?? (location.hash || this.hasAttribute("at") ? this.at : null);
      if (seen) this.#show(this.#cells.get(seen), "auto");
      else view.scrollTop = 0;
    }
    this.#place();
    // The drawing is painted first; the table that reads it aloud follows.
    const then = (): void => {
      this.#read = this.#table();
      this.tabled = true;
    };
    requestAnimationFrame(() => setTimeout(then, 0));
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("zoom") || changed.has("plan")) this.#place();
    if (changed.has("plan") || changed.has("lit")) this.#drawing.light(this.lit);
    this.#mark();
  }

  #zoomed = ((host: TxPlan) => ({
    get zoom(): number {
      return host.zoom;
    },
    setZoom: (zoom: number, x: number, y: number): void => host.#setZoom(zoom, x, y),
    drawing: (): SVGElement | null => host.querySelector<SVGElement>(".plan-drawing"),
  }))(this);

  #view(): HTMLElement | null {
    return this.querySelector<HTMLElement>(".plan-view");
  }

  /** Zoom so that what lies under (x, y) of the view stays there. */
  #setZoom(zoom: number, x: number, y: number): void {
    const view = this.#view();
    const next = within(zoom);
    if (!view || next === this.zoom) return;
    const [left, top] = [(view.scrollLeft + x) / this.zoom, (view.scrollTop + y) / this.zoom];
    this.zoom = next;
    void this.updateComplete.then(() => view.scrollTo(left * next - x, top * next - y));
  }

  #step(by: number): void {
    const view = this.#view();
    if (view) this.#setZoom(this.zoom * by, view.clientWidth / 2, view.clientHeight / 2);
  }

  #whole(): void {
    const view = this.#view();
    const drawn = this.#drawn;
    if (view && drawn) this.zoom = within(Math.min((view.clientWidth - 44) / drawn.width, (view.clientHeight - 36) / drawn.height));
  }

  /** Bring a cell into the middle of the view. */
  #show(cell: Cell | undefined, behavior: ScrollBehavior = "auto"): void {
    const view = this.#view();
    if (!view || !cell) return;
    const z = this.zoom;
    const [x, y, right, bottom] = [cell.x * z, cell.y * z, (cell.x + cell.width) * z + 44, (cell.y + cell.height) * z + 36];
    const seenAcross = x >= view.scrollLeft && right <= view.scrollLeft + view.clientWidth;
    const seenDown = y >= view.scrollTop && bottom <= view.scrollTop + view.clientHeight;
    view.scrollTo({
      left: seenAcross ? view.scrollLeft : x - (view.clientWidth - cell.width * z) / 2,
      top: seenDown ? view.scrollTop : y - (view.clientHeight - cell.height * z) / 2,
      behavior,
    });
  }

  /** The window of the small picture follows the view, once a frame. */
  #place = (): void => {
    if (this.#framed) return;
    this.#framed = requestAnimationFrame(() => {
      this.#framed = 0;
      this.#frame();
    });
  };

  #frame(): void {
    const view = this.#view();
    const small = this.querySelector<HTMLElement>(".plan-mini");
    const frame = small?.querySelector<HTMLElement>(".frame");
    const drawn = this.#drawn;
    if (!view || !small || !frame || !drawn) return;
    const [width, height] = [drawn.width * this.zoom, drawn.height * this.zoom];
    small.hidden = width <= view.clientWidth * 1.8 && height <= view.clientHeight * 1.8;
    const scale = Math.min(80 / drawn.width, 112 / drawn.height) / this.zoom;
    frame.style.transform = `translate(${view.scrollLeft * scale}px, ${view.scrollTop * scale}px)`;
    frame.style.width = `${Math.min(view.clientWidth - 44, width) * scale}px`;
    frame.style.height = `${Math.min(view.clientHeight - 32, height) * scale}px`;
  }

  /** The ring lies over the drawing: nothing is drawn anew for a step of the keyboard. */
  #mark(): void {
    const cell = this.#here();
    if (cell) this.#ring(cell.x, cell.y, cell.width, cell.height);
  }

  #ring(x: number, y: number, width: number, height: number): void {
    const ring = this.querySelector<HTMLElement>(".plan-ring");
    if (!ring) return;
    const z = this.zoom;
    ring.style.transform = `translate(${44 + x * z}px, ${31 + y * z}px)`;
    ring.style.width = `${width * z}px`;
    ring.style.height = `${height * z}px`;
    ring.classList.toggle("chosen", this.editing);
  }

  #go(cell: Cell | null, focus = true): void {
    if (!cell) return;
    const before = this.querySelector<HTMLElement>(`[data-cell="${this.at}"]`);
    before?.setAttribute("tabindex", "-1");
    this.at = cell.flat.id;
    const button = this.querySelector<HTMLElement>(`[data-cell="${cell.flat.id}"]`);
    button?.setAttribute("tabindex", "0");
    if (focus) button?.focus({ preventScroll: true });
    this.#show(cell);
    this.#mark();
    this.dispatchEvent(new CustomEvent("tx:at", { bubbles: true, detail: { flat: cell.flat.id } }));
  }

  protected override shouldUpdate(changed: PropertyValues): boolean {
    // A step of the keyboard moves the ring only, unless the panel must follow it.
    return !(this.hasUpdated && changed.size === 1 && changed.has("at") && !this.editing && !this.told);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const cell = this.#here();
    if (!cell || !this.#drawn) return;
    if (!this.#does(event, cell)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Do what a key asks for; whether it asked for anything. */
  #does(event: KeyboardEvent, cell: Cell): boolean {
    const { key } = event;
    const cells = this.#drawn!.cells;
    if (WAYS.has(key)) return this.#go(neighbour(cells, cell, key as Way)), true;
    if (key === "+" || key === "=") return this.#step(1.25), true;
    if (this.editing && key.toLowerCase() === "m") return this.#merge(event.shiftKey ? "up" : "right"), true;
    if (this.advance && this.editing && (key === "Enter" || key === "Tab")) return this.forward(event.shiftKey ? -1 : 1);
    const changes = this.editing && !/^[\d-]$/.test(key) ? changesOf(key, cell) : null;
    if (changes) return this.#change(changes), this.#onward(cell, changes), true;
    if (key.length === 1 && /[\p{L}\p{N}-]/u.test(key)) return this.#type(key, event.timeStamp), true;
    return false;
  }

  /** With `advance` a state's letter leads on to the next flat, as a sheet is read. */
  #onward(cell: Cell, changes: Changes): void {
    if (this.advance && changes.state) this.#go(following(this.#drawn!.cells, cell));
  }

  /** Go on to the next flat of the unit as a sheet is read, or back; whether there is one. */
  forward(by: 1 | -1 = 1, focus = true): boolean {
    const cell = this.#here();
    const next = cell && following(this.#drawn!.cells, cell, by);
    if (next) this.#go(next, focus);
    return !!next;
  }

  /** Take what was typed of the chosen flat: its state and marks here; whom it names is returned. */
  take(words: string): Worded | null {
    const cell = this.#here();
    const changes = cell && read(words, cell);
    if (changes) this.#change(changes);
    return cell && saysSomebody(words) ? { flat: cell.flat.id, words } : null;
  }

  /** The chosen flat. */
  get chosen(): Flat | null {
    return this.#here()?.flat ?? null;
  }

  /** Put the keyboard onto the chosen flat. */
  override focus(): void {
    this.querySelector<HTMLElement>(`[data-cell="${this.at}"]`)?.focus({ preventScroll: true });
  }

  /** Cells copied in Excel go onto the plan, from the chosen flat to the right and down. */
  #onPaste(event: ClipboardEvent): void {
    const cell = this.#here();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!this.editing || !cell || !text.trim()) return;
    event.preventDefault();
    this.paste(text);
  }

  /** Put a block of cells in, as if it was pasted; how many flats it said something of. */
  paste(text: string): number {
    const cell = this.#here();
    const items = cell ? pasted(text, this.#drawn!.cells, cell) : [];
    const words = cell ? named(text, this.#drawn!.cells, cell) : [];
    const before = items.map(({ flat }) => this.#cells.get(flat)!.flat);
    for (const { flat, changes } of items) this.#shown(flat, changes);
    this.told = t("%(n)s flats filled in.", { n: items.length });
    if (items.length) this.#tell({ act: "many", items }, () => before.forEach((flat) => this.#shown(flat.id, flat)));
    if (words.length) this.dispatchEvent(new CustomEvent("tx:words", { bubbles: true, detail: { cells: words } }));
    return new Set([...items, ...words].map(({ flat }) => flat)).size;
  }

  /** What was dictated: a number and a state, or who lives there. What was said after the number, if it was understood. */
  hear(words: string, focus = true): string | null {
    const said = heard(words);
    const cell = said && findNumber(this.#drawn!.cells, said.number, this.#here());
    const changes = cell && read(said.rest, cell);
    if (!cell || !(changes || saysSomebody(said.rest))) return (this.told = t("Not understood: %(words)s", { words })), null;
    this.#go(cell, focus);
    if (changes) this.#change(changes);
    return said.rest;
  }

  /** Letters and figures typed one after another make a flat's number. */
  #type(key: string, at: number): void {
    this.#typed = { text: at - this.#typed.at < TYPED_FOR ? this.#typed.text + key : key, at };
    this.#go(findNumber(this.#drawn!.cells, this.#typed.text, this.#here()));
  }

  #here(): Cell | null {
    return (this.at === null ? null : this.#cells.get(this.at)) ?? null;
  }

  #onTap(event: Event): void {
    const id = Number((event.target as Element).closest<HTMLElement>("[data-flat], [data-cell]")?.dataset["flat"] ?? (event.target as HTMLElement).dataset["cell"]);
    const cell = this.#cells.get(id);
    if (!cell || this.drawing) return;
    if (this.editing) return this.#go(cell);
    if (this.leak) return this.#leakAt(cell);
    this.at = id;
    this.#mark();
    this.#open(id);
  }

  #open(flat: number): void {
    const event = new CustomEvent("tx:open", { bubbles: true, cancelable: true, detail: { flat } });
    if (this.dispatchEvent(event) && this.openUrl) location.assign(this.#address(flat));
  }

  #address(flat: number): string {
    return this.openUrl.replace("{id}", String(flat)).replace("%7Bid%7D", String(flat));
  }

  #leakAt(cell: Cell): void {
    const higher = above(this.#drawn!.cells, cell);
    this.at = cell.flat.id;
    this.lit = higher.map((each) => each.flat.id);
    this.dispatchEvent(new CustomEvent("tx:leak", { bubbles: true, detail: { flat: cell.flat.id, above: this.lit } }));
  }

  #change(changes: Changes): void {
    const cell = this.#here();
    if (!cell) return;
    const { flat } = cell;
    this.#shown(flat.id, changes);
    this.told = changes.state ? `${flat.number}: ${stateWords(changes.state)}` : flat.number;
    this.#tell({ act: "set", flat: flat.id, version: flat.version, changes }, () => this.#shown(flat.id, flat));
  }

  #merge(into: "right" | "up"): void {
    const cell = this.#here();
    const found = cell && merged(this.#drawn!.cells, cell, into);
    if (!cell || !found) return;
    const others = found.others.map((other) => other.flat.id);
    this.#tell({ act: "merge", flat: cell.flat.id, version: cell.flat.version, into, others, changes: found.changes });
  }

  #layOut = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const said = new FormData(form);
    const number = (name: string): number => Number(said.get(name));
    this.#tell({
      act: "lay_out",
      unit: Number(form.dataset["unit"]) || null,
      version: Number(form.dataset["version"]),
      number: String(said.get("number") ?? ""),
      lowest: number("lowest"),
      highest: number("highest"),
      columns: number("columns"),
    });
  };

  #add = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const said = new FormData(form);
    this.#tell({
      act: "add",
      unit: Number(form.dataset["unit"]),
      number: String(said.get("number")).trim(),
      floor: Number(said.get("floor")),
      column: Number(said.get("column")) - 1,
      use: String(said.get("use")) as Flat["use"],
    });
  };

  #remove(): void {
    const flat = this.chosen;
    if (flat) this.#tell({ act: "remove", flat: flat.id, version: flat.version });
  }

  /** Show a change at once; the server's answer, or its refusal, comes later. */
  #shown(flat: number, changes: object): void {
    this.plan = withFlat(this.plan!, flat, changes);
  }

  #tell(edit: Edit, undo: () => void = () => undefined): void {
    this.dispatchEvent(new CustomEvent("tx:edit", { bubbles: true, detail: { ...edit, undo } }));
  }

  /** What the server has stored of a flat: a newer version, or more. */
  settle(flat: number, changes: object): void {
    if (this.plan) this.#shown(flat, changes);
  }

  #boxFrom(event: PointerEvent): void {
    if (!this.drawing) return;
    event.preventDefault();
    // A hand that draws to the edge lets go outside of it.
    (event.currentTarget as Element).setPointerCapture?.(event.pointerId);
    this.#box = this.#spot(event);
  }

  /** While it is dragged the ring shows what will be. */
  #boxOver(event: PointerEvent): void {
    const shape = this.#shape(event);
    const at = this.#unitAt();
    if (shape && at) this.#ring(at.x + shape.x * CELL.width, at.y + shape.y * CELL.height, shape.width * CELL.width, shape.height * CELL.height);
  }

  #boxTo(event: PointerEvent): void {
    const shape = this.#shape(event);
    if (!shape) return;
    this.drawing = false;
    this.#box = null;
    this.#change({ shape });
  }

  #boxOff = (): void => {
    this.#box = null;
    this.#mark();
  };

  /** The box from where the hand went down to where it is, in cells of the chosen flat's unit. */
  #shape(event: PointerEvent): Shape | null {
    const unit = this.#unitAt();
    if (!this.drawing || !this.#box || !unit) return null;
    const to = this.#spot(event);
    const [x, y] = [(value: number) => (value - unit.x) / CELL.width, (value: number) => (value - unit.y) / CELL.height];
    return snapped(x(this.#box.x), y(this.#box.y), x(to.x), y(to.y));
  }

  #unitAt(): { x: number; y: number } | null {
    const cell = this.#here();
    const unit = cell && this.#drawn!.units.find((each) => each.unit === cell.unit);
    return unit ? { x: unit.x, y: this.#drawn!.floors.indexOf(cell.unit.highest) * CELL.height } : null;
  }

  #spot(event: PointerEvent): { x: number; y: number } {
    const box = this.querySelector(".plan-drawing")!.getBoundingClientRect();
    return { x: (event.clientX - box.left) / this.zoom, y: (event.clientY - box.top) / this.zoom };
  }

  #find(event: Event): void {
    event.preventDefault();
    const words = new FormData(event.target as HTMLFormElement).get("find");
    const cell = findNumber(this.#drawn!.cells, String(words ?? ""), this.#here());
    this.told = cell ? "" : t("No flat has that number.");
    if (cell) this.#go(cell);
  }

  #jump(event: PointerEvent): void {
    const small = (event.currentTarget as Element).getBoundingClientRect();
    const view = this.#view()!;
    const [x, y] = [(event.clientX - small.left) / small.width, (event.clientY - small.top) / small.height];
    view.scrollTo(x * this.#drawn!.width * this.zoom - view.clientWidth / 2, y * this.#drawn!.height * this.zoom - view.clientHeight / 2);
  }

  protected override render(): TemplateResult | typeof nothing {
    const { plan } = this;
    const drawn = this.#drawn;
    if (!plan || !drawn) return nothing;
    if (drawn.cells.length === 0 && !plan.may.edit) return html`<p class="muted">${t("This building has no plan yet. Its officer lays it out.")}</p>`;
    return html`${this.#tools(plan)}
      <p class="muted small" role="status">${this.told}</p>
      <div class="plan-frame no-print">
        <div class="plan-view" @scroll=${this.#place} @click=${this.#onTap} @pointerdown=${this.#boxFrom} @pointermove=${this.#boxOver} @pointerup=${this.#boxTo} @pointercancel=${this.#boxOff} ?data-drawing=${this.drawing}>${this.#readable()}${this.#sheet(drawn)}</div>
        ${this.#mini(drawn)}
      </div>
      ${this.editing ? panel(this.#here(), this.#unit(), drawn.cells, this.#hands()) : legend(plan, this.#key)}
      ${this.printing ? paper(plan) : nothing}`;
  }

  #onFocus(event: FocusEvent): void {
    const cell = this.#cells.get(Number((event.target as HTMLElement).dataset["cell"]));
    this.classList.add("has-keys");
    if (cell && cell.flat.id !== this.at) this.#go(cell, false);
  }

  #unit(): Unit | undefined {
    return this.#here()?.unit ?? this.plan?.units[0];
  }

  #hands(): Parameters<typeof panel>[3] {
    return {
      change: (changes) => this.#change(changes),
      merge: (into) => this.#merge(into),
      layOut: this.#layOut,
      add: this.#add,
      remove: () => this.#remove(),
      draw: () => (this.drawing = !this.drawing),
      drawing: this.drawing,
    };
  }

  #tools(plan: Plan): TemplateResult {
    const button = (label: string, sign: string, act: () => void): TemplateResult =>
      html`<button class="button" type="button" aria-label=${label} title=${label} @click=${act}><span aria-hidden="true">${sign}</span></button>`;
    return html`<div class="plan-tools row no-print">
      <form class="row grow" role="search" @submit=${this.#find}><input class="input" name="find" inputmode="text" autocomplete="off" aria-label=${t("Go to a flat")} placeholder=${t("Flat number")}></form>
      ${button(t("Smaller"), "−", () => this.#step(0.8))}${button(t("Larger"), "+", () => this.#step(1.25))}<button class="button" type="button" aria-label=${t("Whole building")} title=${t("Whole building")} @click=${() => this.#whole()}><svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"></path></svg></button>
      ${plan.may.edit ? html`<button class="button" type="button" aria-pressed=${this.editing} @click=${() => (this.editing = !this.editing)}>${this.editing ? t("Amended, done") : t("Amend")}</button>` : nothing}</div>`;
  }

  /** Within what scrolls, so that the keyboard finds its way into it. */
  #readable(): TemplateResult | typeof nothing {
    if (!this.tabled) return nothing;
    return html`<div class="hidden-text plan-read" @keydown=${this.#onKey} @paste=${this.#onPaste} @focusin=${this.#onFocus} @focusout=${() => this.classList.remove("has-keys")}>${this.#read}</div>`;
  }

  #mini(drawn: Drawn): TemplateResult {
    const scale = Math.min(80 / drawn.width, 112 / drawn.height);
    return html`<div class="plan-mini" aria-hidden="true" hidden @pointerdown=${this.#jump}><svg width=${drawn.width * scale} height=${drawn.height * scale} viewBox="0 0 ${drawn.width} ${drawn.height}">${drawSmall(drawn)}</svg><div class="frame"></div></div>`;
  }

  #sheet(drawn: Drawn): TemplateResult {
    const z = this.zoom;
    return html`<div class="plan-sheet">
      <div class="plan-heads" aria-hidden="true"><svg width=${drawn.width * z + 44} height="30">${drawn.units.map(({ unit, x, width }) => svg`<text x=${44 + (x + width / 2) * z} y="20">${unitWords(unit.number)}</text>`)}</svg></div>
      <svg class="plan-floors" width="44" height=${drawn.height * z} aria-hidden="true">${drawn.floors.map((floor, at) => svg`<text x="38" y=${(at + 0.5) * CELL.height * z + 5}><title>${floorWords(floor)}</title>${floor > 0 ? floor : `−${-floor}`}</text>`)}</svg>
      <svg class="plan-drawing" width=${drawn.width * z} height=${drawn.height * z} viewBox="0 0 ${drawn.width} ${drawn.height}" aria-hidden="true">${this.#drawing.root}</svg><div class="plan-ring" aria-hidden="true"></div>
    </div>`;
  }
}

customElements.define("tx-plan", TxPlan);
