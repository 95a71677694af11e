import type { VadOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { SpeechFinder } from './speech-finder.js';
import { requireSpans, type SpeechSpan } from './speech-span.js';
import { vadSettings } from './vad-settings.js';
import { windowSamples } from './window-frames.js';

/**
 * Where there is speech, from the probabilities of `VoiceActivityDetector`, by the rules of faster-whisper 1.2: speech
 * begins at `threshold` and ends once it has stayed below `negThreshold` for `minSilenceDurationMs`. What grows longer than
 * `maxSpeechDurationSeconds` is cut at its last silence of more than 98 ms, or there and then. Padding goes as far as the
 * middle of the silence between two spans.
 * @param probabilities one for every 512 samples
 * @returns spans in order that don't overlap
 * @throws FerrumError `InvalidParameter` for an option out of range, or probabilities that are none or of another audio.
 */
export function speechTimestamps(
  probabilities: Float32Array,
  lengthInSamples: number,
  options: VadOptions = {},
): readonly SpeechSpan[] {
  const settings = vadSettings(options);
  requireProbabilities(probabilities, lengthInSamples);
  const finder = new SpeechFinder(settings);
  probabilities.forEach((probability, window) => {
    finder.add(window * windowSamples, probability);
  });
  return padded(finder.finish(lengthInSamples), lengthInSamples, settings.speechPadSamples);
}

function padded(spans: readonly SpeechSpan[], length: number, pad: number): readonly SpeechSpan[] {
  requireSpans(spans);
  // Each silence is shared by the spans on its two sides; half a sample left over stays silent.
  const between = (left: SpeechSpan, right: SpeechSpan) => {
    const silence = right.start - left.end;
    return silence < 2 * pad ? Math.floor(silence / 2) : pad;
  };
  return spans.map((span, index) => {
    const previous = spans[index - 1];
    const next = spans[index + 1];
    const before = previous === undefined ? pad : between(previous, span);
    const after = next === undefined ? pad : between(span, next);
    return {
      start: Math.trunc(Math.max(0, span.start - before)),
      end: Math.trunc(Math.min(length, span.end + after)),
    };
  });
}

function requireProbabilities(probabilities: Float32Array, length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new FerrumError('InvalidParameter', `The length of the audio must be a number of samples; got ${length}.`);
  }
  const { length: count } = probabilities;
  // The last window may be left out when it holds nothing but the silence that the audio is filled up with.
  if (count !== Math.floor(length / windowSamples) + 1 && count !== Math.ceil(length / windowSamples)) {
    const message = `${count} probabilities don't belong to ${length} samples: there is one for every ${windowSamples} samples.`;
    throw new FerrumError('InvalidParameter', message);
  }
  const wrong = probabilities.findIndex((probability) => !(probability >= 0 && probability <= 1));
  if (wrong < 0) return;
  const message = `Probability ${wrong} of the voice activity is ${probabilities[wrong]}; expected 0 to 1.`;
  throw new FerrumError('InvalidParameter', message);
}
