/** How much of a call is done. The option that takes the listener names the unit. */
export interface WorkProgress {
  readonly completed: number;
  readonly total: number;
}

export type WorkProgressListener = (progress: WorkProgress) => void;
