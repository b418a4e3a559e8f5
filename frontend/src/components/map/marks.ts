import type { Map as MapLibre } from "maplibre-gl";

export const STATES = ["waiting", "coming", "there", "done", "broken", "unknown"] as const;
export type State = (typeof STATES)[number];

/** Who somebody is, told by the outline; the words stand in the map's legend. */
export const SHAPES = {
  circle: "M8 1.4a6.6 6.6 0 1 0 0 13.2A6.6 6.6 0 0 0 8 1.4Z",
  square: "M2.2 2.2h11.6v11.6H2.2Z",
  diamond: "M8 .6 15.4 8 8 15.4.6 8Z",
  triangle: "M8 1.2 15.3 14.2H.7Z",
  hexagon: "M4.4 1.8h7.2L15.2 8l-3.6 6.2H4.4L.8 8Z",
} as const;
export type Shape = keyof typeof SHAPES;

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

/** A person: the outline says who, its colour and the mark inside say what they do; hollow is free. */
function person(outline: Shape, state: State): ImageData {
  const context = canvas(22);
  context.translate(2, 2);
  context.scale(18 / 16, 18 / 16);
  context.lineJoin = "round";
  const path = new Path2D(SHAPES[outline]);
  const free = state === "unknown";
  context.lineWidth = 3.2;
  context.strokeStyle = colour("surface");
  context.stroke(path);
  context.fillStyle = free ? colour("surface") : colour(`${state}-mark`);
  context.fill(path);
  context.lineWidth = 1.8;
  context.strokeStyle = colour(free ? "unknown" : `${state}-mark`);
  context.stroke(path);
  if (!free) inside(context, outline, state);
  return context.getImageData(0, 0, 22 * SCALE, 22 * SCALE);
}

/** The state's own mark, small, in paper on the colour. */
function inside(context: CanvasRenderingContext2D, outline: Shape, state: State): void {
  context.translate(8, outline === "triangle" ? 9.6 : 8);
  context.scale(0.46, 0.46);
  context.translate(-8, -8);
  context.fillStyle = colour("surface");
  context.fill(shape(state), "evenodd");
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
    for (const outline of Object.keys(SHAPES) as Shape[]) put(map, `person-${outline}-${state}`, person(outline, state));
    put(map, `incident-${state}`, incident(state));
  }
}

function put(map: MapLibre, name: string, image: ImageData): void {
  if (map.hasImage(name)) map.removeImage(name);
  map.addImage(name, image, { pixelRatio: SCALE });
}
