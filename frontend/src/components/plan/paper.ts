import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { fitted } from "./draw";
import { CELL, lay, type Plan, type Unit } from "./model";
import { floorWords, unitWords } from "./words";

const LABEL = 54;

/** For A4: one unit a page, numbers and free lines to write on; no state, no need, no person. */
export function paper(plan: Plan): TemplateResult {
  return html`<div class="plan-paper">${plan.units.map((unit) => page(plan, unit))}</div>`;
}

function page(plan: Plan, unit: Unit): TemplateResult {
  const drawn = lay({ ...plan, units: [unit] });
  const [width, height] = [drawn.width + LABEL, drawn.height + 2];
  const tall = height > width * 0.62;
  return html`<section class="plan-page ${tall ? "tall" : ""}">
    <h2>${plan.building.label} ${unitWords(unit.number)}</h2>
    <svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="xMidYMin meet" aria-hidden="true">
      ${drawn.floors.map((floor, at) => svg`<text class="floor" x="2" y=${(at + 0.5) * CELL.height + 5}>${floorWords(floor)}</text>`)}
      ${drawn.cells.map((cell) => sheetCell(cell.flat.number, cell.x + LABEL, cell.y, cell.width, cell.height))}
    </svg></section>`;
}

function sheetCell(number: string, x: number, y: number, width: number, height: number): SVGTemplateResult {
  const name = fitted(number, width - 12);
  return svg`<g transform="translate(${x + 1} ${y + 1})"><rect class="box" width=${width - 2} height=${height - 2}/>
    <text class="number" x="5" y="18" font-size=${Math.min(16, name.size)}>${name.text}</text>
    <path class="line" d="M5 ${height - 24}h${width - 12}M5 ${height - 8}h${width - 12}"/></g>`;
}
