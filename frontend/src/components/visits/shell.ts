import { html, nothing, type TemplateResult } from "lit";
import own from "virtual:messages/visits";
import type { Step } from "./acting";
import type { Book } from "./keeping";
import type { Value, Word } from "./wire";
import { relative } from "../../behaviours/times";
import { learn, t } from "../../i18n";

learn(own);

/** What every view gets: what is shown, and the few things it may ask for. */
export type Shell = {
  book: Book;
  now: Date;
  online: boolean;
  /** Put acts into the queue, and go on to another place of the page. */
  act(steps: Step[], then?: string): Promise<void>;
};

export type View = TemplateResult | typeof nothing;

/** Addresses within the page: row numbers only, nobody's data. */
export const at = {
  home: "#/",
  take: "#/take",
  conflicts: "#/conflicts",
  phone: "#/phone",
  leave: "#/leave",
  building: (id: number): string => `#/building/${id}`,
  plan: (id: number): string => `#/plan/${id}`,
  door: (id: number): string => `#/door/${id}`,
  person: (flat: number, key: string): string => `#/door/${flat}/person/${encodeURIComponent(key)}`,
  newPerson: (flat: number): string => `#/door/${flat}/new`,
};

export const wordsOf = (list: Word[] | undefined, code: unknown): string => list?.find((each) => each.code === code)?.words ?? String(code ?? "");

/** When it was, as people say it. */
export function when(moment: string | null, now: Date): string {
  if (!moment) return t("never confirmed");
  const at = new Date(moment);
  const fresh = relative(at.getTime(), now.getTime());
  if (fresh) return fresh;
  const days = Math.round((now.getTime() - at.getTime()) / 86_400_000);
  if (days >= 0 && days < 60) return t("%(n)s days ago", { n: Math.max(1, days) });
  return at.toLocaleDateString(document.documentElement.lang || "zh-CN");
}

/** A number as it is read out: 139 0000 1122. */
export const phoneWords = (value: Value | undefined): string => String(value ?? "").replace(/^(1\d{2})(\d{4})(\d{4})$/, "$1 $2 $3");

export const icon = (name: string): TemplateResult => html`<svg class="i" aria-hidden="true"><use href="#i-${name}"></use></svg>`;
export const mark = (tone: string): TemplateResult => html`<svg class="mark is-${tone}" aria-hidden="true"><use href="#m-${tone}"></use></svg>`;

/** A sentence about what happened. */
export function notice(words: unknown, tone = "coming", alert = false): TemplateResult {
  return html`<div class="notice is-${tone}" role=${alert ? "alert" : "note"}>${mark(tone)}<p>${words}</p></div>`;
}

export function textField(name: string, label: string, value: Value | undefined, more: { type?: string; required?: boolean; hint?: string; mode?: string; complete?: string; longest?: number } = {}): TemplateResult {
  const id = `v-${name}`;
  return html`<div class="field"><label for=${id}>${label}${more.required ? nothing : html` <span class="must">(${t("optional")})</span>`}</label>
    ${more.hint ? html`<span class="hint" id="${id}-hint">${more.hint}</span>` : nothing}
    <input class="input" id=${id} name=${name} type=${more.type ?? "text"} .value=${String(value ?? "")} ?required=${more.required ?? false} inputmode=${more.mode ?? nothing} autocomplete=${more.complete ?? "off"} maxlength=${more.longest ?? 60} aria-describedby=${more.hint ? `${id}-hint` : nothing}></div>`;
}

export function selectField(name: string, label: string, options: Word[], value: unknown, empty = "", id = `v-${name}`): TemplateResult {
  return html`<div class="field"><label for=${id}>${label}</label><select class="input" id=${id} name=${name} ?required=${!empty}>
    ${empty ? html`<option value="">${empty}</option>` : nothing}${options.map(({ code, words }) => html`<option value=${code} ?selected=${code === value}>${words}</option>`)}</select></div>`;
}

export const checkField = (name: string, label: string, checked: boolean, id = `v-${name}`): TemplateResult =>
  html`<div class="field"><label class="choice" for=${id}><input type="checkbox" id=${id} name=${name} ?checked=${checked}><span>${label}</span></label></div>`;

/** What a form says, once it is sent. */
export function onSubmit(take: (said: FormData, form: HTMLFormElement) => void): (event: SubmitEvent) => void {
  return (event) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const said = new FormData(form);
    const pressed = event.submitter as HTMLButtonElement | null;
    if (pressed?.name) said.set(pressed.name, pressed.value);
    take(said, form);
  };
}

export const back = (href: string, words: string): TemplateResult => html`<a class="button" href=${href}>${icon("back")}<span>${words}</span></a>`;
