import { framesPerSecond, framesPerTimestamp } from './speech-model.js';

export interface WindowSegment {
  /** In seconds of the audio. */
  readonly start: number;
  /** In seconds of the audio. */
  readonly end: number;
  /** Timestamps included. */
  readonly tokens: readonly number[];
}

export interface SplitWindow {
  readonly segments: readonly WindowSegment[];
  /** Frames after which the next window starts. */
  readonly advance: number;
  /** Whether the last timestamp stands alone: there is no speech after it. */
  readonly endsWithSingleTimestamp: boolean;
}

export interface WindowToSplit {
  /** Text and timestamps. */
  readonly tokens: readonly number[];
  readonly timestampBegin: number;
  /** Where it starts, in seconds of the audio. */
  readonly offset: number;
  /** Of audio in it. */
  readonly frames: number;
}

/**
 * Divides a window's text at its timestamps: each pair of them ends a segment and starts the next. What follows the last pair is left
 * to the next window, which starts there.
 */
export function splitSegments({ tokens, timestampBegin, offset, frames }: WindowToSplit): SplitWindow {
  const isTimestamp = (index: number) => (tokens[index] ?? -1) >= timestampBegin;
  const last = tokens.length - 1;
  const endsWithSingleTimestamp = last >= 1 && isTimestamp(last) && !isTimestamp(last - 1);
  const cuts = tokens.flatMap((_, index) => (index > 0 && isTimestamp(index) && isTimestamp(index - 1) ? [index] : []));
  const stepsOf = (token: number | undefined) => (token ?? timestampBegin) - timestampBegin;
  const seconds = (token: number | undefined) =>
    round(offset + (stepsOf(token) * framesPerTimestamp) / framesPerSecond);
  if (cuts.length === 0) {
    const lastTimestamp = tokens.findLast((token) => token >= timestampBegin);
    const isKnown = lastTimestamp !== undefined && lastTimestamp !== timestampBegin;
    const end = isKnown ? seconds(lastTimestamp) : round(offset + frames / framesPerSecond);
    return { segments: [{ start: offset, end, tokens }], advance: frames, endsWithSingleTimestamp };
  }
  const ends = endsWithSingleTimestamp ? [...cuts, tokens.length] : cuts;
  const segments = ends.map((end, index) => {
    const part = tokens.slice(index === 0 ? 0 : ends[index - 1], end);
    // A prompt without timestamps may be answered with some, but not with the first.
    const hasStart = (part[0] ?? 0) >= timestampBegin;
    return { start: hasStart ? seconds(part[0]) : offset, end: seconds(part[part.length - 1]), tokens: part };
  });
  const lastCut = cuts[cuts.length - 1] as number;
  const advance = endsWithSingleTimestamp ? frames : stepsOf(tokens[lastCut - 1]) * framesPerTimestamp;
  return { segments, advance, endsWithSingleTimestamp };
}

/** Timestamps are hundredths: what floating point adds is taken away. */
function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
