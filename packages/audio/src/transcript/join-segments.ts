import type {
  TranscribeOptions,
  TranscriptionResult,
  TranscriptionSegment,
  TranscriptionStart,
} from '@ferrum/interfaces';

/** The transcription that segments, and what was known before them, add up to. */
export function joinSegments(
  start: TranscriptionStart,
  segments: readonly TranscriptionSegment[],
  { task = 'transcribe', wordTimestamps = false }: Pick<TranscribeOptions, 'task' | 'wordTimestamps'>,
): TranscriptionResult {
  const text = segments.map((segment) => segment.text).join('');
  return {
    text: text.trim(),
    task,
    ...start,
    segments,
    ...(wordTimestamps ? { words: segments.flatMap(({ words = [] }) => words) } : {}),
  };
}
