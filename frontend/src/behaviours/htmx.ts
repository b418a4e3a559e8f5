import htmx from "htmx.org";
import { csrfToken } from "../dom";
import { t } from "../i18n";
import { toast } from "./toasts";

type RequestDetail = {
  headers: Record<string, string>;
  verb: string;
  triggeringEvent?: Event;
};

/** Settings that the content policy and privacy ask for. */
export function configureHtmx(): void {
  Object.assign(htmx.config, {
    allowEval: false,
    allowScriptTags: false,
    includeIndicatorStyles: false,
    selfRequestsOnly: true,
    historyCacheSize: 0, // pages hold personal data: no copy stays in the browser's storage
    timeout: 20_000,
    globalViewTransitions: false,
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "[45]..", swap: true, error: true },
    ],
  });
  document.addEventListener("htmx:configRequest", addHeaders as EventListener);
  document.addEventListener("htmx:sendError", tellLost);
  document.addEventListener("htmx:timeout", tellLost);
  document.addEventListener("htmx:beforeSwap", keepPageOnFault as EventListener);
}

function addHeaders(event: CustomEvent<RequestDetail>): void {
  const { headers, verb, triggeringEvent } = event.detail;
  if (verb !== "get") headers["X-CSRFToken"] = csrfToken();
  if (byItself(triggeringEvent)) headers["X-Tongxin-Background"] = "1";
}

/** Whether no hand caused the request: a live change, a timer, the page's own load. */
function byItself(cause: Event | undefined): boolean {
  return cause === undefined || cause.type.startsWith("tx:") || cause.type === "load";
}

/** A fault's page (5xx) must not replace a fragment; one sentence says what to do. */
function keepPageOnFault(event: CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean }>): void {
  if (event.detail.xhr.status < 500) return;
  event.detail.shouldSwap = false;
  toast(t("The server could not do that just now. Nothing is lost: try again."), "broken");
}

function tellLost(event: Event): void {
  const by = (event as CustomEvent<{ requestConfig?: RequestDetail }>).detail.requestConfig;
  if (event.defaultPrevented || byItself(by?.triggeringEvent)) return;
  toast(t("No connection. What you typed is still here: try again."), "broken");
}
