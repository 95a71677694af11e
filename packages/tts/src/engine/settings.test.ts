import { describe, expect, it } from 'vitest';
import { letterPhonemizer } from '../testing/stand-in-voices.js';
import { parseEngineOptions } from './engine-options.js';
import { checkSpeechOptions } from './speech-settings.js';

describe('options of a call', () => {
  it('have defaults, and take undefined as not given', () => {
    const defaults = { speed: 1, wordTimestamps: false, sentencePause: 0.3, emoji: 'drop' };
    expect(checkSpeechOptions({})).toEqual(defaults);
    expect(checkSpeechOptions({ speed: undefined, voice: undefined, signal: undefined } as never)).toEqual(defaults);
  });

  it('may be at their limits', () => {
    const signal = AbortSignal.timeout(1000);
    for (const options of [
      { speed: 0.25 },
      { speed: 4, seed: 2 ** 53 - 1, signal },
      { seed: 0, chunkFrames: 1, noiseScale: 0, durationNoiseScale: 2, lengthScale: 4 },
      { loudness: -69.9, sentencePause: 0, language: 'zh-Hant-TW' },
      { loudness: -5, sentencePause: 10, voice: ' joe ' },
    ]) {
      const given = 'voice' in options ? { ...options, voice: 'joe' } : options;
      expect(checkSpeechOptions(options)).toMatchObject(given);
    }
  });

  it.each([
    ['speed', 0],
    ['speed', 0.2],
    ['speed', 4.1],
    ['speed', Number.NaN],
    ['speed', Number.POSITIVE_INFINITY],
    ['speed', '1'],
    ['voice', ''],
    ['voice', '  '],
    ['voice', 3],
    ['language', ''],
    ['language', 'not a language'],
    ['language', 5],
    ['seed', -1],
    ['loudness', -70],
    ['durationNoiseScale', 2.1],
    ['lengthScale', 4.1],
    ['seed', 0.5],
    ['seed', 2 ** 53],
    ['chunkFrames', 0],
    ['chunkFrames', 1.5],
    ['chunkFrames', Number.POSITIVE_INFINITY],
    ['wordTimestamps', 'yes'],
    ['noiseScale', -0.1],
    ['noiseScale', 11],
    ['durationNoiseScale', Number.NaN],
    ['lengthScale', 0],
    ['lengthScale', 11],
    ['loudness', -71],
    ['loudness', 0],
    ['sentencePause', -1],
    ['sentencePause', 11],
    ['emoji', 'sing'],
    ['signal', {}],
  ])('%s: %j is refused by name', (name, value) => {
    expect(() => checkSpeechOptions({ [name]: value } as never)).toThrow(
      expect.objectContaining({
        code: 'InvalidParameter',
        message: expect.stringContaining(name),
        details: { parameter: name },
      }),
    );
  });

  it('that are unknown are refused by name', () => {
    expect(() => checkSpeechOptions({ rate: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining('"rate"') }),
    );
  });

  it.each([null, 'fast', 7])('that are %j are refused', (options) => {
    expect(() => checkSpeechOptions(options as never)).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
  });
});

describe('options of an engine', () => {
  it('have defaults', () => {
    const options = parseEngineOptions({});
    expect(options).toMatchObject({ phonemizer: 'espeak-ng', maxRequests: 64, drainTimeoutMs: 5000 });
    expect(options.threads).toBeGreaterThanOrEqual(1);
    expect(options.arithmetic).toBeUndefined();
  });

  it('take a phonemizer itself', () => {
    const phonemizer = letterPhonemizer();
    expect(parseEngineOptions({ phonemizer }).phonemizer).toBe(phonemizer);
  });

  it.each([
    ['threads', 0],
    ['threads', 1.5],
    ['threads', 5000],
    ['arithmetic', 'int4'],
    ['libraryPath', ''],
    ['phonemizer', ''],
    ['phonemizer', {}],
    ['phonemizer', { phonemize: 'text' }],
    ['maxRequests', 0],
    ['drainTimeoutMs', -1],
    ['drainTimeoutMs', Number.POSITIVE_INFINITY],
  ])('%s: %j is refused by name', (name, value) => {
    expect(() => parseEngineOptions({ [name]: value })).toThrow(
      expect.objectContaining({
        code: 'InvalidParameter',
        message: expect.stringMatching(`@ferrum/tts: ${name}`),
        details: { parameter: name },
      }),
    );
  });

  it('that are unknown are refused by name', () => {
    expect(() => parseEngineOptions({ lanes: 2 })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining('"lanes"') }),
    );
  });
});
