import { existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { catalogue } from "./build/catalogue.ts";

const entry = (name: string): string => resolve(import.meta.dirname, `src/entries/${name}.ts`);
const names = ["kit", "map", "console", "field", "portal", "office", "plan", "homes", "sheets", "visits"];
/** The service worker: Django serves it by itself, so that its name stays. */
const worker = resolve(import.meta.dirname, "src/worker/worker.ts");

const dist = resolve(import.meta.dirname, "../src/tongxin/surfaces/kit/static/dist");
const beside = `${dist}.new`;

/** Built beside and swapped in whole: a site that runs never sees half a build, nor a failed one. */
const swapped = (): Plugin => ({
  name: "swapped",
  apply: "build",
  closeBundle() {
    if (!existsSync(resolve(beside, "manifest.json"))) return;
    rmSync(`${dist}.old`, { recursive: true, force: true });
    if (existsSync(dist)) renameSync(dist, `${dist}.old`);
    renameSync(beside, dist);
    rmSync(`${dist}.old`, { recursive: true, force: true });
  },
});

/** Assets and manifest.json go into the Python package, so that a wheel carries them. */
export default defineConfig({
  base: "./",
  plugins: [catalogue(), swapped()],
  css: { transformer: "lightningcss" },
  build: {
    outDir: beside,
    emptyOutDir: true,
    manifest: "manifest.json",
    target: ["chrome90", "safari15", "firefox100"],
    cssTarget: ["chrome90", "safari15", "firefox100"],
    modulePreload: { polyfill: false },
    // MapLibre alone is about 1 MB; it is loaded only where a map is shown.
    chunkSizeWarningLimit: 1200,
    // htmx can eval when asked to; our configuration and the content policy both say no.
    rolldownOptions: {
      checks: { eval: false },
      input: { ...Object.fromEntries(names.map((name) => [name, entry(name)])), worker },
      output: { entryFileNames: ({ name }) => (name === "worker" ? "worker.js" : "assets/[name]-[hash].js") },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
