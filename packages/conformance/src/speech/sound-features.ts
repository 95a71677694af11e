import assert from 'node:assert/strict';
import type { SpeechOptions, TtsEngine } from '@ferrum/interfaces';
import { collect } from '../engine/collect.js';
import { featureContract } from '../engine/feature-contract.js';
import { isNear } from '../engine/is-near.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertAudible, levelOf, type SpeechTexts, speak } from './spoken.js';

/** Of the difference of two levels, in dB: a limiter may hold back the louder one. */
const levelTolerance = 4;

/** How the speech sounds, and when its words come. */
export function soundFeatures(subject: Subject<TtsEngine>, { sentence, sentences, text }: SpeechTexts): void {
  const say = (options: SpeechOptions, what = sentence) => speak(subject.engine.synthesizeStream(what, options));
  const refuse = async (values: readonly SpeechOptions[]) => {
    for (const options of values) {
      await rejection(() => say(options), 'InvalidParameter');
    }
  };
  const uses = (what: string, options: SpeechOptions) => ({
    [what]: (engine: TtsEngine) => collect(engine.synthesizeStream(sentence, options)),
  });

  featureContract(subject, 'speed', {
    works(test) {
      test('2 takes about half as long as 1', async () => {
        const [usual, fast] = [await say({ speed: 1 }, text), await say({ speed: 2 }, text)];
        const ratio = fast.duration / usual.duration;
        assert.ok(ratio > 0.35 && ratio < 0.75, `${usual.duration} s at speed 1, ${fast.duration} s at speed 2.`);
      });
      test('refuses one that cannot be', () =>
        refuse([{ speed: 0 }, { speed: -1 }, { speed: Number.NaN }, { speed: Number.POSITIVE_INFINITY }]));
    },
    uses: uses('another speed', { speed: 2 }),
  });

  featureContract(subject, 'seed', {
    works(test) {
      test('the same one makes the same sound, beside others too', async () => {
        const first = await say({ seed: 7 });
        const [second] = await Promise.all([say({ seed: 7 }), say({ seed: 8 })]);
        assert.equal(second.samples.length, first.samples.length, 'The lengths differ.');
        const differs = second.samples.findIndex((sample, index) => !isNear(sample, first.samples[index] ?? 2, 1e-3));
        assert.ok(differs < 0, `The sounds differ from sample ${differs} on.`);
      });
      test('refuses one that cannot be', () =>
        refuse([{ seed: -1 }, { seed: 1.5 }, { seed: Number.NaN }, { seed: 2 ** 53 }]));
    },
    uses: uses('a seed', { seed: 7 }),
  });

  featureContract(subject, 'loudness', {
    works(test) {
      test('speaks as loud as it is told', async () => {
        const [soft, loud] = [await say({ loudness: -33 }, text), await say({ loudness: -21 }, text)];
        assertAudible(soft.samples, 'The soft speech');
        assertAudible(loud.samples, 'The loud speech');
        const difference = levelOf(loud.samples) - levelOf(soft.samples);
        assert.ok(isNear(difference, 12, levelTolerance), `12 LU are ${difference.toFixed(1)} dB.`);
      });
      test('refuses one that cannot be', () => refuse([{ loudness: -80 }, { loudness: 1 }, { loudness: Number.NaN }]));
    },
    uses: uses('a loudness', { loudness: -20 }),
  });

  featureContract(subject, 'word-timestamps', {
    works(test) {
      test('tells when each word of the text is said, in order and within the speech', async () => {
        const { words, duration, chunks } = await say({ wordTimestamps: true }, text);
        for (const chunk of chunks) assert.ok(chunk.words, 'A chunk lacks words.');
        let last = 0;
        for (const { word, start, end } of words) {
          assert.ok(start >= last, `"${word}" starts at ${start} s, before the word before it.`);
          assert.ok(end >= start && end <= duration + 1e-3, `"${word}" ends at ${end} s of ${duration} s.`);
          last = start;
        }
        assert.ok(last > duration / 2, `The last word starts at ${last} s of ${duration} s.`);
        const said = words.map(({ word }) => lettersOf(word)).join(' ');
        assert.equal(said.trim(), lettersOf(sentences.join(' ')), 'The words are not those of the text.');
      });
      test('tells nothing when it is not asked to', async () => {
        for (const { words } of (await say({})).chunks) assert.equal(words, undefined);
      });
    },
    uses: uses('the times of words', { wordTimestamps: true }),
  });
}

function lettersOf(text: string): string {
  return (text.match(/[\p{L}\p{N}\p{M}']+/gu) ?? []).join(' ');
}
