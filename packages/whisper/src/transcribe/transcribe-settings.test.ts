import type { TranscribeOptions } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { checkTranscribeOptions } from './transcribe-settings.js';

const check = (options: unknown, source: 'recorded' | 'live' = 'recorded') =>
  checkTranscribeOptions(options as TranscribeOptions, source);

describe('options of a transcription', () => {
  it('have the defaults of faster-whisper', () => {
    expect(check({})).toMatchObject({
      ...{ language: undefined, languageDetectionThreshold: 0.5, languageDetectionSegments: 1, multilingual: false },
      ...{ task: 'transcribe', wordTimestamps: false, vadFilter: false, batchSize: 1, clipTimestamps: [] },
      ...{ beamSize: 5, bestOf: 5, patience: 1, lengthPenalty: 1, repetitionPenalty: 1, noRepeatNgramSize: 0 },
      ...{ temperatures: [0, 0.2, 0.4, 0.6, 0.8, 1], compressionRatioThreshold: 2.4, logProbThreshold: -1 },
      ...{ noSpeechThreshold: 0.6, conditionOnPreviousText: true, promptResetOnTemperature: 0.5 },
      ...{ suppressBlank: true, suppressTokens: [-1], withoutTimestamps: false, maxInitialTimestamp: 1 },
    });
  });

  it('have those of its batched pipeline with a batchSize', () => {
    const batched = check({ batchSize: 4, vadFilter: true });
    expect(batched).toMatchObject({ withoutTimestamps: true, maxInitialTimestamp: 0 });
    expect(check({ batchSize: 4, vadFilter: true, withoutTimestamps: false }).withoutTimestamps).toBe(false);
  });

  it.each<[string, Record<string, unknown>]>([
    ['language', { language: 'klingonese' }],
    ['language', { language: '' }],
    ['language', { language: 5 }],
    ['languageDetectionThreshold', { languageDetectionThreshold: 1.5 }],
    ['languageDetectionSegments', { languageDetectionSegments: 0 }],
    ['multilingual', { multilingual: 'yes' }],
    ['task', { task: 'summarize' }],
    ['wordTimestamps', { wordTimestamps: 1 }],
    ['prependPunctuations', { prependPunctuations: ['"'] }],
    ['appendPunctuations', { appendPunctuations: null }],
    ['vadFilter', { vadFilter: 'on' }],
    ['vadParameters', { vadFilter: true, vadParameters: 5 }],
    ['vadParameters', { vadParameters: { threshold: 0.5 } }],
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: 2.5, vadFilter: true }],
    ['batchSize', { batchSize: 2 }],
    ['clipTimestamps', { clipTimestamps: '0,5' }],
    ['clipTimestamps', { clipTimestamps: [{ start: 1, end: 2 }], vadFilter: true }],
    ['clipTimestamps', { clipTimestamps: [{ start: 2, end: 1 }] }],
    ['clipTimestamps', { clipTimestamps: [{ start: 1, end: 1 }] }],
    [
      'clipTimestamps',
      {
        clipTimestamps: [
          { start: 0, end: 3 },
          { start: 2, end: 4 },
        ],
      },
    ],
    ['clipTimestamps', { clipTimestamps: [{ start: 0 }, { start: 2, end: 4 }] }],
    ['beamSize', { beamSize: 0 }],
    ['beamSize', { beamSize: 1.5 }],
    ['beamSize', { beamSize: 1000 }],
    ['bestOf', { bestOf: -1 }],
    ['patience', { patience: 0 }],
    ['patience', { patience: Number.NaN }],
    ['lengthPenalty', { lengthPenalty: Number.POSITIVE_INFINITY }],
    ['repetitionPenalty', { repetitionPenalty: 0 }],
    ['repetitionPenalty', { repetitionPenalty: 1e-300 }],
    ['noRepeatNgramSize', { noRepeatNgramSize: -2 }],
    ['temperature', { temperature: -0.1 }],
    ['temperature', { temperature: [] }],
    ['temperature', { temperature: 'hot' }],
    ['compressionRatioThreshold', { compressionRatioThreshold: 0 }],
    ['logProbThreshold', { logProbThreshold: 'low' }],
    ['noSpeechThreshold', { noSpeechThreshold: 2 }],
    ['conditionOnPreviousText', { conditionOnPreviousText: 0 }],
    ['promptResetOnTemperature', { promptResetOnTemperature: -1 }],
    ['initialPrompt', { initialPrompt: 7 }],
    ['prefix', { prefix: 5 }],
    ['prefix', { prefix: 'a', batchSize: 2, vadFilter: true }],
    ['hotwords', { hotwords: 'a', prefix: 'b' }],
    ['suppressBlank', { suppressBlank: 'no' }],
    ['suppressTokens', { suppressTokens: -1 }],
    ['withoutTimestamps', { withoutTimestamps: 'no' }],
    ['maxInitialTimestamp', { maxInitialTimestamp: 31 }],
    ['maxNewTokens', { maxNewTokens: 0 }],
    ['hallucinationSilenceThreshold', { hallucinationSilenceThreshold: 2 }],
    ['hallucinationSilenceThreshold', { hallucinationSilenceThreshold: 0, wordTimestamps: true }],
    ['onProgress', { onProgress: true }],
    ['signal', { signal: {} }],
  ])('refuse a bad %s: %j', (name, options) => {
    const found = catchError(() => check(options));
    expect(found).toMatchObject({ code: 'InvalidParameter', message: expect.stringContaining(name) });
    expect(String((found as { details: { parameter: string } }).details.parameter).split(/[.[]/)[0]).toBe(name);
  });

  it('refuse what is no option, by its name', () => {
    const refusal = { code: 'InvalidParameter', message: expect.stringContaining('beam_size') };
    expect(catchError(() => check({ beam_size: 5 }))).toMatchObject(refusal);
  });

  it('refuse a bad value of vadParameters', () => {
    const refusal = { code: 'InvalidParameter', message: expect.stringContaining('threshold') };
    expect(catchError(() => check({ vadFilter: true, vadParameters: { threshold: 5 } }))).toMatchObject(refusal);
    expect(catchError(() => check({ vadFilter: true, vadParameters: { treshold: 0.5 } }))).toMatchObject({
      code: 'InvalidParameter',
    });
  });

  it('refuse speech longer than a window where it would be cut off', () => {
    const vadParameters = { maxSpeechDurationSeconds: 40 };
    const refusal = { code: 'InvalidParameter', details: { parameter: 'maxSpeechDurationSeconds' } };
    expect(catchError(() => check({ vadFilter: true, vadParameters, batchSize: 4 }))).toMatchObject(refusal);
    expect(catchError(() => check({ vadParameters }, 'live'))).toMatchObject(refusal);
    expect(catchError(() => check({ vadFilter: true, vadParameters }), true)).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>]>([
    ['clipTimestamps', { clipTimestamps: [{ start: 0, end: 1 }] }],
    ['vadFilter', { vadFilter: true }],
    ['batchSize', { batchSize: 4, vadFilter: true }],
    ['onProgress', { onProgress: () => {} }],
  ])('refuse %s with live audio', (parameter, options) => {
    expect(catchError(() => check(options, 'live'))).toMatchObject({
      code: 'InvalidParameter',
      details: { parameter },
    });
    expect(catchError(() => check({ vadParameters: { threshold: 0.4 } }, 'live'), true)).toBeUndefined();
  });

  it.each([null, 5, 'en'])('refuse %j in their place', (options) => {
    expect(catchError(() => check(options))).toMatchObject({ code: 'InvalidParameter' });
  });
});

function catchError(run: () => unknown, mayPass = false): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  if (mayPass) return undefined;
  throw new Error('nothing was thrown');
}
