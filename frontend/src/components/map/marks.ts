import type { Map as MapLibre } from "maplibre-gl";

export const STATES = ["waiting", "coming", "there", "done", "broken", "unknown"] as const;
export type State = (typeof STATES)[number];

const SCALE = 2;

/** A colour token as the browser resolves it now (light or dark). */
export function colour(token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** The shape of a state, as kit/icons.html draws it on 16 x 16. */
function shape(state: State): Path2D {
  const drawn = document.querySelector(`#m-${state} path`)?.getAttribute("d");
  return new Path2D(drawn ?? "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z");
}

function canvas(size: number): CanvasRenderingContext2D {
  const made = document.createElement("canvas");
  made.width = made.height = size * SCALE;
  const context = made.getContext("2d")!;
  context.scale(SCALE, SCALE);
  return context;
}

/** A person: the bare shape with a rim of paper, small. */
function person(state: State): ImageData {
  const context = canvas(18);
  context.translate(2, 2);
  context.scale(14 / 16, 14 / 16);
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = colour("surface");
  context.stroke(shape(state));
  context.fillStyle = colour(`${state}-mark`);
  context.fill(shape(state), "evenodd");
  return context.getImageData(0, 0, 18 * SCALE, 18 * SCALE);
}

/** An incident: the shape on a disc of paper with a rim of its colour. */
function incident(state: State): ImageData {
  const context = canvas(32);
  context.beginPath();
  context.arc(16, 16, 13, 0, 2 * Math.PI);
  context.fillStyle = colour("surface");
  context.fill();
  context.lineWidth = 2.5;
  context.strokeStyle = colour(`${state}-mark`);
  context.stroke();
  context.translate(8, state === "broken" ? 7 : 8);
  context.fillStyle = colour(`${state}-mark`);
  context.fill(shape(state), "evenodd");
  return context.getImageData(0, 0, 32 * SCALE, 32 * SCALE);
}

/** Draw all marks into the map's own images, again when the theme changed. */
export function addMarks(map: MapLibre): void {
  for (const state of STATES) {
    put(map, `person-${state}`, person(state));
    put(map, `incident-${state}`, incident(state));
  }
}

function put(map: MapLibre, name: string, image: ImageData): void {
  if (map.hasImage(name)) map.removeImage(name);
  map.addImage(name, image, { pixelRatio: SCALE });
}
