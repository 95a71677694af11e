/** Calls back once when nothing was heard for so many ms; Infinity: never. While it is paused, no time passes. */
export class SilenceTimer {
  readonly #limitMs: number;
  readonly #expire: () => void;
  #timer: NodeJS.Timeout | undefined;
  #pauses = 0;
  #isRunning = true;

  constructor(limitMs: number, expire: () => void) {
    this.#limitMs = limitMs;
    this.#expire = expire;
    this.heard();
  }

  /** The time starts anew. */
  heard(): void {
    clearTimeout(this.#timer);
    if (!this.#isRunning || this.#pauses > 0 || this.#limitMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => {
      this.#isRunning = false;
      this.#expire();
    }, this.#limitMs);
  }

  /** Several pauses may overlap. Returns the way to end this one; the time starts anew when the last has ended. */
  pause(): () => void {
    this.#pauses += 1;
    clearTimeout(this.#timer);
    let isPaused = true;
    return () => {
      if (!isPaused) return;
      isPaused = false;
      this.#pauses -= 1;
      this.heard();
    };
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }
}
