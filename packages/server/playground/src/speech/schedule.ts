/** Seconds between the first piece's arrival and its sound: room for the second to come. */
const startDelay = 0.08;

/** When each piece of a stream sounds, in seconds of one audio clock. */
export class PlaybackSchedule {
  #firstStart: number | undefined;
  #end = 0;
  #gaps = 0;

  /** Places a piece of `duration` seconds right behind the last one, or at once if that has ended already. */
  place(now: number, duration: number): number {
    const late = this.#end < now;
    if (this.#firstStart !== undefined && late) this.#gaps += 1;
    const start = this.#firstStart === undefined || late ? now + startDelay : this.#end;
    this.#firstStart ??= start;
    this.#end = start + duration;
    return start;
  }

  /** When the first piece sounds. */
  get firstStart(): number | undefined {
    return this.#firstStart;
  }

  /** When the last piece ends. */
  get end(): number {
    return this.#end;
  }

  /** How often the sound had to wait for the server. */
  get gaps(): number {
    return this.#gaps;
  }
}
