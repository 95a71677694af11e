/** Where a long operation stands. `total` is absent while it is not known. */
export interface ProgressEvent {
  readonly phase: 'download' | 'verify' | 'convert' | 'load';
  /** The file or the model, for people. */
  readonly label: string;
  readonly unit: 'bytes' | 'tensors' | 'steps';
  readonly completed: number;
  readonly total?: number;
}

export type ProgressListener = (event: ProgressEvent) => void;
