export interface DetailedResourceUsage {
  /** In bytes, e.g. `weights`, `kvCache`, `prefixCache`. */
  readonly memoryByComponent: Readonly<Record<string, number>>;
  /** Fraction of one core, 0 to 1, by thread name; absent where the platform does not tell. */
  readonly cpuByThread?: Readonly<Record<string, number>>;
}
