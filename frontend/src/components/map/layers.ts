import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { t } from "../../i18n";
import { colour, SHAPES, STATES } from "./marks";

export const SOURCES = ["areas", "routes", "people", "candidates", "incidents"] as const;
export type SourceName = (typeof SOURCES)[number];
export type Collection = GeoJSON.FeatureCollection;

export const NOTHING: Collection = { type: "FeatureCollection", features: [] };

/** Local fonts: without a `glyphs` address MapLibre draws all letters itself, so no service is asked. */
const FONTS = ["Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"];

/** A ground without any map: paper. */
export function emptyStyle(): StyleSpecification {
  return {
    version: 8,
    sources: {},
    layers: [{ id: "paper", type: "background", paint: { "background-color": colour("sunk") } }],
  };
}

const text = (size: number): Record<string, unknown> => ({
  "text-font": FONTS,
  "text-size": size,
  "text-max-width": 9,
});

const halo = (ink: string): Record<string, unknown> => ({
  "text-color": colour(ink),
  "text-halo-color": colour("surface"),
  "text-halo-width": 1.6,
});

/** "张 2 分钟": a candidate's name over the minutes on the road, with "estimate" where it is one. */
function candidateWords(): ExpressionSpecification {
  const [before = "", after = ""] = t("%(num)s min").split("%(num)s");
  return [
    "format",
    ["coalesce", ["get", "label"], ""], { "font-scale": 0.85 },
    "\n", {},
    ["concat", before, ["to-string", ["get", "minutes"]], after], {},
    ["case", ["to-boolean", ["get", "estimate"]], `\n${t("estimate")}`, ""], { "font-scale": 0.75 },
  ];
}

const state: ExpressionSpecification = [
  "match", ["coalesce", ["get", "state"], "unknown"], [...STATES], ["coalesce", ["get", "state"], "unknown"], "unknown",
];

const outline: ExpressionSpecification = [
  "match", ["coalesce", ["get", "shape"], "circle"], Object.keys(SHAPES), ["coalesce", ["get", "shape"], "circle"], "circle",
];
const personIcon: ExpressionSpecification = ["concat", "person-", outline, "-", state];
/** From afar the many are small, so that streets and incidents stay to be seen. */
const personSize: ExpressionSpecification = ["interpolate", ["linear"], ["zoom"], 11, 0.4, 13, 0.6, 15, 0.9, 17, 1];

/** Our layers over whatever base map there is; from the ground up. */
export function overlay(): LayerSpecification[] {
  const accent = colour("accent");
  const line = { "line-color": accent, "line-width": ["match", ["get", "role"], "first", 5, 3] };
  const round = { "line-cap": "round", "line-join": "round" };
  return [
    { id: "areas-fill", type: "fill", source: "areas", paint: { "fill-color": ["case", ["to-boolean", ["get", "fault"]], colour("broken-mark"), accent], "fill-opacity": ["case", ["to-boolean", ["get", "fault"]], 0.25, 0.04] } },
    { id: "areas-line", type: "line", source: "areas", paint: { "line-color": colour("edge"), "line-width": 1, "line-dasharray": [3, 2] } },
    { id: "areas-name", type: "symbol", source: "areas", minzoom: 11, layout: { ...text(12), "text-field": ["coalesce", ["get", "name"], ""] }, paint: halo("muted") },
    { id: "routes-road", type: "line", source: "routes", filter: ["!", ["to-boolean", ["get", "estimate"]]], layout: round, paint: line },
    { id: "routes-estimate", type: "line", source: "routes", filter: ["to-boolean", ["get", "estimate"]], layout: round, paint: { ...line, "line-dasharray": [0.5, 2] } },
    { id: "people", type: "symbol", source: "people", layout: { ...text(12), "icon-image": personIcon, "icon-size": personSize, "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["match", state, "unknown", 0, 1], "text-field": ["step", ["zoom"], "", 15, ["coalesce", ["get", "label"], ""]], "text-offset": [0, 1.1], "text-anchor": "top", "text-optional": true }, paint: halo("ink") },
    { id: "chosen", type: "circle", source: "incidents", filter: ["==", ["get", "ref"], ""], paint: { "circle-radius": 22, "circle-color": accent, "circle-opacity": 0.18, "circle-stroke-color": accent, "circle-stroke-width": 2 } },
    { id: "incidents", type: "symbol", source: "incidents", layout: { ...text(13), "icon-image": ["concat", "incident-", state], "icon-allow-overlap": true, "text-field": ["step", ["zoom"], "", 13, ["coalesce", ["get", "label"], ""]], "text-offset": [0, 1.4], "text-anchor": "top", "text-optional": true, "symbol-sort-key": ["match", ["get", "state"], "broken", 0, "waiting", 1, 2] }, paint: halo("ink") },
    { id: "candidates", type: "symbol", source: "candidates", layout: { ...text(15), "icon-image": personIcon, "icon-allow-overlap": true, "text-field": candidateWords(), "text-offset": [0, -0.8], "text-anchor": "bottom", "text-allow-overlap": true }, paint: { ...halo("accent-strong"), "text-halo-width": 2.2 } },
  ] as LayerSpecification[];
}
