import "maplibre-gl/dist/maplibre-gl.css";
import maplibre from "maplibre-gl/dist/maplibre-gl-csp.js";
import worker from "maplibre-gl/dist/maplibre-gl-csp-worker.js?url";
import type { Map as MapLibre, MapOptions, Marker, StyleSpecification } from "maplibre-gl";
import { t } from "../../i18n";
import { addMarks, colour } from "./marks";
import { emptyStyle, NOTHING, overlay, SOURCES, type Collection, type SourceName } from "./layers";

// The worker comes from our own origin: the content policy knows no blob: scripts.
maplibre.setWorkerUrl(worker);

export type Hit = { kind: "incident" | "candidate" | "person" | "area"; ref: string };

const HITS: [string, Hit["kind"]][] = [
  ["incidents", "incident"],
  ["candidates", "candidate"],
  ["people", "person"],
];
const FINGER = 12;
/** So many of the candidates are brought into sight. */
const NEAREST = 4;

function words(): Record<string, string> {
  return {
    "Map.Title": t("Map"),
    "NavigationControl.ZoomIn": t("Closer"),
    "NavigationControl.ZoomOut": t("Further away"),
    "AttributionControl.ToggleAttribution": t("Where this map comes from"),
    "Marker.Title": t("The chosen spot"),
  };
}

/** The drawn map: base style, our layers, data, hits. Everything that touches MapLibre is here. */
export class Engine {
  readonly map: MapLibre;
  #data = new Map<SourceName, Collection>();
  #pin: Marker | undefined;
  #chosen = "";
  #moved = false;

  constructor(container: HTMLElement, options: { center: [number, number]; zoom: number }) {
    const given: MapOptions = {
      container,
      ...options,
      style: emptyStyle(),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      locale: words(),
      fadeDuration: 0,
    };
    this.map = new maplibre.Map(given);
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new maplibre.AttributionControl({ compact: true }));
    this.map.on("style.load", () => this.#dress());
    this.map.on("movestart", (event) => (this.#moved ||= "originalEvent" in event && !!event.originalEvent));
  }

  /** Put another base under our layers; an unreachable one leaves plain paper. */
  async base(url: string): Promise<void> {
    this.map.setStyle(url ? await readStyle(url) : emptyStyle(), { diff: false });
  }

  #dress(): void {
    addMarks(this.map);
    for (const name of SOURCES) {
      if (!this.map.getSource(name)) this.map.addSource(name, { type: "geojson", data: this.#data.get(name) ?? NOTHING });
    }
    for (const layer of overlay()) if (!this.map.getLayer(layer.id)) this.map.addLayer(layer);
    this.choose(this.#chosen);
  }

  show(name: SourceName, data: Collection): void {
    this.#data.set(name, data);
    const source = this.map.getSource(name) as { setData(data: Collection): void } | undefined;
    source?.setData(data);
  }

  choose(ref: string): void {
    if (ref !== this.#chosen) this.#moved = false;
    this.#chosen = ref;
    if (this.map.getLayer("chosen")) this.map.setFilter("chosen", ["==", ["get", "ref"], ref]);
  }

  /** What lies under a finger; incidents before candidates before people. */
  hit(point: { x: number; y: number }): Hit | undefined {
    const box: [[number, number], [number, number]] = [[point.x - FINGER, point.y - FINGER], [point.x + FINGER, point.y + FINGER]];
    for (const [layer, kind] of HITS) {
      if (!this.map.getLayer(layer)) continue;
      const found = this.map.queryRenderedFeatures(box, { layers: [layer] })[0];
      if (found) return { kind, ref: String(found.properties["ref"] ?? found.properties["id"] ?? "") };
    }
    return undefined;
  }

  /** Show everything of the named sources, or nothing happens when they are empty. */
  fit(names: readonly SourceName[]): void {
    const bounds = new maplibre.LngLatBounds();
    for (const name of names) for (const feature of this.#data.get(name)?.features ?? []) spread(feature.geometry, bounds);
    if (!bounds.isEmpty()) this.map.fitBounds(bounds, { padding: 56, maxZoom: 16, duration: still() ? 0 : 300 });
  }

  /** Show the chosen incident with what is drawn for it; a hand that moved the map meanwhile has its way. */
  fitChosen(): void {
    if (this.#moved) return;
    const bounds = new maplibre.LngLatBounds();
    const chosen = (this.#data.get("incidents")?.features ?? []).filter((each) => each.properties?.["ref"] === this.#chosen);
    const near = [...(this.#data.get("candidates")?.features ?? [])].sort(byMinutes).slice(0, NEAREST);
    for (const feature of [...chosen, ...near, ...(this.#data.get("routes")?.features ?? [])]) spread(feature.geometry, bounds);
    if (!bounds.isEmpty()) this.map.fitBounds(bounds, { padding: 72, maxZoom: 15, duration: still() ? 0 : 300 });
  }

  go(center: [number, number]): void {
    this.map.easeTo({ center, zoom: Math.max(this.map.getZoom(), 15), duration: still() ? 0 : 300 });
  }

  /** Put the pin; dragging it afterwards calls `moved`. */
  pin(lon: number, lat: number, moved: (lon: number, lat: number) => void): void {
    if (!this.#pin) {
      this.#pin = new maplibre.Marker({ color: colour("accent"), draggable: true }).setLngLat([lon, lat]).addTo(this.map);
      this.#pin.on("dragend", () => moved(this.#pin!.getLngLat().lng, this.#pin!.getLngLat().lat));
    }
    this.#pin.setLngLat([lon, lat]);
  }

  unpin(): void {
    this.#pin?.remove();
    this.#pin = undefined;
  }

  end(): void {
    this.map.remove();
  }
}

const minutesOf = (feature: GeoJSON.Feature): number => Number(feature.properties?.["minutes"] ?? Infinity);
const byMinutes = (one: GeoJSON.Feature, other: GeoJSON.Feature): number => minutesOf(one) - minutesOf(other);

const still = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

async function readStyle(url: string): Promise<StyleSpecification> {
  try {
    const answer = await fetch(url, { headers: { "X-Tongxin-Background": "1" } });
    if (answer.ok) return (await answer.json()) as StyleSpecification;
  } catch {
    // no network: the marks alone are worth showing
  }
  return emptyStyle();
}

type Bounds = { extend(point: [number, number]): unknown };

function spread(geometry: GeoJSON.Geometry, bounds: Bounds): void {
  if (geometry.type === "GeometryCollection") return geometry.geometries.forEach((each) => spread(each, bounds));
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") bounds.extend([part[0], part[1] as number]);
    else part.forEach(visit);
  };
  visit(geometry.coordinates);
}
