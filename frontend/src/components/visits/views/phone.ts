import { html, nothing } from "lit";
import { t } from "../../../i18n";
import { at, back, icon, notice, onSubmit, when, type Shell, type View } from "../shell";
import { pinTrouble } from "./take";

export type Phone = { mayPasskey: boolean; hasPasskey: boolean; said: { words: string; tone: string } | undefined; expires: number; lock(): void; addPasskey(pin: string): void; changePin(pin: string, next: string): void; say(words: string): void };

const pin = (name: string, label: string, complete: string): View =>
  html`<div class="field"><label for="v-${name}">${label}</label><input class="input visit-pin" id="v-${name}" name=${name} type="password" inputmode="numeric" autocomplete=${complete} required minlength="6"></div>`;

/** This phone: how long it keeps what, its PIN and passkey, locking and leaving. */
export function phoneView(shell: Shell, phone: Phone): View {
  const { head, ops } = shell.book;
  const passkey = onSubmit((said) => phone.addPasskey(String(said.get("key-pin"))));
  const change = onSubmit((said, form) => {
    const [old, next, again] = ["old", "next", "again"].map((name) => String(said.get(name) ?? ""));
    const wrong = pinTrouble(next!, again!);
    if (wrong) return phone.say(wrong);
    phone.changePin(old!, next!);
    form.reset();
  });
  return html`<div class="stack wide">${phone.said ? notice(phone.said.words, phone.said.tone, true) : nothing}
    <section class="stack tight"><p>${head ? html`${head.member.name} · ${t("taken along")} ${when(head.taken_at, shell.now)}` : nothing}</p>
      ${phone.expires ? html`<p>${t("The plans go from this phone by themselves at %(time)s.", { time: timeWords(phone.expires) })}</p>` : nothing}
      <p>${ops.length ? t("%(count)s saved, not sent yet.", { count: ops.length }) : t("Everything is sent.")}</p>
      <button class="button big" type="button" @click=${phone.lock}>${icon("door")}<span>${t("Lock now")}</span></button>
      <a class="button" href="/field/visits/devices/">${t("My phones")}</a></section>
    ${phone.mayPasskey && !phone.hasPasskey ? html`<details><summary>${t("Open by passkey too")}</summary><form class="stack tight" @submit=${passkey} autocomplete="off">${pin("key-pin", t("PIN"), "off")}<button class="button primary" type="submit">${t("Set up")}</button></form></details>` : nothing}
    <details><summary>${t("Another PIN")}</summary><form class="stack tight" @submit=${change} autocomplete="off">${pin("old", t("The PIN now"), "off")}${pin("next", t("The new PIN"), "new-password")}${pin("again", t("The PIN once more"), "new-password")}<button class="button primary" type="submit">${t("Keep")}</button></form></details>
    <a class="button danger" href=${at.leave}>${icon("leave")}<span>${t("Log out and clear this phone")}</span></a>${back(at.home, t("Taken along"))}</div>`;
}

const timeWords = (moment: number): string => new Date(moment).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });

export type Leave = { unsent: number; online: boolean; busy: boolean; said: string; go(): void; discard(): void };

/** On the way out: what is not sent is sent first, then everything goes. */
export function leaveView(leave: Leave): View {
  return html`<div class="stack"><p>${t("What is not sent is sent first. Then names, plans and keys go from this phone, and you are logged out.")}</p>
    ${leave.said ? notice(leave.said, "broken", true) : nothing}
    <button class="button big primary" type="button" ?disabled=${leave.busy} aria-busy=${leave.busy} @click=${leave.go}>${icon("leave")}<span>${leave.unsent ? t("Send %(count)s, clear, log out", { count: leave.unsent }) : t("Clear and log out")}</span></button>
    ${leave.unsent && leave.said ? html`<button class="button danger" type="button" @click=${leave.discard}>${t("Give up %(count)s not sent, clear all the same", { count: leave.unsent })}</button>` : nothing}
    ${back(at.home, t("Back"))}</div>`;
}
