import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../../i18n";
import { openConflicts } from "../acting";
import { at, back, icon, phoneWords, when, wordsOf, type Shell, type View } from "../shell";
import type { Conflict, Said, Value } from "../wire";

/** Where two people wrote different things: both values, and a button for each. */
export function conflictsView(shell: Shell): View {
  const open = openConflicts(shell.book);
  return html`<div class="stack wide"><p>${t("Nothing was overwritten. Choose what is right; the other one is told.")}</p>
    ${open.map((each) => card(shell, each))}
    ${open.length ? nothing : html`<div class="empty">${icon("check")}<strong>${t("All is settled")}</strong></div>`}${back(at.home, t("Taken along"))}</div>`;
}

function card(shell: Shell, conflict: Conflict): TemplateResult {
  const { id, flat, now, theirs } = conflict;
  // Who settles has seen what stands: its stamp goes along.
  const stamp = now.stamp === undefined ? {} : { stamp: now.stamp };
  const settle = (value: Value): Promise<void> => shell.act([{ do: "settle", flat, conflict: id, value, ...stamp }]);
  return html`<section class="card stack tight" aria-label="${conflict.flat_label} ${conflict.field_words}" data-conflict=${String(id)}>
    <h2>${conflict.flat_label} · ${conflict.field_words}</h2>
    ${choice(shell, conflict, now, t("In the register"), () => settle(now.value))}
    ${choice(shell, conflict, theirs, conflict.mine ? t("What you wrote") : t("What was written"), () => settle(theirs.value))}</section>`;
}

function choice(shell: Shell, { field }: Conflict, said: Said, head: string, choose: () => void): TemplateResult {
  const words = valueWords(shell, field, said.value);
  return html`<div class="visit-choice"><p class="muted small">${head}${said.by ? ` · ${said.by}` : ""} · ${when(said.at, shell.now)}</p>
    <button class="button big" type="button" @click=${choose}><span>${words}<small>${t("Use this")}</small></span></button></div>`;
}

function valueWords(shell: Shell, field: string, value: Value): string {
  const { head } = shell.book;
  if (field === "state") return wordsOf(head?.states, value);
  if (field === "part") return wordsOf(head?.parts, value);
  if (field === "phone") return phoneWords(value) || t("none");
  if (field === "lives_here") return value ? t("Lives here") : t("Lives elsewhere");
  if (field === "here") return value ? t("Still of this home") : t("Moved out");
  if (typeof value === "boolean") return value ? t("Yes") : t("No");
  return String(value ?? "") || t("none");
}
