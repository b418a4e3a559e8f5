import { afterEach, beforeEach, expect, it, vi } from "vitest";
import "./clock";

const START = Date.parse("2026-07-03T15:00:00Z");
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

async function clock(attributes: string): Promise<HTMLElement & { updateComplete: Promise<unknown> }> {
  document.body.innerHTML = `<tx-clock class="clock" ${attributes}>server's words</tx-clock>`;
  const made = document.querySelector<HTMLElement & { updateComplete: Promise<unknown> }>("tx-clock")!;
  await made.updateComplete;
  return made;
}

it("counts down, turns amber, then red and up, and replaces what the server wrote", async () => {
  const made = await clock(`due="${at(65)}" warn="60"`);
  expect(made.textContent?.trim()).toBe("1:05");
  expect(made.className).toBe("clock");
  await vi.advanceTimersByTimeAsync(6000);
  expect(made.textContent?.trim()).toBe("0:59");
  expect(made.classList.contains("is-waiting")).toBe(true);
  await vi.advanceTimersByTimeAsync(52_000);
  expect(made.classList.contains("blink")).toBe(true);
  await vi.advanceTimersByTimeAsync(37_000);
  expect(made.textContent?.trim()).toBe("+0:30");
  expect(made.classList.contains("is-broken")).toBe(true);
  expect(made.classList.contains("blink")).toBe(false);
  expect(made.getAttribute("aria-label")).toContain("0:30");
});

it("stands still once it is done, kept or broken", async () => {
  const kept = await clock(`due="${at(65)}" done="${at(5)}"`);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(kept.textContent?.trim()).toBe("1:00");
  expect(kept.classList.contains("is-done")).toBe(true);
  const broken = await clock(`due="${at(-30)}" done="${at(0)}"`);
  expect(broken.textContent?.trim()).toBe("+0:30");
  expect(broken.classList.contains("is-broken")).toBe(true);
});

it("shows hours, and a dash for no time at all", async () => {
  expect((await clock(`due="${at(3600 + 65)}"`)).textContent?.trim()).toBe("1:01:05");
  expect((await clock(`due="soon"`)).textContent?.trim()).toBe("–");
});

it("all clocks of a page share one timer, which ends with the last", async () => {
  await clock(`due="${at(65)}"`);
  document.body.insertAdjacentHTML("beforeend", `<tx-clock due="${at(5)}"></tx-clock>`);
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(1);
  document.body.replaceChildren();
  expect(vi.getTimerCount()).toBe(0);
});
