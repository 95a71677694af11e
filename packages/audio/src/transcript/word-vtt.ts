import type { TranscriptionSegment } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { tidy } from './cues.js';
import { formatTime, toMilliseconds } from './format-time.js';

/** Makes a text safe in a WebVTT cue. https://www.w3.org/TR/webvtt1/, §4.2.2 */
export function escapeVtt(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * One WebVTT cue of a segment in which each word is a `<c>` span after the time it starts at, for players that show words
 * as they are said. WebVTT wants such times to grow and to lie inside the cue; a word gets none where they do not.
 * Throws `InvalidParameter` for a segment without `words`.
 */
export function wordVttCue(segment: TranscriptionSegment): string {
  if (segment.words === undefined) {
    throw new FerrumError(
      'InvalidParameter',
      `The format word-vtt needs the times of words, and segment ${segment.id} has none. Transcribe with wordTimestamps.`,
      { details: { parameter: 'wordTimestamps' } },
    );
  }
  const start = toMilliseconds(segment.start);
  const end = toMilliseconds(segment.end);
  let last = start;
  const spans = segment.words.map((word, index) => {
    const at = toMilliseconds(word.start);
    const isInside = at > last && at < end;
    if (isInside) last = at;
    const text = tidyWord(word.word, index === 0);
    return `${isInside ? `<${clock(at)}>` : ''}<c>${escapeVtt(text)}</c>`;
  });
  // A segment whose words could not be aligned keeps its text.
  const text = spans.length > 0 ? spans.join('') : tidy(escapeVtt(segment.text));
  return `${clock(start)} --> ${clock(end)}\n${text}\n\n`;
}

/** A line break inside a cue would stay; a blank line would end it. */
function tidyWord(word: string, isFirst: boolean): string {
  const text = word.replace(/\s*[\r\n]\s*/g, ' ');
  return isFirst ? text.trimStart() : text;
}

function clock(milliseconds: number): string {
  return formatTime(milliseconds, { hours: 'always', decimalMark: '.' });
}
