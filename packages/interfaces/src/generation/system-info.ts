export interface SystemInfo {
  /** Platform, release and architecture, e.g. `linux 6.1.0 x64`. */
  readonly os: string;
  /** Model name and number of cores. */
  readonly cpuInfo: string;
  readonly totalMemoryBytes: number;
  /** That the engine could compute on, e.g. `cpu`, `cuda:0`. */
  readonly devices: readonly string[];
  readonly runtimeInfo: RuntimeInfo;
}

export interface RuntimeInfo {
  /** Of the package that made the engine. */
  readonly engineVersion: string;
  /** Of what it runs on, by the names of `process.versions`: `node`, `onnxruntime` … */
  readonly versions: Readonly<Record<string, string>>;
  /** Features of the engine's descriptor. */
  readonly featureFlags: readonly string[];
}
