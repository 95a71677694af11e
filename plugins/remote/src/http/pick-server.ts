/** What is known of a server that could take a request. */
export interface Candidate {
  /** Requests that it is at now. */
  readonly outstanding: number;
  /** Most at once. */
  readonly maxConcurrent: number;
  /** A number that grows with each pick; 0 before the first. */
  readonly lastPicked: number;
}

/** The one with the fewest requests, of several the one whose last turn is longest ago; undefined when all are full. */
export function pickServer<C extends Candidate>(candidates: readonly C[]): C | undefined {
  return candidates
    .filter(({ outstanding, maxConcurrent }) => outstanding < maxConcurrent)
    .reduce<C | undefined>((best, one) => (best === undefined || isBefore(one, best) ? one : best), undefined);
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.outstanding === b.outstanding ? a.lastPicked < b.lastPicked : a.outstanding < b.outstanding;
}
