import { afterEach, beforeEach, expect, it, vi } from "vitest";
import "./whereabouts";

type Listener = (position: object) => void;
let phone: Listener | undefined;
const clearWatch = vi.fn();
const posts: { positions: { lon: number; at: string; mode: string }[] }[] = [];
let status = 204;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-07-03T15:00:00Z") });
  status = 204;
  posts.length = 0;
  phone = undefined;
  clearWatch.mockClear();
  const watchPosition = (listener: Listener): number => ((phone = listener), 7);
  vi.stubGlobal("navigator", { ...navigator, geolocation: { watchPosition, clearWatch } });
  vi.stubGlobal("fetch", async (_url: string, init: RequestInit) => {
    posts.push(JSON.parse(String(init.body)));
    return new Response(null, { status });
  });
});

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function made(duty: string): Promise<HTMLElement> {
  document.body.innerHTML = `<tx-whereabouts post-url="/field/whereabouts/" ${duty} mode="bicycle" every="15"></tx-whereabouts>`;
  await vi.advanceTimersByTimeAsync(0);
  return document.querySelector<HTMLElement>("tx-whereabouts")!;
}

const here = (longitude: number): void => phone!({ coords: { longitude, latitude: 30.6, accuracy: 12.4 }, timestamp: Date.now() });

it("off duty it asks the phone for nothing and shows nothing", async () => {
  const element = await made("");
  expect(phone).toBeUndefined();
  expect(element.textContent?.trim()).toBe("");
});

it("on duty it posts batches and tells the member that the position is seen", async () => {
  const element = await made("on-duty");
  here(114.1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(posts[0]!.positions).toEqual([{ lon: 114.1, lat: 30.6, accuracy_m: 12, at: "2026-07-03T15:00:00.000Z", mode: "bicycle" }]);
  here(114.2);
  here(114.3);
  await vi.advanceTimersByTimeAsync(14_000);
  expect(posts).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(posts[1]!.positions.map((each) => each.lon)).toEqual([114.2, 114.3]);
  expect(element.textContent).toContain("±12 m");
});

it("a batch that the server could not take is sent again with the next", async () => {
  await made("on-duty");
  status = 503;
  here(114.1);
  await vi.advanceTimersByTimeAsync(1000);
  status = 204;
  here(114.2);
  await vi.advanceTimersByTimeAsync(16_000);
  expect(posts[1]!.positions.map((each) => each.lon)).toEqual([114.1, 114.2]);
});

it("422 ends the watch: the server knows of no duty", async () => {
  const element = await made("on-duty");
  const told = vi.fn();
  document.body.addEventListener("tx:off-duty", told, { once: true });
  status = 422;
  here(114.1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(told).toHaveBeenCalledOnce();
  expect(clearWatch).toHaveBeenCalledWith(7);
  expect(element.textContent?.trim()).toBe("");
});
