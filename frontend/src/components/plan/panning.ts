/** Fingers and mouse on the scrolled drawing: pinch to zoom, drag with the mouse, wheel with Ctrl. */
export type Zoomed = { zoom: number; setZoom(zoom: number, atX: number, atY: number): void; drawing(): SVGElement | null };

export const ZOOM = { least: 0.35, most: 2.6 } as const;
export const within = (zoom: number): number => Math.min(ZOOM.most, Math.max(ZOOM.least, zoom));

const apart = (touches: TouchList): number => Math.hypot(touches[0]!.clientX - touches[1]!.clientX, touches[0]!.clientY - touches[1]!.clientY);

/** Two fingers scale the drawing as the compositor can, and once they are lifted it is drawn anew in its size. */
export function pinch(view: HTMLElement, host: Zoomed): void {
  let start = 0;
  let scale = 1;
  let at = { x: 0, y: 0 };
  view.addEventListener("touchstart", (event) => {
    if (event.touches.length !== 2) return;
    const box = view.getBoundingClientRect();
    [start, scale] = [apart(event.touches), 1];
    at = { x: (event.touches[0]!.clientX + event.touches[1]!.clientX) / 2 - box.left, y: (event.touches[0]!.clientY + event.touches[1]!.clientY) / 2 - box.top };
  }, { passive: true });
  view.addEventListener("touchmove", (event) => {
    if (event.touches.length !== 2 || !start) return;
    event.preventDefault();
    scale = within((host.zoom * apart(event.touches)) / start) / host.zoom;
    const drawing = host.drawing();
    if (!drawing) return;
    drawing.style.transformOrigin = `${view.scrollLeft + at.x - drawing.parentElement!.offsetLeft}px ${view.scrollTop + at.y}px`;
    drawing.style.transform = `scale(${scale})`;
  }, { passive: false });
  const end = (event: TouchEvent): void => {
    if (!start || event.touches.length >= 2) return;
    start = 0;
    host.drawing()?.style.removeProperty("transform");
    host.setZoom(host.zoom * scale, at.x, at.y);
  };
  view.addEventListener("touchend", end);
  view.addEventListener("touchcancel", end);
}

/** The mouse drags the drawing; what was dragged is no click. Fingers scroll by themselves. */
export function drag(view: HTMLElement, allowed: () => boolean): void {
  let from: { x: number; y: number; left: number; top: number } | null = null;
  let moved = false;
  view.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || !allowed()) return;
    from = { x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop };
    moved = false;
  });
  addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (!moved && Math.hypot(x, y) < 5) return;
    moved = true;
    view.classList.add("dragging");
    view.scrollTo(from.left - x, from.top - y);
  });
  addEventListener("pointerup", () => {
    from = null;
    view.classList.remove("dragging");
  });
  view.addEventListener("click", (event) => {
    if (moved) event.stopPropagation();
    moved = false;
  }, { capture: true });
}

export function wheel(view: HTMLElement, host: Zoomed): void {
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const box = view.getBoundingClientRect();
    host.setZoom(host.zoom * Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
}
