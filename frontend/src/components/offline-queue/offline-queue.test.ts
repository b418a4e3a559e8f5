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

it("keeps no words: a form with a note stays on the screen and says so", async () => {
  offLine();
  form().querySelector("textarea")!.value = "王阿姨家漏水";
  press("accept");
  await vi.waitFor(() => expect(document.querySelector(".toast")).not.toBeNull());
  expect(await waiting()).toEqual([]);
  expect(form().querySelector("textarea")!.value).toBe("王阿姨家漏水");
});

it("stores neither the token nor a named field that holds words", () => {
  const act = actOf(form(), form().querySelector("button"), new Date(0));
  expect(act).toMatchObject({ url: "/field/7/act/", fields: { version: "3", act: "accept" }, at: "1970-01-01T00:00:00.000Z" });
  form().querySelector<HTMLInputElement>("[name=version]")!.value = "李 响";
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

it.each([[200, "sent"], [302, "sent"], [409, "refused"], [422, "refused"], [401, "log in"], [429, "later"], [500, "later"]])(
  "%i means %s", (status, outcome) => expect(outcomeOf(status)).toBe(outcome),
);
