import type { Act } from "./store";

/** Codes, numbers, dates and versions; whatever could be somebody's words does not fit. */
const PLAIN = /^[\w.:+-]{0,80}$/;
const OURS = new Set(["csrfmiddlewaretoken", "idempotency_key", "occurred_at"]);

/**
 * The act behind a form, or why it cannot be kept: "words" when it holds something that must not lie in
 * a browser's storage (a note, a photo), so that it has to stay on the screen.
 */
export function actOf(form: HTMLFormElement, submitter: HTMLElement | null, now: Date): Act | "words" {
  const allowed = new Set((form.dataset["offline"] ?? "").split(/[\s,]+/).filter(Boolean));
  const data = new FormData(form, submitter);
  const fields: Record<string, string> = {};
  for (const [name, value] of data) {
    if (OURS.has(name) || isEmpty(value)) continue;
    if (!allowed.has(name) || typeof value !== "string" || !PLAIN.test(value)) return "words";
    fields[name] = value;
  }
  const given = data.get("idempotency_key");
  const key = typeof given === "string" && given ? given : crypto.randomUUID();
  const url = submitter?.getAttribute("formaction") ?? form.getAttribute("hx-post") ?? form.getAttribute("action") ?? location.pathname;
  return { url, fields, key, at: now.toISOString() };
}

function isEmpty(value: FormDataEntryValue): boolean {
  return typeof value === "string" ? value === "" : value.size === 0;
}

export type Outcome = "sent" | "refused" | "log in" | "later";

/** What an answer means for the act: a 409 was done already or overtaken, a 5xx is asked again. */
export function outcomeOf(status: number, redirectedTo = ""): Outcome {
  if (status === 401 || /\/accounts\/login/.test(redirectedTo)) return "log in";
  if (status === 408 || status === 425 || status === 429 || status >= 500) return "later";
  return status < 400 ? "sent" : "refused";
}

/** Send one act; "later" too when there is no network. */
export async function send(act: Act, csrf: string): Promise<Outcome> {
  const body = new URLSearchParams({ ...act.fields, idempotency_key: act.key, occurred_at: act.at });
  const headers = { "X-CSRFToken": csrf, "Idempotency-Key": act.key, "HX-Request": "true" };
  try {
    const answer = await fetch(act.url, { method: "POST", body, headers });
    return outcomeOf(answer.status, answer.headers.get("HX-Redirect") ?? (answer.redirected ? answer.url : ""));
  } catch {
    return "later";
  }
}
