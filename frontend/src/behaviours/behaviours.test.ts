import { afterEach, expect, it } from "vitest";
import { comparison, listenToTables } from "./tables";
import { relative } from "./times";
import { readPo, usedIn } from "../../build/catalogue.ts";

afterEach(() => {
  document.body.replaceChildren();
  document.documentElement.lang = "";
});

it("says times as the server does, in both languages", () => {
  const now = Date.parse("2026-07-03T15:00:00Z");
  const words = (seconds: number): string => relative(now - seconds * 1000, now);
  expect([0, 59, 60, 3599, 3600, 7200, -120, 86_400].map(words)).toEqual(
    ["just now", "just now", "1 min ago", "59 min ago", "1 hour ago", "2 hours ago", "in 2 min", ""]);
  document.documentElement.lang = "zh-Hans";
  expect([30, 120, 7200, -120].map(words)).toEqual(["刚刚", "2 分钟前", "2 小时前", "2 分钟后"]);
});

it("sorts numbers as numbers and Chinese by its reading", () => {
  expect(["12", "4", "30 %"].sort(comparison("number"))).toEqual(["4", "12", "30 %"]);
  document.documentElement.lang = "zh-Hans";
  expect(["张", "李", "欧阳"].sort(comparison("text"))).toEqual(["李", "欧阳", "张"]);
});

it("sorts and filters a table and says how many are shown", () => {
  document.body.innerHTML = `<div data-table><input data-filter><span data-shown></span><table><thead><tr>
    <th aria-sort="none"><button data-sort-by="number">n</button></th></tr></thead>
    <tbody><tr><td>12</td></tr><tr><td>4</td></tr></tbody></table></div>`;
  listenToTables();
  const rows = (): (string | null)[] => [...document.querySelectorAll("tbody tr")].map((row) => row.textContent);
  const button = document.querySelector<HTMLElement>("button")!;
  button.click();
  expect(rows()).toEqual(["4", "12"]);
  button.click();
  expect(rows()).toEqual(["12", "4"]);
  expect(document.querySelector("th")!.getAttribute("aria-sort")).toBe("descending");
  const filter = document.querySelector("input")!;
  filter.value = "4";
  filter.dispatchEvent(new Event("input", { bubbles: true }));
  expect(document.querySelectorAll<HTMLElement>("tr[hidden]")).toHaveLength(1);
  expect(document.querySelector("[data-shown]")!.textContent).toBe("1 of 2");
});

it("reads a .po file, plurals too, and finds what TypeScript uses", () => {
  const po = 'msgid ""\nmsgstr "Language: zh\\n"\n\nmsgid "a"\nmsgstr ""\n"甲"\n\nmsgid "%(num)s b"\nmsgid_plural "%(num)s bs"\nmsgstr[0] "%(num)s 乙"\n';
  expect([...readPo(po)]).toEqual([["a", "甲"], ["%(num)s b", "%(num)s 乙"], ["%(num)s bs", "%(num)s 乙"]]);
  expect(usedIn('t("a") + t("b \\"c\\"", { n: 1 }) + it("no")')).toEqual(["a", 'b "c"']);
});
