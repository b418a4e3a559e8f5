import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(resolve(import.meta.dirname, "tokens.css"), "utf8");
const pairs = [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)];
const tokens = new Map(pairs.map(([, name, light, dark]) => [name!, { light: light!, dark: dark! }]));

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [red, green, blue] = parts.map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

/** Contrast of two tokens by WCAG 2.2. */
function contrast(a: string, b: string, theme: "light" | "dark"): number {
  const [one, two] = [a, b].map((name) => luminance(tokens.get(name)![theme]));
  return (Math.max(one!, two!) + 0.05) / (Math.min(one!, two!) + 0.05);
}

const states = ["waiting", "coming", "there", "done", "broken", "unknown"];
const themes = ["light", "dark"] as const;

describe.each(themes)("in %s", (theme) => {
  it.each(["ink", "muted", "accent-strong", "danger", ...states])("%s reads at 7:1 on paper and surface", (name) => {
    for (const ground of ["paper", "surface", "sunk"]) expect(contrast(name, ground, theme)).toBeGreaterThanOrEqual(7);
  });

  it.each(states)("%s reads at 7:1 on its own tint", (name) => {
    expect(contrast(name, `${name}-tint`, theme)).toBeGreaterThanOrEqual(7);
    expect(contrast("ink", `${name}-tint`, theme)).toBeGreaterThanOrEqual(7);
  });

  it("the plain accent reads at 4.5:1, buttons on phones at 7:1", () => {
    expect(contrast("accent", "paper", theme)).toBeGreaterThanOrEqual(4.5);
    expect(contrast("on-accent", "accent", theme)).toBeGreaterThanOrEqual(4.5);
    expect(contrast("on-accent", "accent-strong", theme)).toBeGreaterThanOrEqual(7);
  });

  it.each(["edge", ...states.map((each) => `${each}-mark`)])("%s is seen at 3:1", (name) => {
    for (const ground of ["paper", "surface"]) expect(contrast(name, ground, theme)).toBeGreaterThanOrEqual(3);
  });
});
