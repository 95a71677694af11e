/** How hard the graph is rewritten when it is opened; `all` is best unless the file was optimised before. */
export type GraphOptimization = 'disabled' | 'basic' | 'extended' | 'all';

/**
 * Whether idle threads burn their core waiting for work: `never`; `during-run`, from the start of a run to its end; `always`,
 * for some time after a run too, which starves others on the same cores.
 */
export type Spinning = 'never' | 'during-run' | 'always';

export type LogSeverity = 'verbose' | 'info' | 'warning' | 'error' | 'fatal';

export interface ExecutionProvider {
  /** As `OnnxRuntime.providers` lists it: `CUDAExecutionProvider`. */
  readonly name: string;
  /** The provider's own options, by the names of its documentation: `{ device_id: '0' }`. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface SessionOptions {
  /** Threads that share the work of one operator. Default: one a physical core. */
  readonly intraOpThreads?: number;
  /** Operators that may run at the same time. Default: 1, one after the other. */
  readonly interOpThreads?: number;
  /** Default: `during-run`. */
  readonly spinning?: Spinning;
  /** Plan memory from the shapes of the first run: only for models whose shapes never change. Default: false. */
  readonly memoryPattern?: boolean;
  /** Keep freed memory for the next run rather than give it back: faster, and never shrinks. Default: true. */
  readonly memoryArena?: boolean;
  /** Default: `all`. */
  readonly graphOptimization?: GraphOptimization;
  /** In order of preference; the CPU is always the last. Default: the CPU alone. */
  readonly providers?: readonly ExecutionProvider[];
  /** Fixes symbolic dimensions by name, so that the graph can be optimised for them. */
  readonly freeDimensions?: Readonly<Record<string, number>>;
  /** Further entries for ONNX Runtime, by the keys of onnxruntime_session_options_config_keys.h. */
  readonly config?: Readonly<Record<string, string>>;
  /** From which severity on the session writes to standard error. Default: `warning` when it opens, nothing in a run. */
  readonly logSeverity?: LogSeverity;
  /** Writes the optimised graph to this file. */
  readonly optimizedModelPath?: string;
}
