import assert from 'node:assert/strict';
import type { EmbedEngine, EmbedInput, EmbedOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertSameVector, assertVector } from './vectors.js';

/** Longer than any model reads: 200 000 words. */
const endless = 'water under the bridge '.repeat(50_000);

/** Texts at the edge of what there is, and what is no text. */
export function embeddingInputs(subject: Subject<EmbedEngine>): void {
  const { test } = subject;

  const odd: Readonly<Record<string, string>> = {
    'an empty text': '',
    'a text of white space': ' \n\t ',
    'text from right to left': 'שלום עולם، مرحبا بالعالم',
    'emoji made of several characters': '👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪',
    'a letter under a hundred accents': `a${'\u0301'.repeat(100)}`,
    'control characters': 'null \u0000 bell \u0007 escape \u001b',
    'text without spaces': '今天天气很好我们去公园散步吧',
    'half a surrogate pair': 'broken \ud83d here',
  };
  for (const [what, text] of Object.entries(odd)) {
    test(`embeds ${what}, or refuses it as invalid`, async () => {
      const vector = await unlessInvalid(() => subject.engine.embedText(text));
      if (vector) assertVector(vector, subject.engine.embeddingDim(), `The embedding of ${what}`);
    });
  }

  featureContract(subject, 'truncation', {
    works(check) {
      check("cuts a very long text with truncate: 'end', so that its end makes no difference", async () => {
        const { engine } = subject;
        const cut = await engine.embedText(endless, { truncate: 'end' });
        assertVector(cut, engine.embeddingDim(), 'The embedding of a long text');
        const other = await engine.embedText(`${endless} and something quite different`, { truncate: 'end' });
        assertSameVector(cut, other, 'The cut text, with another end');
      });

      check("refuses a very long text with truncate: 'error', and goes on working", async () => {
        const { engine } = subject;
        await rejection(() => engine.embedText(endless, { truncate: 'error' }), 'RequestValidation');
        const texts = ['short', endless];
        const { message } = await rejection(() => engine.embedTexts(texts, { truncate: 'error' }), 'RequestValidation');
        assert.match(message, /1/, 'The message does not say which of the texts is too long.');
        await engine.embedText('short', { truncate: 'error' });
      });
    },
    uses: {
      "truncate: 'end'": (engine) => engine.embedText('short', { truncate: 'end' }),
      "truncate: 'error'": (engine) => engine.embedTexts(['short'], { truncate: 'error' }),
    },
  });

  for (const [what, wrong] of [
    ['a number', 42],
    ['null', null],
    ['undefined', undefined],
    ['an object', {}],
  ] as const) {
    test(`refuses ${what} for a text`, async () => {
      const { engine } = subject;
      const input = wrong as unknown as string;
      await rejection(() => engine.embedText(input), 'RequestValidation', 'InvalidParameter');
      await rejection(() => engine.embedTexts(['fine', input]), 'RequestValidation', 'InvalidParameter');
    });
  }

  test('refuses a text where a list of texts is expected', async () => {
    const text = 'not a list' as unknown as readonly EmbedInput[];
    await rejection(() => subject.engine.embedTexts(text), 'RequestValidation', 'InvalidParameter');
  });

  test('refuses an option that it does not know, and a truncate that there is not', async () => {
    const { engine } = subject;
    const unknown = { trunkate: 'end' } as EmbedOptions;
    const { message } = await rejection(() => engine.embedTexts(['x'], unknown), 'InvalidParameter', 'Unsupported');
    assert.match(message, /trunkate/, 'The message does not name the option.');
    const start = { truncate: 'start' } as unknown as EmbedOptions;
    await rejection(() => engine.embedTexts(['x'], start), 'InvalidParameter', 'Unsupported');
  });
}

async function unlessInvalid<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (FerrumError.isInstance(error) && error.code === 'RequestValidation') return undefined;
    throw error;
  }
}
