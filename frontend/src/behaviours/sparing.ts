import { t } from "../i18n";
import { toast } from "./toasts";

type Asked = { elt: Element; requestConfig: { headers: Record<string, string> } };
type Answered = Asked & { target: Element; shouldSwap: boolean };

/** A refresh that no hand caused must not take away what is being typed under [data-spare-typing]. */
export function spareTyping(): void {
  document.addEventListener("htmx:beforeRequest", ((event: CustomEvent<Asked>) => {
    const { elt, requestConfig } = event.detail;
    if (!elt.hasAttribute("data-spare-typing") || !isSpared(elt, requestConfig)) return;
    event.preventDefault();
    tell(elt);
  }) as EventListener);
  // What was on its way when the hand came is too late.
  document.addEventListener("htmx:beforeSwap", ((event: CustomEvent<Answered>) => {
    const { target, requestConfig } = event.detail;
    const spared = target.matches("[data-spare-typing]") ? target : target.querySelector("[data-spare-typing]");
    if (!spared || !isSpared(spared, requestConfig)) return;
    event.detail.shouldSwap = false;
    tell(spared);
  }) as EventListener);
}

function isSpared(element: Element, { headers }: Asked["requestConfig"]): boolean {
  return !!headers["X-Tongxin-Background"] && isBeingUsed(element);
}

function tell(element: Element): void {
  if (element.hasAttribute("data-stale")) return;
  element.setAttribute("data-stale", "");
  toast(t("This has changed meanwhile; it is shown afresh when you have finished."), "waiting");
}

export function isBeingUsed(element: Element): boolean {
  const fields = element.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, input:not([type=hidden], [type=file])");
  const typed = [...fields].some((field) => field.value !== field.defaultValue);
  return typed || (element.contains(document.activeElement) && !!document.activeElement?.closest("form, details[open]"));
}
