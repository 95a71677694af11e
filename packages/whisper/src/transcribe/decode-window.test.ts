import { beforeAll, describe, expect, it } from 'vitest';
import type { HeardWindow, SearchPrompt } from '../engine/decoding-jobs.js';
import type { DecodingLoop } from '../engine/decoding-loop.js';
import type { RowLogits, Search } from '../search/search.js';
import { type ExpectedFallback, expectedWindows } from '../testing/expected-windows.js';
import { tinyTokens } from '../testing/tiny-tokens.js';
import type { WhisperTokens } from '../tokens/whisper-tokens.js';
import { compressionRatio, decodeWindow, isSilent } from './decode-window.js';
import { windowPrompt } from './prompt.js';
import type { SpeechModel } from './speech-model.js';
import { checkTranscribeOptions } from './transcribe-settings.js';

let tokens: WhisperTokens;
let vocabularySize: number;
beforeAll(async () => {
  tokens = await tinyTokens();
  vocabularySize = tokens.timestampEnd + 1;
});

/** Answers each search with a text of a given mean log-probability. */
class FakeLoop implements Pick<DecodingLoop, 'search'> {
  tried = 0;

  constructor(private readonly expected: ExpectedFallback) {}

  async search(_window: HeardWindow, { observe }: SearchPrompt, search: Search): Promise<void> {
    const outcome = this.expected.outcomes[this.tried];
    if (!outcome) throw new Error('one temperature too many');
    this.tried += 1;
    observe?.read(this.#row(tokens.noSpeech, Math.log(this.expected.noSpeech)));
    const written = [...outcome.tokens, tokens.endOfText];
    let width = 1;
    for (const token of written) {
      const row = () => this.#row(token, outcome.logProb);
      width = search.next(Array.from({ length: width }, row)).length;
      if (width === 0) return;
    }
  }

  /** The token has its probability, and the first id; the rest is spread over the timestamps, so thin that nothing is likelier. */
  #row(token: number, logProb: number): RowLogits {
    const logits = new Float32Array(vocabularySize).fill(-Infinity);
    logits[token] = logProb;
    logits.fill(Math.log((1 - Math.exp(logProb)) / 1501), tokens.timestampBegin);
    return { logits, textLogSum: logProb };
  }
}

describe('a window whose text fails', () => {
  it.each(expectedWindows.fallbacks.map((expected, index) => ({ index, expected })))(
    'is decoded again as faster-whisper does it, case $index',
    async ({ expected }) => {
      const { temperatures, compressionRatioThreshold, logProbThreshold, noSpeechThreshold } = expected;
      const loop = new FakeLoop(expected);
      const config = { vocabularySize, maxTokens: expectedWindows.maxTokens };
      const model = { loop, tokens, config } as unknown as SpeechModel;
      const settings = checkTranscribeOptions(
        {
          ...{ temperature: temperatures, compressionRatioThreshold, logProbThreshold, noSpeechThreshold },
          ...{ beamSize: 1, bestOf: 1, withoutTimestamps: true, suppressTokens: [], suppressBlank: false },
        },
        'recorded',
      );
      const parts = { language: 'en', previous: [], hasPrefix: false };
      const prompt = windowPrompt(tokens, settings, parts, config.maxTokens);
      const found = await decodeWindow(model, { slot: 0 }, prompt, settings, () => 0);
      expect(loop.tried).toBe(expected.tried);
      expect(found.tokens).toEqual(expected.tokens);
      expect(found.temperature).toBe(expected.temperature);
      expect(found.avgLogprob).toBeCloseTo(expected.avgLogprob, 4);
      // Node.js carries another zlib than Python, which finds other matches in short texts.
      expect(found.compressionRatio).toBeCloseTo(expected.compressionRatio, 4);
      expect(found.noSpeechProb).toBeCloseTo(expected.noSpeech, 5);
      expect(found.text).toBe(tokens.decode(expected.tokens));
    },
  );
});

describe('a silent window', () => {
  it('is one without speech whose text is improbable', () => {
    const thresholds = { noSpeechThreshold: 0.6, logProbThreshold: -1 };
    expect(isSilent({ noSpeechProb: 0.7, avgLogprob: -1.5 }, thresholds)).toBe(true);
    expect(isSilent({ noSpeechProb: 0.7, avgLogprob: -0.5 }, thresholds)).toBe(false);
    expect(isSilent({ noSpeechProb: 0.5, avgLogprob: -1.5 }, thresholds)).toBe(false);
    expect(isSilent({ noSpeechProb: 0.9, avgLogprob: -0.1 }, { ...thresholds, logProbThreshold: null })).toBe(true);
    expect(isSilent({ noSpeechProb: 0.9, avgLogprob: -9 }, { ...thresholds, noSpeechThreshold: null })).toBe(false);
  });
});

it('measures how often a text repeats itself by zlib, as Python does', () => {
  // len(text) / len(zlib.compress(text)) in Python 3.11.
  expect(compressionRatio('la '.repeat(50))).toBeCloseTo(150 / 14, 6);
  expect(compressionRatio('')).toBe(0);
});

it.each([
  [
    'It was the best of times, it was the worst of times. It was the age of wisdom, it was the age of foolishness. It was the epoch of belief, it was the epoch of incredulity. It was the season of light, it was the season of darkness. It was the spring of hope, it was the winter of despair. We had everything before us, we had nothing before us. We were all going direct to heaven, we were all going direct the other way.',
    189,
  ],
  ['And so my fellow Americans ask not what your country can do for you ask what you can do for your country', 75],
  ['Ünïcödé 🎉 文字 '.repeat(20), 39],
  ['No matter. Try again. Fail again. Fail better. '.repeat(7), 45],
])('compresses as Python does: %.40s', (text, bytes) => {
  // len(zlib.compress(text.encode())) of Python 3.11.
  expect(compressionRatio(text)).toBe(Buffer.byteLength(text) / bytes);
});
