import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TxOfflineQueue } from "./offline-queue";
import { actOf, outcomeOf } from "./acts";
import { forgetAll, waiting } from "./store";
import "./offline-queue";

type Sent = { url: string; body: URLSearchParams; key: string };
const sent: Sent[] = [];
let network: "up" | "down" | number = "up";

beforeEach(async () => {
  await forgetAll();
  sent.length = 0;
  network = "up";
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    if (network === "down") throw new TypeError("no network");
    sent.push({ url, body: init.body as URLSearchParams, key: (init.headers as Record<string, string>)["Idempotency-Key"]! });
    return new Response("", { status: network === "up" ? 200 : network });
  });
  document.body.innerHTML = `<div id="toasts"></div><tx-offline-queue></tx-offline-queue>
    <form action="/field/7/act/" data-offline="act version"><input name="csrfmiddlewaretoken" value="secret">
      <input name="version" value="3"><textarea name="note"></textarea><button name="act" value="accept">A</button></form>`;
});

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const queue = (): TxOfflineQueue => document.querySelector<TxOfflineQueue>("tx-offline-queue")!;
const form = (): HTMLFormElement => document.querySelector("form")!;

function offLine(): void {
  network = "down";
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  window.dispatchEvent(new Event("offline"));
}

function press(value: string): void {
  const button = form().querySelector("button")!;
  button.value = value;
  form().dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter: button }));
}

it("keeps acts without signal, says how many, and sends them in order with a key each", async () => {
  offLine();
  press("accept");
  await vi.waitFor(async () => expect(await waiting()).toHaveLength(1));
  press("depart");
  press("arrive");
  await vi.waitFor(async () => expect(await waiting()).toHaveLength(3));
  await vi.waitFor(() => expect(queue().textContent).toContain("3 saved"));
  network = "up";
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(true);
  window.dispatchEvent(new Event("online"));
  await vi.waitFor(() => expect(sent).toHaveLength(3));
  expect(sent.map((each) => each.body.get("act"))).toEqual(["accept", "depart", "arrive"]);
  expect(new Set(sent.map((each) => each.key)).size).toBe(3);
  expect(sent[0]!.body.get("occurred_at")).toMatch(/^\d{4}-/);
  await vi.waitFor(async () => expect(await waiting()).toHaveLength(0));
});

it("sends under the same key again when the answer was lost, and stops at the first failure", async () => {
  offLine();
  press("accept");
  press("depart");
  await vi.waitFor(async () => expect(await waiting()).toHaveLength(2));
  network = 503;
  await queue().flush();
  expect(sent).toHaveLength(1);
  expect(await waiting()).toHaveLength(2);
  network = "up";
  await queue().flush();
  expect(sent.map((each) => each.key)).toEqual([sent[0]!.key, sent[0]!.key, sent[2]!.key]);
});

it("keeps no words that it cannot seal: they stay on the screen, and the form says so", async () => {
  offLine();
  form().querySelector("textarea")!.value = "王阿姨家漏水";
  press("accept");
  await vi.waitFor(() => expect(form().querySelector(".error")!.textContent).toContain("No signal"));
  expect(await waiting()).toEqual([]);
  expect(form().querySelector("textarea")!.value).toBe("王阿姨家漏水");
});

it("stores neither the token nor a picture", () => {
  const act = actOf(form(), form().querySelector("button"), new Date(0));
  expect(act).toMatchObject({ url: "/field/7/act/", fields: { version: "3", act: "accept" }, at: "1970-01-01T00:00:00.000Z" });
  expect(JSON.stringify(act)).not.toContain("secret");
  form().innerHTML = '<input type="file" name="photo">';
  const data = new DataTransfer();
  data.items.add(new File(["x"], "x.jpg", { type: "image/jpeg" }));
  form().querySelector<HTMLInputElement>("input")!.files = data.files;
  expect(actOf(form(), null, new Date(0))).toBe("words");
});

it("a refusal is told and forgotten, a log-in is asked for and kept", async () => {
  offLine();
  press("accept");
  await vi.waitFor(async () => expect(await waiting()).toHaveLength(1));
  network = 401;
  await queue().flush();
  expect(await waiting()).toHaveLength(1);
  network = 409;
  await queue().flush();
  expect(await waiting()).toEqual([]);
  expect(document.querySelector(".toast.is-broken")).not.toBeNull();
});

const SEAL = btoa("0123456789abcdef0123456789abcdef");

/** The steps of one incident, as the server draws them for somebody who is asked. */
function day(): void {
  const step = (act: string, then: string, hidden = ""): string =>
    `<form action="/field/tasks/7/${act}/" data-offline data-step="${act}" data-kept="${act}ed" data-then="${then}" ${hidden}><button>${act}</button></form>`;
  document.body.innerHTML = `<div id="toasts"></div><tx-offline-queue member="5" seal="${SEAL}"></tx-offline-queue><a id="away" href="/field/map/">map</a>
    <form id="leave" action="/accounts/logout/"><button data-log-out>out</button></form>
    <div data-kept-place data-about="the mill"><div data-kept-list hidden><ul></ul></div>${step("accept", "depart")}${step("depart", "arrive", "hidden")}${step("arrive", "done", "hidden")}
    <form id="note" action="/field/incidents/A1/note/" data-offline data-kept="noted"><textarea name="words"></textarea><button>note</button></form>
    <details data-step="done"><form id="close" action="/field/incidents/A1/close/" data-offline data-kept="closed" data-then=""><input name="version" value="3">
      <select name="outcome"><option value="calmed">calmed</option></select><textarea name="words"></textarea><button>close</button></form></details></div>`;
}

const shown = (): string[] => [...document.querySelectorAll<HTMLElement>("[data-step]:not([hidden])")].map((each) => each.dataset["step"]!);
const kept = (): string[] => [...document.querySelectorAll("[data-kept-list] li")].map((each) => each.textContent ?? "");

function submit(selector: string, words = ""): void {
  const target = document.querySelector<HTMLFormElement>(selector)!;
  const box = target.querySelector("textarea");
  if (box) box.value = words;
  target.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter: target.querySelector("button") }));
}

async function pressAll(): Promise<void> {
  for (const [n, act] of ["accept", "depart", "arrive"].entries()) {
    submit(`[data-step=${act}]`);
    await vi.waitFor(() => expect(kept()).toHaveLength(n + 1));
  }
}

it("moves on at once without signal: accept, depart, arrive, a note and the closing, each marked", async () => {
  day();
  offLine();
  expect(shown()).toEqual(["accept", "done"]);
  await pressAll();
  expect(shown()).toEqual(["done"]);
  expect(document.querySelector("details")!.open).toBe(true);
  submit("#note", "王阿姨家漏水");
  await vi.waitFor(() => expect(kept()).toHaveLength(4));
  submit("#close", "都劝好了");
  await vi.waitFor(() => expect(kept()).toHaveLength(5));
  expect(kept()[0]).toMatch(/^accepted · \d\d:\d\d · will be sent$/);
  expect(kept()[3]).toContain("noted “王阿姨家漏水”");
  expect(shown()).toEqual([]);
  network = "up";
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(true);
  window.dispatchEvent(new Event("online"));
  await vi.waitFor(() => expect(sent).toHaveLength(5));
  expect(sent.map((each) => each.url.split("/").at(-2))).toEqual(["accept", "depart", "arrive", "note", "close"]);
  expect(sent[4]!.body.get("words")).toBe("都劝好了");
  expect(sent[4]!.body.has("version")).toBe(false); // it could not know what its own steps made of it
  await vi.waitFor(() => expect(kept()).toEqual([]));
});

/** What really lies in the phone's storage. */
async function rawRows(): Promise<object[]> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const asked = indexedDB.open("tongxin-acts", 1);
    asked.onsuccess = () => resolve(asked.result);
  });
  const rows = await new Promise<object[]>((resolve) => {
    const asked = database.transaction("acts").objectStore("acts").getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
  database.close();
  return rows;
}

it("what was typed lies sealed on the phone, and only its own member's log-in sends it", async () => {
  day();
  offLine();
  submit("#note", "王阿姨家漏水");
  await vi.waitFor(() => expect(kept()).toHaveLength(1));
  const rows = await rawRows();
  expect(Object.keys(rows[0]!).sort()).toEqual(["at", "by", "id", "key", "sealed", "url"]);
  expect(await waiting("6", SEAL)).toEqual([]);
  expect((await waiting("5", SEAL))[0]!.fields).toEqual({ words: "王阿姨家漏水" });
  expect((await waiting("5", btoa("another key of the same length!!")))[0]!.fields).toEqual({});
});

it("a weak signal is no signal: the step is kept, and the next ones do not wait for it", async () => {
  day();
  network = "down"; // while the phone still says that it is on line
  submit("[data-step=accept]");
  await vi.waitFor(() => expect(kept()).toHaveLength(1));
  expect(shown()).toContain("depart");
  submit("[data-step=depart]");
  await vi.waitFor(() => expect(kept()).toHaveLength(2));
  expect(shown()).toContain("arrive");
});

it("says in one sentence which steps were refused, where, and why, and gives the words back", async () => {
  day();
  offLine();
  await pressAll();
  submit("#note", "门锁着");
  await vi.waitFor(() => expect(kept()).toHaveLength(4));
  const stale = vi.fn();
  document.addEventListener("tx:stale", stale, { once: true });
  vi.stubGlobal("fetch", async () => Response.json({ detail: "Somebody else has it." }, { status: 409 }));
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(true);
  await queue().flush();
  const toasts = [...document.querySelectorAll(".toast.is-broken p")].map((each) => each.textContent);
  expect(toasts).toEqual(["Not done: accepted · departed · arriveed · noted “门锁着” (the mill). Somebody else has it."]);
  expect(stale).toHaveBeenCalled();
});

it("asks before a log-out while steps wait, and sends them first", async () => {
  day();
  offLine();
  submit("[data-step=accept]");
  await vi.waitFor(() => expect(kept()).toHaveLength(1));
  const left = vi.spyOn(document.querySelector<HTMLFormElement>("#leave")!, "submit").mockImplementation(() => undefined);
  const asked = vi.fn(() => true);
  vi.stubGlobal("confirm", asked);
  const out = document.querySelector<HTMLElement>("[data-log-out]")!;
  out.click();
  await vi.waitFor(() => expect(document.querySelector(".toast.is-broken")).not.toBeNull());
  expect(left).not.toHaveBeenCalled();
  expect(await waiting("5", SEAL)).toHaveLength(1);
  network = "up";
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(true);
  out.click();
  await vi.waitFor(() => expect(left).toHaveBeenCalled());
  expect(sent).toHaveLength(1);
  expect(asked).toHaveBeenCalledTimes(2);
});

it("opens no other page without signal, instead of the browser's error page", async () => {
  day();
  offLine();
  const event = new MouseEvent("click", { bubbles: true, cancelable: true });
  document.querySelector("#away")!.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
  await vi.waitFor(() => expect(document.querySelector(".toast")!.textContent).toContain("does not open now"));
});

it.each([[200, "sent"], [302, "sent"], [409, "refused"], [422, "refused"], [401, "log in"], [429, "later"], [500, "later"]])(
  "%i means %s", (status, outcome) => expect(outcomeOf(status)).toBe(outcome),
);

it("keeps a picture sealed where the form says so, and sends it as a file under its key", async () => {
  day();
  document.querySelector("[data-kept-place]")!.insertAdjacentHTML(
    "beforeend",
    `<form id="photo" action="/field/incidents/A1/photo/" data-offline data-pictures data-kept="photo"><input type="file" name="photo"><button>add</button></form>`,
  );
  offLine();
  const data = new DataTransfer();
  data.items.add(new File(["the picture"], "door.jpg", { type: "image/jpeg" }));
  document.querySelector<HTMLInputElement>("#photo input")!.files = data.files;
  submit("#photo");
  await vi.waitFor(() => expect(kept()).toHaveLength(1));
  expect(Object.keys((await rawRows())[0]!).sort()).toEqual(["at", "by", "id", "key", "sealed", "url"]);
  let body: FormData | undefined;
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    body = init.body as FormData;
    return new Response("", { status: 200 });
  });
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(true);
  await queue().flush();
  const file = body!.get("photo") as File;
  expect(await file.text()).toBe("the picture");
  expect(body!.get("idempotency_key")).toMatch(/-/);
  expect(await waiting("5", SEAL)).toEqual([]);
});
