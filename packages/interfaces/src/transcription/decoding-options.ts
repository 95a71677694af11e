/** How text is searched for in a window of 30 s. Radford et al. 2022, §4.5. Names and defaults are those of faster-whisper 1.2. */
export interface DecodingOptions {
  /** Beams at temperature 0; 1 is greedy. Default 5. */
  readonly beamSize?: number;
  /** Candidates at temperatures above 0. Default 5. */
  readonly bestOf?: number;
  /** The search ends with `beamSize · patience` finished beams. Default 1. Kasai et al. 2022. */
  readonly patience?: number;
  /** Exponent of a beam's length, by which its log-probability is divided. Default 1. */
  readonly lengthPenalty?: number;
  /** Above 1 makes tokens already written less likely; from 0.01. Default 1. */
  readonly repetitionPenalty?: number;
  /** No sequence of so many tokens is written twice; 0 is off. Default 0. */
  readonly noRepeatNgramSize?: number;
  /** One, or several tried in turn until a threshold below is kept; the same audio gives the same text. Default `[0, 0.2, 0.4, 0.6, 0.8, 1]`. */
  readonly temperature?: number | readonly number[];
  /** A window whose text zlib compresses more than so many times has failed; null is off. Default 2.4. */
  readonly compressionRatioThreshold?: number | null;
  /** A window with a lower mean log-probability has failed; null is off. Default −1. */
  readonly logProbThreshold?: number | null;
  /** A failed window more likely to hold no speech than this is silence; null is off. Default 0.6. */
  readonly noSpeechThreshold?: number | null;
  /** Whether a window is told the text of those before. Default true. */
  readonly conditionOnPreviousText?: boolean;
  /** That text is forgotten after a window that needed a higher temperature. Default 0.5. */
  readonly promptResetOnTemperature?: number;
  /** Text, or token ids, to be taken as said before the first window. */
  readonly initialPrompt?: string | readonly number[];
  /** What the first window's text starts with. */
  readonly prefix?: string;
  /** Words to expect, told to every window. Excludes `prefix`. */
  readonly hotwords?: string;
  /** Whether a window's text may not start blank. Default true. */
  readonly suppressBlank?: boolean;
  /** Token ids never written; −1 stands for the model's list of non-speech tokens. Default `[-1]`. */
  readonly suppressTokens?: readonly number[];
  /** Whether the model writes no timestamps, so that a window is one segment. Default false; true with a `batchSize` above 1. */
  readonly withoutTimestamps?: boolean;
  /** Latest start of a window's first segment, in seconds, 0 to 30. Default 1; 0 with a `batchSize` above 1. */
  readonly maxInitialTimestamp?: number;
  /** Most tokens written for a window; the text told before gives way. Default: half of the decoder's positions, 224. */
  readonly maxNewTokens?: number;
  /** With `wordTimestamps`: a silence of so many seconds around a doubtful segment drops it. Default: off. */
  readonly hallucinationSilenceThreshold?: number;
}
