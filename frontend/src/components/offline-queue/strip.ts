import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../i18n";

export type Waiting = { count: number; online: boolean; asksLogin?: boolean; loginUrl?: string };

/** The strip under the bar: how much waits, and what becomes of it; nothing while all is sent. */
export function strip(waiting: Waiting): TemplateResult | typeof nothing {
  if (!waiting.count && waiting.online && !waiting.asksLogin) return nothing;
  const login = waiting.asksLogin ? html` <a href=${waiting.loginUrl ?? ""}>${t("Log in")}</a>` : nothing;
  return html`<div class="offline-strip" role="status"><svg class="mark is-unknown" aria-hidden="true"><use href="#m-unknown"></use></svg><span>${words(waiting)}${login}</span></div>`;
}

function words({ count, online, asksLogin }: Waiting): string {
  if (asksLogin) return t("%(count)s saved; log in again and they are sent", { count });
  if (online) return t("%(count)s saved, being sent…", { count });
  if (!count) return t("No signal; everything still works here");
  return t("No signal; %(count)s saved, sent by itself when there is", { count });
}
