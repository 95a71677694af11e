import assert from 'node:assert/strict';
import type { TranscriptionSegment, TranscriptionWord } from '@ferrum/interfaces';

/** Rounding of times that a model tells in steps of 20 ms, in seconds. */
export const slack = 0.05;

/** Numbered from 0, in order, none outside the audio, without a number that is none. */
export function assertSegments(segments: readonly TranscriptionSegment[], duration: number): void {
  let last = 0;
  for (const [index, segment] of segments.entries()) {
    const { id, start, end, text, avgLogprob, compressionRatio, noSpeechProb, temperature, seek } = segment;
    assert.equal(id, index, `Segment ${index} has the id ${id}.`);
    assert.equal(typeof text, 'string');
    assert.ok(start >= last - slack, `Segment ${index} starts at ${start} s, before the one before it.`);
    assert.ok(end >= start, `Segment ${index} ends at ${end} s, before it starts at ${start} s.`);
    assert.ok(end <= duration + slack, `Segment ${index} ends at ${end} s of ${duration} s.`);
    const numbers = { seek, avgLogprob, compressionRatio, noSpeechProb, temperature };
    for (const [name, value] of Object.entries(numbers)) {
      assert.ok(Number.isFinite(value), `${name} of segment ${index} is ${value}.`);
    }
    assert.ok(noSpeechProb >= 0 && noSpeechProb <= 1, `noSpeechProb of segment ${index} is ${noSpeechProb}.`);
    last = start;
  }
}

/** In order, within the audio, with probabilities that are some, if any. */
export function assertWords(words: readonly TranscriptionWord[], duration: number): void {
  let last = 0;
  for (const { word, start, end, probability } of words) {
    assert.ok(start >= last - slack, `"${word}" starts at ${start} s, before the word before it.`);
    assert.ok(end >= start, `"${word}" ends at ${end} s, before it starts at ${start} s.`);
    assert.ok(end <= duration + slack, `"${word}" ends at ${end} s of ${duration} s.`);
    assertProbability(probability, `The probability of "${word}"`);
    last = start;
  }
}

/** From 0 to 1, or absent: a remote server may not tell it. */
export function assertProbability(probability: number | undefined, what: string): void {
  assert.ok(probability === undefined || (probability >= 0 && probability <= 1), `${what} is ${probability}.`);
}

/** Texts that say the same are equal then. */
export function plain(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

/** Of the words expected, the share that was found, in any place: a loose measure that needs no alignment. */
export function wordOverlap(expected: string, found: string): number {
  const wanted = wordsOf(expected);
  const left = wordsOf(found);
  let hits = 0;
  for (const word of wanted) {
    const at = left.indexOf(word);
    if (at < 0) continue;
    left.splice(at, 1);
    hits += 1;
  }
  return hits / Math.max(1, wanted.length);
}

/** Fails when less than 60 % of the words are there, or as many again that were not said. */
export function assertUnderstood(expected: string, found: string, what: string): void {
  const heard = `${what} is "${found}"; said was "${expected}".`;
  assert.ok(wordOverlap(expected, found) >= 0.6, heard);
  assert.ok(wordsOf(found).length <= 2 * wordsOf(expected).length, heard);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{M}']+/gu) ?? [];
}
