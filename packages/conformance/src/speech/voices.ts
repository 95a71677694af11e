import assert from 'node:assert/strict';
import type { SpeechOptions, TtsEngine } from '@ferrum/interfaces';
import { collect } from '../engine/collect.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertAudible, type SpeechTexts, speak } from './spoken.js';

/** Every voice of a model of many would take too long. */
const mostVoices = 3;

export function voiceTests(subject: Subject<TtsEngine>, { sentence }: SpeechTexts): void {
  const { test } = subject;
  const say = (options: SpeechOptions) => speak(subject.engine.synthesizeStream(sentence, options));

  test('lists its voices, each once, and speaks with them', async () => {
    const { engine } = subject;
    const voices = await engine.voices();
    assert.ok(voices.length > 0, 'voices() is empty.');
    assert.equal(new Set(voices.map(({ id }) => id)).size, voices.length, 'A voice is listed twice.');
    for (const { id, language, sampleRate } of voices) {
      assert.ok(id.length > 0 && language.length > 0, `A voice lacks its id or its language: "${id}", "${language}".`);
      assert.equal(sampleRate, engine.ttsSampleRate(), `The sample rate of ${id}`);
    }
    for (const { id } of voices.slice(0, mostVoices)) assertAudible((await say({ voice: id })).samples, `Voice ${id}`);
  });

  test('refuses a voice that there is not, and names one that may be meant', async () => {
    const [voice] = await subject.engine.voices();
    const wanted = `${voice?.id}x`;
    const { message } = await rejection(() => say({ voice: wanted }), 'NotFound', 'InvalidParameter');
    assert.ok(message.replaceAll(wanted, '').includes(voice?.id ?? ''), `The message names no voice: "${message}".`);
    await rejection(() => say({ voice: '' }), 'NotFound', 'InvalidParameter');
  });

  test('takes the language of its voice, and refuses one that there is not', async () => {
    const { engine } = subject;
    const [voice] = await engine.voices();
    const chunks = await engine.synthesizeSpeech(sentence, voice?.language);
    assert.ok(chunks.length > 0, 'There is no chunk.');
    // `qaa` is for private use: ISO 639-2.
    for (const language of ['qaa', 'not a language', '']) {
      const codes = ['InvalidParameter', 'Unsupported'] as const;
      await rejection(() => engine.synthesizeSpeech(sentence, language), ...codes);
      await rejection(() => collect(engine.synthesizeStream(sentence, { language })), ...codes);
    }
  });

  featureContract(subject, 'voice-blending', {
    works(it) {
      it('speaks with a voice made of two', async () => {
        const [first, second = first] = await subject.engine.voices();
        assertAudible((await say({ voice: `${first?.id}*0.6+${second?.id}*0.4` })).samples, 'The blended voice');
      });

      it('refuses a blend that is none', async () => {
        const [first] = await subject.engine.voices();
        for (const part of ['*', '*-1', '*0', '*x', '+']) {
          await rejection(() => say({ voice: `${first?.id}${part}` }), 'InvalidParameter', 'NotFound');
        }
      });
    },
    uses: {
      'a voice made of two': async (engine) => {
        const [first, second = first] = await engine.voices();
        return collect(engine.synthesizeStream(sentence, { voice: `${first?.id}*0.6+${second?.id}*0.4` }));
      },
    },
  });
}
