import { FerrumError } from '@ferrum/registry';
import { describe, expect, it } from 'vitest';
import { inWordsOfTranscription, isAboutFlag } from './transcription-errors.js';

const error = (message: string, parameter?: string) =>
  new FerrumError('InvalidParameter', message, { details: parameter === undefined ? {} : { parameter } });

describe('an error of an engine', () => {
  it.each([
    ['batchSize: 8 needs vadFilter: true, which', 'batchSize', '--batch-size: 8 needs --vad, which'],
    ['logProbThreshold: expected number', 'logProbThreshold', '--logprob-threshold: expected number'],
    ['temperature: expected at most 10', 'temperature', '--temperature: expected at most 10'],
    ['clipTimestamps[1] ends at 1 s', 'clipTimestamps', '--clip[1] ends at 1 s'],
    [
      'negThreshold must be a number from 0 to 0.5',
      'negThreshold',
      '--vad-neg-threshold must be a number from 0 to 0.5',
    ],
    ['"xx" is not a language that Whisper knows.', 'language', '"xx" is not a language that Whisper knows.'],
    ['The audio is too long (maxDurationSeconds).', undefined, 'The audio is too long (--max-audio-seconds).'],
    ['the temperature: of the room', undefined, 'the temperature: of the room'],
  ])('%j about %s says %j', (message, parameter, said) => {
    expect(inWordsOfTranscription(error(message, parameter)).message).toBe(said);
  });

  it('is about a flag when it names its option', () => {
    expect(isAboutFlag(error('', 'beamSize'))).toBe(true);
    expect(isAboutFlag(error('', 'clipTimestamps[0].start'))).toBe(true);
    expect(isAboutFlag(error('', 'audio'))).toBe(false);
    expect(isAboutFlag(error('', 'constructor'))).toBe(false);
    expect(isAboutFlag(new Error('beamSize'))).toBe(false);
  });
});
