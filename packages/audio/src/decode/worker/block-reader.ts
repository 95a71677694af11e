/** Samples of one channel at the rate asked for. */
export type SampleBlock = Int16Array | Float32Array;

/** Decodes in small steps, so that between two of them the thread can hear of a cancellation. */
export interface BlockReader {
  /** What the next step yields, perhaps nothing yet; undefined at the end. @throws FerrumError */
  next(): Promise<readonly SampleBlock[] | undefined>;
  close(): void | Promise<void>;
}
