import assert from 'node:assert/strict';
import type { TranscribeEngine } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { isNear } from '../engine/is-near.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import type { Recording } from './recording.js';
import { assertSegments } from './segments.js';

export function languageAndTask(subject: Subject<TranscribeEngine>, recording: Recording): void {
  const { audio, bytes, duration, language, text } = recording;

  subject.test('refuses a language that there is not, before it listens', async () => {
    for (const wrong of ['xx', 'not a language', '']) {
      await rejection(() => subject.engine.transcribeBytes(bytes, wrong), 'InvalidParameter', 'Unsupported');
      await rejection(() => subject.engine.transcribe(audio, { language: wrong }), 'InvalidParameter', 'Unsupported');
    }
  });

  featureContract(subject, 'language-detection', {
    works(test) {
      test('says which language it heard, and how probable each is', async () => {
        const result = await subject.engine.transcribe(audio);
        const { languageProbabilities = {}, languageProbability } = result;
        const all = Object.values(languageProbabilities);
        assert.ok(all.length > 1, 'languageProbabilities names one language at most.');
        assert.ok(
          all.every((probability) => probability >= 0 && probability <= 1),
          'A probability is not between 0 and 1.',
        );
        const sum = all.reduce((total, probability) => total + probability, 0);
        assert.ok(isNear(sum, 1, 0.01), `The probabilities add up to ${sum}.`);
        const own = languageProbabilities[result.language] ?? Number.NaN;
        assert.ok(languageProbability !== undefined, 'languageProbability is absent.');
        assert.ok(isNear(own, languageProbability, 1e-6), `${result.language} is ${languageProbability}, and ${own}.`);
        assert.equal(own, Math.max(...all), 'The language heard is not the most probable one.');
        if (text !== undefined) assert.equal(result.language, language);
      });
    },
    uses: { 'a language that changes (multilingual)': (engine) => engine.transcribe(audio, { multilingual: true }) },
  });

  featureContract(subject, 'translation', {
    works(test) {
      test('writes a translation, and says that it is one', async () => {
        const result = await subject.engine.transcribe(audio, { language, task: 'translate' });
        assert.equal(result.task, 'translate');
        assert.equal(result.language, language, 'language is that which is spoken.');
        assertSegments(result.segments, duration);
        if (text !== undefined) assert.notEqual(result.text.trim(), '', 'The translation is empty.');
      });
    },
    uses: { 'a translation': (engine) => engine.transcribe(audio, { language, task: 'translate' }) },
  });
}
