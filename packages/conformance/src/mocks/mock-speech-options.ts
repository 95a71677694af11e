import type { SpeechOptions, Voice } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { checkFeature, checkNumber, checkOptionNames, invalidParameter } from './mock-request-checks.js';

export const mockSpeakerFeatures: readonly string[] = [
  'streaming',
  'word-timestamps',
  'loudness',
  'voice-blending',
  'seed',
  'speed',
];

export function mockVoices(sampleRate: number): readonly Voice[] {
  return ['ann', 'ben'].map((id) => ({ id, language: 'en-US', sampleRate }));
}

const names = [
  ...['voice', 'language', 'speed', 'seed', 'chunkFrames', 'wordTimestamps', 'noiseScale', 'durationNoiseScale'],
  ...['lengthScale', 'loudness', 'sentencePause', 'emoji', 'signal'],
];

/** @throws FerrumError `InvalidParameter` naming the option, `Unsupported` for what the features do not cover. */
export function checkSpeechOptions(options: SpeechOptions, features: readonly string[], isWritten: boolean): void {
  checkOptionNames(options, names);
  const { speed, seed, chunkFrames, wordTimestamps, loudness, sentencePause, emoji, language } = options;
  checkFeature(features, 'streaming', isWritten);
  checkFeature(features, 'speed', speed !== undefined);
  checkFeature(features, 'seed', seed !== undefined);
  checkFeature(features, 'loudness', loudness !== undefined);
  checkFeature(features, 'word-timestamps', wordTimestamps === true);
  checkNumber('speed', speed, { from: 0.25, to: 4 });
  checkNumber('seed', seed, { from: 0, isWhole: true });
  checkNumber('chunkFrames', chunkFrames, { from: 1, isWhole: true });
  checkNumber('loudness', loudness, { from: -70, to: -5 });
  checkNumber('sentencePause', sentencePause, { from: 0 });
  for (const name of ['noiseScale', 'durationNoiseScale', 'lengthScale'] as const) {
    if (options[name] === undefined) continue;
    throw new FerrumError('Unsupported', `${name}: a mock has no noise.`, { details: { parameter: name } });
  }
  if (emoji !== undefined && emoji !== 'drop' && emoji !== 'name') {
    throw invalidParameter('emoji', `is ${emoji}; there are drop, name`);
  }
  if (language !== undefined && !language.startsWith('en')) {
    throw new FerrumError('Unsupported', `language: a mock speaks English, not ${JSON.stringify(language)}.`);
  }
}

/** @throws FerrumError `NotFound` for one that there is not, `Unsupported` for a blend without the feature. */
export function requireVoice(wanted: string | undefined, voices: readonly Voice[], features: readonly string[]): void {
  if (wanted === undefined) return;
  const isBlend = wanted.includes('+') || wanted.includes('*');
  checkFeature(features, 'voice-blending', isBlend);
  for (const part of wanted.split('+')) {
    const [id, weight = '1'] = part.split('*');
    if (!(Number(weight) > 0)) throw invalidParameter('voice', `has the weight ${weight}; weights are above 0`);
    if (voices.some((voice) => voice.id === id)) continue;
    const known = voices.map((voice) => voice.id).join(', ');
    throw new FerrumError('NotFound', `voice: there is no voice ${id}; there are ${known}.`);
  }
}
