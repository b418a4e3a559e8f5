type Beat = (now: number) => void;

const listeners = new Set<Beat>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One timer for all clocks of the page: call `beat` each second until the returned function is called. */
export function everySecond(beat: Beat): () => void {
  listeners.add(beat);
  timer ??= setInterval(() => listeners.forEach((each) => each(Date.now())), 1000);
  return () => {
    listeners.delete(beat);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}
