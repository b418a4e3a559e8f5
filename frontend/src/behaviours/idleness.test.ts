import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Idleness } from "./idleness";

let left: number | "ended" = 900;
let byHand = 0;
const rung = vi.fn();

vi.mock("../components/sound/sound", () => ({ sound: () => rung(), soundIsOn: () => true }));

function server(_url: string, asked: { headers: Record<string, string> }): Promise<unknown> {
  if (!asked.headers["X-Tongxin-Background"]) {
    byHand += 1;
    if (left !== "ended") left = 900;
  }
  if (left === "ended") return Promise.resolve({ type: "opaqueredirect", status: 0, ok: false, headers: new Headers() });
  return Promise.resolve({ type: "basic", status: 204, ok: true, headers: new Headers({ "X-Tongxin-Left": String(left) }) });
}

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    if (left !== "ended" && --left <= 0) left = "ended";
    await vi.advanceTimersByTimeAsync(1_000);
  }
}

const key = (name: string): KeyboardEvent => new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", vi.fn(server));
  [left, byHand] = [900, 0];
  rung.mockClear();
  document.documentElement.lang = "zh-Hans";
  document.body.innerHTML = "<main>张三家有人打起来了</main>";
  document.title = "指挥台";
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("says a minute before that the log-in ends, and any key stays without doing anything else", async () => {
  const done = vi.fn();
  new Idleness("/session/alive/").start();
  await pass(800);
  expect(document.querySelector(".idle-box")).toBeNull();
  await pass(50);
  expect(document.querySelector(".idle-box h2")!.textContent).toMatch(/^还有 \d+ 秒退出登录$/);
  expect(rung).toHaveBeenCalledOnce();
  document.addEventListener("keydown", done);
  const pressed = key("j");
  document.querySelector("main")!.dispatchEvent(pressed);
  await vi.advanceTimersByTimeAsync(10);
  expect(pressed.defaultPrevented).toBe(true);
  expect([done.mock.calls.length, byHand]).toEqual([0, 1]);
  expect(document.querySelector(".idle-box")).toBeNull();
  document.querySelector("main")!.dispatchEvent(key("j"));
  expect(done).toHaveBeenCalledOnce();
});

it("leaves nothing on the page when it has ended, and calls by title and tone until somebody comes", async () => {
  new Idleness("/session/alive/").start();
  await pass(905);
  expect(document.body.textContent).not.toContain("张三");
  expect(document.querySelector<HTMLAnchorElement>("a")!.href).toContain("/accounts/login/?next=");
  expect(document.title).not.toBe("指挥台");
  const before = rung.mock.calls.length;
  await pass(30);
  expect(rung.mock.calls.length - before).toBe(3);
  document.querySelector<HTMLElement>("button")!.click();
  await pass(30);
  expect(rung.mock.calls.length - before).toBe(3);
});

it("does not navigate away when a part of the page is answered with the log-in", async () => {
  new Idleness("/session/alive/").start();
  await pass(1);
  const answered = new CustomEvent("htmx:beforeOnLoad", { cancelable: true, detail: { xhr: { status: 401 } } });
  document.dispatchEvent(answered);
  expect(answered.defaultPrevented).toBe(true);
  expect(document.querySelector(".idle-box")!.textContent).toContain("已退出登录");
});
