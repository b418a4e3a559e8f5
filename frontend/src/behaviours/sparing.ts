import { t } from "../i18n";
import { toast } from "./toasts";

type Asked = { elt: Element; requestConfig: { headers: Record<string, string> } };

/** A refresh that no hand caused must not take away what is being typed under [data-spare-typing]. */
export function spareTyping(): void {
  document.addEventListener("htmx:beforeRequest", ((event: CustomEvent<Asked>) => {
    const { elt, requestConfig } = event.detail;
    if (!elt.hasAttribute("data-spare-typing") || !requestConfig.headers["X-Tongxin-Background"]) return;
    if (!isBeingUsed(elt)) return;
    event.preventDefault();
    if (elt.hasAttribute("data-stale")) return;
    elt.setAttribute("data-stale", "");
    toast(t("This has changed meanwhile; it is shown afresh when you have finished."), "waiting");
  }) as EventListener);
}

export function isBeingUsed(element: Element): boolean {
  const fields = element.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input:not([type=hidden], [type=file])");
  const typed = [...fields].some((field) => field.value !== field.defaultValue);
  return typed || (element.contains(document.activeElement) && !!document.activeElement?.closest("form, details[open]"));
}
