import { html, nothing } from "lit";
import { t } from "../../../i18n";
import { icon, notice, onSubmit, type View } from "../shell";
import type { Tried } from "../safe";

export type Lock = { unsent: number; tried: Tried | undefined; passkey: boolean; busy: boolean; open(pin: string): void; byPasskey(): void; forget(): void };

/** The phone is locked: a PIN or a passkey opens it. */
export function lockView(lock: Lock): View {
  const open = onSubmit((said, form) => {
    lock.open(String(said.get("pin") ?? ""));
    form.reset();
  });
  return html`<div class="stack visit-lock"><div class="empty"><svg class="i" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 11h14v10H5ZM8 11V7.500a4 4 0 0 1 8 0V11M12 15v2"></path></svg><strong>${t("Locked")}</strong><p>${t("What was taken along lies sealed on this phone.")}</p></div>
    ${said(lock)}
    ${lock.passkey ? html`<button class="button big primary" type="button" @click=${lock.byPasskey}>${icon("person")}<span>${t("Open by passkey")}</span></button>` : nothing}
    <form class="stack tight" @submit=${open} autocomplete="off"><div class="field"><label for="v-pin">${t("PIN")}</label><input class="input visit-pin" id="v-pin" name="pin" type="password" inputmode="numeric" autocomplete="off" required minlength="6" ?disabled=${lock.busy}></div>
      <button class="button big ${lock.passkey ? "" : "primary"}" type="submit" aria-busy=${lock.busy} ?disabled=${lock.busy}>${icon("door")}<span>${t("Open it")}</span></button></form>
    <details><summary>${t("PIN forgotten?")}</summary><div class="stack tight"><p>${t("Nobody can open it without the PIN. Clear this phone and take the buildings along anew.")} ${lock.unsent ? html`<strong>${t("%(count)s not sent would be lost.", { count: lock.unsent })}</strong>` : nothing}</p>
      <button class="button danger" type="button" @click=${lock.forget}>${t("Clear this phone")}</button></div></details></div>`;
}

function said({ tried, unsent }: Lock): View {
  if (tried?.is === "rest") return notice(t("Too many wrong PINs. Try again in %(n)s min.", { n: minutes(tried.rest) }), "broken", true);
  if (tried?.is !== "wrong") return nothing;
  const warning = tried.left <= 5 ? t("After %(n)s more wrong ones this phone is cleared.", { n: tried.left }) : "";
  const lost = warning && unsent ? t("%(count)s not sent would be lost.", { count: unsent }) : "";
  const rest = tried.rest ? t("Try again in %(n)s min.", { n: minutes(tried.rest) }) : "";
  return notice([t("This PIN is wrong."), rest, warning, lost].filter(Boolean).join(" "), "broken", true);
}

const minutes = (rest: number): number => Math.max(1, Math.ceil(rest / 60_000));
