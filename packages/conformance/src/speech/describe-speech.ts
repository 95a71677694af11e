import type { TtsEngine } from '@ferrum/interfaces';
import type { ConformanceOptions, EngineFactory } from '../conformance-options.js';
import { engineContract } from '../engine/engine-contract.js';
import { describeSubject } from '../engine/subject.js';
import type { TestRunner } from '../runner/test-runner.js';
import { soundFeatures } from './sound-features.js';
import { speechInputs } from './speech-inputs.js';
import { speechResults } from './speech-results.js';
import { type SpeechTexts, speak } from './spoken.js';
import { voiceTests } from './voices.js';
import { writtenWhileSpoken } from './written-while-spoken.js';

export interface SpeechSuiteOptions extends ConformanceOptions {
  /** Sentences in the language of the engine's first voice, at least three of at least four words. Default: English ones. */
  readonly sentences?: readonly string[];
}

const english = [
  'The ferry leaves at seven in the morning.',
  'Nobody had watered the tomatoes for a week.',
  'A new bridge was built over the river in spring.',
  'She plays the cello better than her teacher did.',
];

/** The contract of `speech`. */
export function describeSpeech(
  runner: TestRunner,
  open: EngineFactory<TtsEngine>,
  { sentences = english, ...options }: SpeechSuiteOptions,
): void {
  const texts: SpeechTexts = { sentence: sentences[0] ?? '', sentences, text: sentences.join(' ') };
  describeSubject(runner, { ...options, capability: 'speech', open }, (subject) => {
    engineContract(subject, {
      // Without a seed the sound may differ each time; that there is one does not.
      short: async (engine, { signal }) =>
        (await speak(engine.synthesizeStream(texts.sentence, { signal }))).samples.length > 0,
      long: (engine, { signal }) => engine.synthesizeSpeech(texts.text, undefined, undefined, { signal }),
    });
    speechResults(subject, texts);
    speechInputs(subject, texts);
    voiceTests(subject, texts);
    writtenWhileSpoken(subject, texts);
    soundFeatures(subject, texts);
  });
}
