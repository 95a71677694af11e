import type { OnnxRuntimeFacts } from '../environment.js';
import type { PluginReport } from '../plugins/plugin-report.js';

/** What `ferrum doctor --json` prints. */
export interface DoctorReport {
  readonly ferrum: string;
  readonly node: string;
  /** As Node names them, e.g. `linux` and `x64`. */
  readonly platform: string;
  readonly architecture: string;
  readonly processor: { readonly model: string; readonly count: number };
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly onnxRuntime: OnnxRuntimeFacts | { readonly error: string };
  readonly plugins: readonly PluginReport[];
  readonly home: HomeReport;
  readonly offline: boolean;
  readonly models: readonly ModelReport[];
  readonly tools: readonly ToolReport[];
  readonly problems: readonly Problem[];
}

export interface HomeReport {
  readonly path: string;
  readonly exists: boolean;
  readonly writable: boolean;
  /** What the file system has left for this user; absent where it does not say. */
  readonly freeBytes?: number;
  readonly graphs: GraphsReport;
}

/** What models were converted to. */
export interface GraphsReport {
  readonly path: string;
  readonly count: number;
  /** On disk, all together. */
  readonly sizeBytes: number;
}

export interface ModelReport {
  readonly reference: string;
  readonly sizeBytes: number;
  readonly path: string;
  readonly complete: boolean;
  /** The engine that would open it, or why none would; neither of one that only other models use. */
  readonly engine?: string;
  readonly reason?: string;
}

export interface ToolReport {
  readonly name: 'npm' | 'pip';
  /** How it is called. */
  readonly command: string;
  readonly version?: string;
  readonly error?: string;
}

/** `broken` makes the exit code 1; `warning` takes away something that not everybody needs. */
export interface Problem {
  readonly severity: 'broken' | 'warning';
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}
