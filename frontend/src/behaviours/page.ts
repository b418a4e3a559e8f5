import { csrfToken } from "../dom";
import { showKeys } from "./keys";

const YEAR = 365 * 24 * 3600;

function switchTheme(): void {
  const root = document.documentElement;
  const dark = root.dataset["theme"] ? root.dataset["theme"] === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset["theme"] = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset["theme"]}; path=/; max-age=${YEAR}; samesite=lax`;
  document.dispatchEvent(new CustomEvent("tx:theme"));
}

function goBack(event: Event): void {
  if (history.length < 2 || !document.referrer.startsWith(location.origin)) return;
  event.preventDefault();
  history.back();
}

const clicks: Record<string, (event: Event, element: HTMLElement) => void> = {
  "[data-theme-toggle]": switchTheme,
  "[data-show-keys]": showKeys,
  "[data-print]": () => window.print(),
  "[data-back]": goBack,
  "[data-close-dialog]": (_event, element) => element.closest("dialog")?.close(),
};

/** Small acts that buttons anywhere may ask for by an attribute. */
export function listenToPage(): void {
  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const element = (event.target as Element).closest<HTMLElement>(selector);
      if (element) act(event, element);
    }
  });
  document.addEventListener("submit", confirmFirst, { capture: true });
  document.addEventListener("htmx:afterSettle", focusAsked);
  focusAsked();
}

/** Only for what cannot be undone: everything else has Undo. */
function confirmFirst(event: Event): void {
  const asked = (event as SubmitEvent).submitter?.closest<HTMLElement>("[data-confirm]") ?? (event.target as Element).closest<HTMLElement>("[data-confirm]");
  if (!asked || window.confirm(asked.dataset["confirm"])) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

function focusAsked(): void {
  document.querySelector<HTMLElement>("[data-focus]:not([data-focused])")?.focus();
  document.querySelectorAll("[data-focus]").forEach((each) => each.setAttribute("data-focused", ""));
}

/** Tell the server, at most once a minute, that a hand is on the page, so that the log-in lasts. */
export function keepAlive(): void {
  const url = document.querySelector<HTMLMetaElement>('meta[name="alive-url"]')?.content;
  if (!url) return;
  let told = Date.now();
  const tell = (): void => {
    if (Date.now() - told < 60_000) return;
    told = Date.now();
    void fetch(url, { method: "POST", headers: { "X-CSRFToken": csrfToken() } }).catch(() => undefined);
  };
  document.addEventListener("keydown", tell, { passive: true });
  document.addEventListener("pointerdown", tell, { passive: true });
}
