/** The sizes of a Whisper model (Radford et al. 2022), by what its weights and configuration say. */
export interface WhisperConfig {
  /** Rows of the log-mel spectrogram: 80, or 128 for large-v3 and what was made from it. */
  readonly melBins: number;
  /** Encoder outputs of a window: 1500, two spectrogram frames each. */
  readonly audioPositions: number;
  readonly hiddenSize: number;
  readonly encoderLayers: number;
  readonly encoderHeads: number;
  readonly encoderFeedForwardSize: number;
  readonly decoderLayers: number;
  readonly decoderHeads: number;
  readonly decoderFeedForwardSize: number;
  readonly vocabularySize: number;
  /** Longest sequence of the decoder, prompt included: 448. */
  readonly maxTokens: number;
  /** Cross-attention heads that follow the audio: what word timestamps are read from. */
  readonly alignmentHeads: readonly AlignmentHead[];
}

export interface AlignmentHead {
  readonly layer: number;
  readonly head: number;
}

/** Spectrogram frames of a window. */
export function windowFrames({ audioPositions }: Pick<WhisperConfig, 'audioPositions'>): number {
  return 2 * audioPositions;
}

export const normEpsilon = 1e-5;
