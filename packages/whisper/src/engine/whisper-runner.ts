import type { AlignmentHead, WhisperConfig } from '../architecture/whisper-config.js';

/** A new token of a sequence. */
export interface StepRow {
  readonly token: number;
  /** Its place in the sequence: so many tokens come before it. */
  readonly position: number;
  /** The window that the sequence listens to. */
  readonly window: number;
}

/** Several tokens of one sequence. */
export interface PromptRun {
  /** Where its keys and values are kept. */
  readonly row: number;
  readonly window: number;
  readonly tokens: readonly number[];
  /** Of these tokens, by index, in ascending order: what follows them. */
  readonly wanted: readonly number[];
}

/** Valid until the next run. */
export interface DecoderOutput {
  /** float32 [wanted, vocabularySize]. */
  readonly logits: Float32Array;
  /** float32 [wanted]: log Σ exp of the logits before the timestamps. */
  readonly textLogSums: Float32Array;
}

/** Cross-attention of the alignment heads. */
export interface AlignmentOutput {
  /** float32 [heads, tokens, audioPositions]: probabilities. */
  readonly probabilities: Float32Array;
  readonly heads: readonly AlignmentHead[];
}

/**
 * The model's computations, on memory for a number of windows (keys and values of cross-attention) and of rows (those of
 * self-attention). One call at a time.
 */
export interface WhisperRunner {
  readonly config: WhisperConfig;
  readonly maxWindows: number;
  /** One more row is there for prompts. */
  readonly maxRows: number;
  /** Makes a window of log-mel features, [melBins, frames], heard. */
  encode(mel: Float32Array, window: number): Promise<void>;
  /** Computes a sequence from its start. */
  prompt(run: PromptRun): Promise<DecoderOutput>;
  /** The same, with where its tokens are in the audio. */
  align(run: PromptRun): Promise<AlignmentOutput & DecoderOutput>;
  /** One token each for rows 0, 1 …. */
  step(rows: readonly StepRow[]): Promise<DecoderOutput>;
  /** Copies keys and values of positions `[start, end)` from one row to another. */
  copyRow(from: number, to: number, start: number, end: number): void;
  /** Copies a window, piece by piece so that the event loop is not held up. */
  copyWindow(from: number, to: number): Promise<void>;
  dispose(): Promise<void>;
}
