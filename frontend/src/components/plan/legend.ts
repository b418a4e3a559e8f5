import { html, nothing, svg, type TemplateResult } from "lit";
import { t } from "../../i18n";
import { fillOf } from "./draw";
import { iconOf, placed } from "./icons";
import { STATES, type FlatState, type Plan } from "./model";
import { freshWords, hasState, marksOf, stateWords } from "./words";

const sign = (code: string, className = "sign"): TemplateResult =>
  html`<svg class="plan-sign" viewBox="0 0 24 24" aria-hidden="true">${svg`<path class=${className} d=${iconOf(code)}/>`}</svg>`;

/** What the signs on this plan mean; only those that are on it. */
export function legend(plan: Plan, key: string): TemplateResult {
  const flats = plan.units.flatMap((unit) => unit.flats);
  const states = STATES.filter((state) => flats.some((flat) => hasState(flat.use) && flat.state === state));
  const marks = new Map(flats.flatMap(marksOf).map((mark) => [mark.code, mark]));
  return html`<div class="plan-legend no-print">
    <ul>${states.map((state) => html`<li>${swatch(state, key)}${stateWords(state)}</li>`)}</ul>
    ${marks.size ? html`<ul>${[...marks.values()].map((mark) => html`<li>${sign(mark.code, mark.urgent ? "care urgent" : "care")}${mark.words}</li>`)}</ul>` : nothing}
    <ul class="muted">${[3, 2, 1, 0].map((fresh) => html`<li><svg class="plan-bar" viewBox="0 0 30 6" aria-hidden="true">${svg`<path class="freshness" d=${`M1 3h${(28 * Math.max(fresh, 0.4)) / 3}`}/>`}</svg>${freshWords(fresh)}</li>`)}</ul>
    <p class="muted small hidden-text">${t("Arrow keys go from flat to flat, Enter opens, typing a number jumps to it.")}</p></div>`;
}

function swatch(state: FlatState, key: string): TemplateResult {
  return html`<svg class="plan-swatch" viewBox="0 0 40 26" aria-hidden="true">${svg`<g class="cell is-${state}"><rect class="box" x="1" y="1" width="38" height="24" rx="4" fill=${fillOf(key, state)}/><path class="sign" d=${placed(state, 11, 4, 18)}/></g>`}</svg>`;
}
