import type { TranscribeOptions } from '@ferrum/interfaces';
import { checkFeature, checkOptionNames, invalidParameter } from './mock-request-checks.js';

export const mockTranscriberFeatures: readonly string[] = [
  'streaming',
  'live',
  'batching',
  'word-timestamps',
  'language-detection',
  'translation',
  'voice-activity-detection',
];

/** ISO 639-1. */
export const mockLanguages: readonly string[] = ['en', 'de', 'es', 'fr'];

const names = [
  ...['language', 'multilingual', 'task', 'wordTimestamps', 'vadFilter', 'batchSize'],
  ...['onStart', 'onProgress', 'signal'],
];

/** @throws FerrumError `InvalidParameter` naming the option, `Unsupported` for what the features do not cover. */
export function checkTranscribeOptions(
  options: TranscribeOptions,
  features: readonly string[],
  use?: 'streaming' | 'live',
): void {
  checkOptionNames(options, names);
  const { language, multilingual, task, wordTimestamps, vadFilter, batchSize = 1 } = options;
  if (use) checkFeature(features, use, true);
  checkFeature(features, 'language-detection', multilingual === true);
  checkFeature(features, 'translation', task === 'translate');
  checkFeature(features, 'word-timestamps', wordTimestamps === true);
  checkFeature(features, 'voice-activity-detection', vadFilter === true);
  checkFeature(features, 'batching', batchSize > 1);
  if (language !== undefined && !mockLanguages.includes(language)) {
    throw invalidParameter('language', `is ${JSON.stringify(language)}; there are ${mockLanguages.join(', ')}`);
  }
  if (task !== undefined && task !== 'transcribe' && task !== 'translate') {
    throw invalidParameter('task', `is ${task}; there are transcribe, translate`);
  }
}
