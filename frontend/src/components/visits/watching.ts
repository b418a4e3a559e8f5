/** Minutes without a hand, or out of sight, after which a phone locks. */
const IDLE = 15 * 60_000;
const HIDDEN = 5 * 60_000;
const LOOK = 5_000;

/**
 * Calls `lock` when nobody has touched the page for a quarter of an hour or it was out of sight for five minutes,
 * also when the phone slept meanwhile; `tick` comes with every look. Both need no signal.
 */
export class Watch {
  #touched = Date.now();
  #hidden = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly lock: () => void,
    private readonly tick: () => void,
  ) {}

  start(): void {
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, this.#touch, { capture: true, passive: true });
    document.addEventListener("visibilitychange", this.#seen);
    this.#timer = setInterval(() => this.look(), LOOK);
  }

  stop(): void {
    for (const name of ["pointerdown", "keydown"]) document.removeEventListener(name, this.#touch, { capture: true });
    document.removeEventListener("visibilitychange", this.#seen);
    clearInterval(this.#timer);
  }

  look(): void {
    const now = Date.now();
    const out = this.#hidden > 0 && now - this.#hidden > HIDDEN;
    if (out || now - this.#touched > IDLE || now < this.#touched) this.lock();
    if (now < this.#touched) this.#touched = now;
    this.tick();
  }

  /** A touch after the time is up does not save it: first it is looked. */
  #touch = (): void => {
    this.look();
    this.#touched = Date.now();
  };

  #seen = (): void => {
    if (document.visibilityState === "hidden") {
      this.#hidden = Date.now();
      return;
    }
    this.look();
    this.#hidden = 0;
  };
}
