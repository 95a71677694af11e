/** What we use of jstat, which brings no types. */
declare module 'jstat' {
  const jStat: {
    min(samples: readonly number[]): number;
    max(samples: readonly number[]): number;
    mean(samples: readonly number[]): number;
    /** Hyndman and Fan (1996) with their parameters alpha and beta. Not a number for a single sample. */
    quantiles(samples: readonly number[], probabilities: readonly number[], alpha: number, beta: number): number[];
    /** Student-t interval around `value` that misses with probability `alpha`. */
    tci(value: number, alpha: number, samples: readonly number[]): [low: number, high: number];
  };
  export = jStat;
}
