import assert from 'node:assert/strict';
import type { SpeechOptions, TtsEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { collect } from '../engine/collect.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertAudible, joinSamples, type SpeechTexts, speak } from './spoken.js';

/** Options of every engine, out of range. */
const outOfRange: Readonly<Record<string, SpeechOptions>> = {
  'no frames in a chunk': { chunkFrames: 0 },
  'half a frame in a chunk': { chunkFrames: 1.5 },
  'a negative pause': { sentencePause: -1 },
  'a pause that is no number': { sentencePause: Number.NaN },
  'negative noise': { noiseScale: -1 },
  'a way with emoji that there is not': { emoji: 'sing' as 'drop' },
};

/** Texts at the edge of what there is, and what is no text. */
export function speechInputs(subject: Subject<TtsEngine>, { sentence }: SpeechTexts): void {
  const { test } = subject;
  const say = (text: string, options?: SpeechOptions) => collect(subject.engine.synthesizeStream(text, options));

  for (const text of ['', '   ', '\n\n', '!!!', '…']) {
    test(`refuses ${JSON.stringify(text)}, in which there is nothing to say`, async () => {
      await rejection(() => subject.engine.synthesizeSpeech(text), 'RequestValidation');
      await rejection(() => say(text), 'RequestValidation');
    });
  }

  test('refuses what is no text', async () => {
    for (const wrong of [42, null, undefined, {}]) {
      await rejection(() => say(wrong as unknown as string), 'InvalidParameter', 'RequestValidation');
    }
  });

  for (const [what, text] of Object.entries({
    emoji: `👩‍👩‍👧 ${sentence} 🎉`,
    'control characters': `\u0007${sentence}\u0000`,
    'half a surrogate pair': `${sentence} \ud83d`,
    'a word of 300 letters': 'a'.repeat(300),
    'a text on many lines': sentence.replaceAll(' ', '\n'),
    'numbers and signs': '3 + 4 = 7; 20 %, $5.50',
  })) {
    test(`speaks ${what}, or refuses it as invalid`, async () => {
      try {
        assertAudible(joinSamples(await subject.engine.synthesizeSpeech(text)), 'The speech');
      } catch (error) {
        if (!FerrumError.isInstance(error) || error.code !== 'RequestValidation') throw error;
      }
    });
  }

  for (const [what, options] of Object.entries(outOfRange)) {
    test(`refuses ${what}`, async () => {
      await rejection(() => say(sentence, options), 'InvalidParameter', 'Unsupported');
    });
  }

  test('refuses an option that it does not know', async () => {
    const unknown = { sped: 2 } as SpeechOptions;
    const { message } = await rejection(() => say(sentence, unknown), 'InvalidParameter', 'Unsupported');
    assert.match(message, /sped/, 'The message does not name the option.');
  });

  test('waits between sentences as long as it is told, or refuses to', async () => {
    const { engine } = subject;
    const durations: number[] = [];
    for (const sentencePause of [0, 2]) {
      const text = `${sentence} ${sentence}`;
      const spoken = await unlessUnsupported(() => speak(engine.synthesizeStream(text, { sentencePause })));
      if (!spoken) return;
      durations.push(spoken.duration);
    }
    const [without = Number.NaN, withPause = Number.NaN] = durations;
    // Without a seed each sentence may be somewhat longer or shorter.
    assert.ok(withPause - without > 1, `${without} s without a pause, ${withPause} s with one of 2 s.`);
  });

  test('is the same each time without noise, or refuses to be', async () => {
    const { engine } = subject;
    const options = { noiseScale: 0, durationNoiseScale: 0 };
    const first = await unlessUnsupported(() => speak(engine.synthesizeStream(sentence, options)));
    if (!first) return;
    const second = await speak(engine.synthesizeStream(sentence, options));
    assert.equal(second.samples.length, first.samples.length, 'The lengths differ.');
  });
}

async function unlessUnsupported<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (FerrumError.isInstance(error) && error.code === 'Unsupported') return undefined;
    throw error;
  }
}
