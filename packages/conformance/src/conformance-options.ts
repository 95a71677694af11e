/** Opens a new engine each time it is called. The suite closes every one that it opens. */
export type EngineFactory<Engine> = () => Promise<Engine>;

export interface ConformanceOptions {
  /** The descriptor's: what is listed must work, what is not must be refused with `Unsupported`. */
  readonly features: readonly string[];
  /** Shown with the tests. Default: the capability. */
  readonly name?: string;
  /** Longest time for one test, opening an engine included, in ms. Default 60 000. */
  readonly timeoutMs?: number;
}
