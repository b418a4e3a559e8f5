import { csrfToken } from "../../dom";
import { blobOf } from "./pictures";
import type { Act } from "./store";

const OURS = new Set(["csrfmiddlewaretoken", "idempotency_key", "occurred_at"]);
const PATIENCE = 8_000;
const PATIENCE_FOR_PICTURES = 60_000;

/** What a form says with the button that was pressed; nothing empty, nothing of ours. */
export function said(form: HTMLFormElement, submitter: HTMLElement | null): FormData {
  const data = new FormData(form);
  const { name = "", value = "" } = (submitter ?? {}) as { name?: string; value?: string };
  if (name) data.set(name, value);
  for (const [key, given] of [...data]) {
    if (OURS.has(key) || (typeof given === "string" ? given === "" : given.size === 0)) data.delete(key);
  }
  return data;
}

/** Where a form goes. */
export function urlOf(form: HTMLFormElement, submitter: HTMLElement | null): string {
  return submitter?.getAttribute("formaction") ?? form.getAttribute("hx-post") ?? form.getAttribute("action") ?? location.pathname;
}

/** The act behind a form; "words" when it holds a file and does not say that pictures are kept with it. */
export function actOf(form: HTMLFormElement, submitter: HTMLElement | null, now: Date, by = ""): Act | "words" {
  const fields: Record<string, string> = {};
  for (const [name, value] of said(form, submitter)) {
    if (typeof value === "string") fields[name] = value;
    else if (!("pictures" in form.dataset)) return "words";
  }
  const label = form.dataset["kept"] ?? "";
  const about = form.closest<HTMLElement>("[data-about]")?.dataset["about"] ?? "";
  return { url: urlOf(form, submitter), fields, label, about, key: crypto.randomUUID(), at: now.toISOString(), by };
}

export type Outcome = "sent" | "refused" | "log in" | "later";

/** How it went: where the page goes next, or why not. */
export type Answer = { outcome: Outcome; why?: string | undefined; next?: string | undefined; page?: string | undefined; stale?: boolean };

/** What an answer means for the act: a 4xx was refused, unless it is about the log-in; a 5xx is asked again. */
export function outcomeOf(status: number, redirectedTo = ""): Outcome {
  if (status === 401 || /\/accounts\/(login|2fa)/.test(redirectedTo)) return "log in";
  if (status === 408 || status === 425 || status === 429 || status >= 500) return "later";
  return status < 400 ? "sent" : "refused";
}

/** Send one act. First-hand acts say which version was seen; a late one cannot know it. */
export async function send(act: Act, firstHand = false): Promise<Answer> {
  const { version, ...rest } = act.fields;
  const fields = firstHand && version !== undefined ? { version, ...rest } : rest;
  const said = { ...fields, idempotency_key: act.key, occurred_at: act.at };
  const pictures = Object.entries(act.pictures ?? {});
  const body = pictures.length ? new FormData() : new URLSearchParams(said);
  if (pictures.length) {
    for (const [name, value] of Object.entries(said)) body.append(name, value);
    for (const [name, picture] of pictures) (body as FormData).append(name, blobOf(picture), picture.name);
  }
  const once = (): Promise<Answer> => post(act.url, body, { "Idempotency-Key": act.key }, pictures.length ? PATIENCE_FOR_PICTURES : PATIENCE);
  const answer = await once();
  return answer.outcome === "log in" && (await freshToken()) ? once() : answer;
}

/** Send what is not kept: a picture, a hand-over. */
export function sendNow(form: HTMLFormElement, submitter: HTMLElement | null): Promise<Answer> {
  const data = said(form, submitter);
  const pictures = [...data.values()].some((value) => typeof value !== "string");
  return post(urlOf(form, submitter), data, {}, pictures ? PATIENCE_FOR_PICTURES : PATIENCE);
}

async function post(url: string, body: BodyInit, own: Record<string, string>, patience = PATIENCE): Promise<Answer> {
  const headers = { "X-CSRFToken": csrfToken(), "HX-Request": "true", Accept: "application/json", ...own };
  try {
    return await read(await fetch(url, { method: "POST", body, headers, signal: within(patience) }));
  } catch {
    return { outcome: "later" };
  }
}

/** A signal that gives up after a while; older phones have no AbortSignal.timeout. */
export function within(milliseconds: number): AbortSignal {
  const giving = new AbortController();
  setTimeout(() => giving.abort(), milliseconds);
  return giving.signal;
}

type Told = { next?: string; detail?: string };

async function read(answer: Response): Promise<Answer> {
  const ours = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
  const told = ours ? ((await answer.json()) as Told) : {};
  const outcome = outcomeOf(answer.status, answer.headers.get("HX-Redirect") ?? (answer.redirected ? answer.url : ""));
  // A 403 that is not our own sentence comes from before the page: the token or the log-in is over.
  if (answer.status === 403 && told.detail === undefined) return { outcome: "log in" };
  const page = outcome === "sent" && !ours ? await answer.text() : undefined;
  return { outcome, why: told.detail, next: told.next, page, stale: answer.status !== 422 };
}

/** After a log-in elsewhere this page's token is an old one: take a new one, if we are logged in. */
async function freshToken(): Promise<boolean> {
  try {
    const answer = await fetch(location.pathname, { signal: within(PATIENCE), headers: { "X-Tongxin-Background": "1" } });
    if (!answer.ok || outcomeOf(answer.status, answer.url) === "log in") return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
    const ours = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
    if (token && ours) ours.content = token;
    return !!token && !!ours;
  } catch {
    return false;
  }
}
