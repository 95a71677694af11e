/** How long at least one thing was under way. */
export class BusyClock {
  #active = 0;
  #since = 0;

  begin(): void {
    if (this.#active === 0) this.#since = performance.now();
    this.#active += 1;
  }

  /** @returns ms that were busy, once nothing is under way; 0 before */
  end(): number {
    this.#active -= 1;
    return this.#active === 0 ? performance.now() - this.#since : 0;
  }
}
