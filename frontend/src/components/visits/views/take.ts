import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../../i18n";
import { at, back, icon, notice, onSubmit, type View } from "../shell";
import { tooEasy } from "../keys";
import type { DayBuilding } from "../wire";

/** The plan of the day as it was asked for: not yet, in vain (why), or its buildings. */
export type Day = { is: "asked" } | { is: "not"; why: "later" | "log in" | string } | { is: "here"; buildings: DayBuilding[] };
export type Take = { day: Day; online: boolean; taken: number[]; needsPin: boolean; busy: boolean; trouble: string; again(): void; take(buildings: number[], pin: string): void; say(words: string): void };

export const MOST = 12;

/** Choose which buildings to take along; the first time, a PIN too. */
export function takeView(take: Take): View {
  const { day } = take;
  if (day.is === "asked") return html`<div class="skeleton rows" aria-busy="true" aria-label=${t("Loading")}><span></span><span></span><span></span></div>`;
  if (day.is === "not") return unavailable(take, day.why);
  if (!day.buildings.length) return html`<div class="empty">${icon("plan")}<strong>${t("No building has a plan yet")}</strong><p>${t("Lay out a building first; then its doors can be taken along.")}</p><a class="button" href="/field/homes/">${t("Plans")}</a></div>`;
  return form(take, day.buildings);
}

function unavailable(take: Take, why: string): TemplateResult {
  const again = html`<button class="button" type="button" @click=${take.again}>${icon("turn")}<span>${t("Try again")}</span></button>`;
  if (why === "log in") return html`<div class="stack">${notice(t("Log in again to take buildings along. What is on this phone stays."))}<a class="button primary" href="/accounts/login/?next=/field/visits/">${t("Log in")}</a></div>`;
  const words = why === "later" ? t("Buildings are taken along where there is signal. After that, the doors work without.") : why;
  return html`<div class="stack">${notice(words, "waiting")}${again}${take.taken.length ? back(at.home, t("Taken along")) : nothing}</div>`;
}

function form(take: Take, buildings: DayBuilding[]): TemplateResult {
  const send = onSubmit((said) => {
    const chosen = said.getAll("building").map(Number);
    const pin = String(said.get("pin") ?? "");
    const wrong = troubleWith(chosen, take.needsPin ? pin : undefined, String(said.get("again") ?? ""));
    if (wrong) return take.say(wrong);
    take.take(chosen, pin);
  });
  return html`<form class="stack" @submit=${send} autocomplete="off">
    ${take.trouble ? notice(take.trouble, "broken", true) : nothing}
    <fieldset class="choices visit-buildings"><legend>${t("Which buildings do you walk today?")}</legend>${choices(take, buildings)}</fieldset>
    <p class="muted small">${t("Names and numbers of these buildings lie sealed on this phone, for 24 hours at most. Taking them along is recorded.")}</p>
    ${take.needsPin ? pinFields() : nothing}
    <button class="button big primary" type="submit" ?disabled=${take.busy} aria-busy=${take.busy}>${icon("download")}<span>${t("Take along")}</span></button></form>`;
}

const AT_ONCE = 6;

/** Those that are taken along and those with most to do; the rest one tap away, so that the button is in reach. */
function choices({ taken }: Take, buildings: DayBuilding[]): TemplateResult {
  const first = buildings.filter((each, at) => at < AT_ONCE || taken.includes(each.id));
  const rest = buildings.filter((each) => !first.includes(each));
  return html`${first.map((each) => row(each, taken))}${rest.length ? html`<details><summary>${t("All other buildings (%(n)s)", { n: rest.length })}</summary>${rest.map((each) => row(each, taken))}</details>` : nothing}`;
}

function row({ id, label, flats, due, nearest_m: near }: DayBuilding, taken: number[]): TemplateResult {
  const words = [t("%(n)s doors today", { n: due }), t("%(n)s flats", { n: flats }), near === undefined || near === null ? "" : t("%(n)s m away", { n: Math.round(near) })];
  return html`<label class="choice"><input type="checkbox" name="building" value=${id} ?checked=${taken.includes(id)}><span>${label}<br><small class="muted">${words.filter(Boolean).join(" · ")}</small></span></label>`;
}

function pinFields(): TemplateResult {
  const field = (name: string, label: string, hint: string): TemplateResult =>
    html`<div class="field"><label for="v-${name}">${label}</label>${hint ? html`<span class="hint" id="v-${name}-hint">${hint}</span>` : nothing}<input class="input visit-pin" id="v-${name}" name=${name} type="password" inputmode="numeric" autocomplete="new-password" required minlength="6" aria-describedby=${hint ? `v-${name}-hint` : nothing}></div>`;
  return html`${field("pin", t("Choose a PIN for this phone"), t("Six figures or more, no row such as 123456. It opens the visits without signal; nobody else knows it."))}${field("again", t("The PIN once more"), "")}`;
}

function troubleWith(chosen: number[], pin: string | undefined, again: string): string {
  if (!chosen.length) return t("Choose at least one building.");
  if (chosen.length > MOST) return t("At most %(n)s buildings at once.", { n: MOST });
  return pin === undefined ? "" : pinTrouble(pin, again);
}

/** What is wrong with a new PIN; '' when it is good. */
export function pinTrouble(pin: string, again: string): string {
  if (tooEasy(pin)) return t("This PIN is too easily guessed: six figures or more, not all alike and none in a row.");
  return pin === again ? "" : t("The two PINs are not the same.");
}
