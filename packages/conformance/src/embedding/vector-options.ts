import assert from 'node:assert/strict';
import type { EmbeddingEncoding, EmbedEngine } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertSameVector, assertUnitLength, assertVector, cosine, prefixOf } from './vectors.js';

const text = 'The lighthouse keeper wrote every night.';

/** What a request may ask for beside a plain embedding. */
export function vectorOptions(subject: Subject<EmbedEngine>): void {
  featureContract(subject, 'dimensions', {
    works(test) {
      test('gives the first values of the embedding, of length 1 again', async () => {
        const { engine } = subject;
        const whole = await engine.embedText(text);
        for (const dimensions of [1, Math.ceil(whole.length / 2)]) {
          const cut = await engine.embedText(text, { dimensions });
          assertVector(cut, dimensions, `An embedding of ${dimensions} values`);
          assertUnitLength(cut, `An embedding of ${dimensions} values`);
          assertSameVector(cut, prefixOf(whole, dimensions), `The first ${dimensions} values`);
          assert.equal((await engine.embedTexts([text], { dimensions })).dimensions, dimensions);
        }
      });

      test('gives all values when asked for all', async () => {
        const { engine } = subject;
        const all = await engine.embedText(text, { dimensions: engine.embeddingDim() });
        assertSameVector(all, await engine.embedText(text), 'All values');
      });

      test('refuses a number of values that cannot be', async () => {
        const { engine } = subject;
        for (const dimensions of [0, -1, 1.5, Number.NaN, engine.embeddingDim() + 1]) {
          await rejection(() => engine.embedText(text, { dimensions }), 'InvalidParameter');
        }
      });
    },
    uses: {
      'an embedding cut to fewer values': (engine) =>
        engine.embedText(text, { dimensions: Math.ceil(engine.embeddingDim() / 2) }),
    },
  });

  featureContract(subject, 'output-quantization', {
    works(test) {
      test('int8 is each value × 127 / the largest magnitude, rounded', async () => {
        const values = await subject.engine.embedText(text);
        const { embeddings, encoding } = await subject.engine.embedTexts([text], { encoding: 'int8' });
        const [found] = embeddings;
        assert.equal(encoding, 'int8');
        assert.ok(found instanceof Int8Array, 'The embedding is no Int8Array.');
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assert.equal(found.length, values.length);
        for (const [index, value] of values.entries()) {
          const expected = Math.round((value * 127) / largest);
          // Off by one where another computation of the value falls on the other side of a half.
          assert.ok(Math.abs((found[index] ?? Number.NaN) - expected) <= 1, `Value ${index} is ${found[index]}.`);
        }
      });

      test('binary has a bit per value, the first in the highest bit, set where it is positive', async () => {
        const values = await subject.engine.embedText(text);
        const { embeddings, encoding, dimensions } = await subject.engine.embedTexts([text], { encoding: 'binary' });
        const [found] = embeddings;
        assert.equal(encoding, 'binary');
        assert.equal(dimensions, values.length, 'dimensions counts values, not bytes.');
        assert.ok(found instanceof Uint8Array, 'The embedding is no Uint8Array.');
        assert.equal(found.length, Math.ceil(values.length / 8));
        for (const [index, value] of values.entries()) {
          const bit: number = ((found[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
          // A value of almost nothing may have either sign on another occasion.
          if (Math.abs(value) > 1e-6)
            assert.equal(bit, value > 0 ? 1 : 0, `Bit ${index} is ${bit}; the value ${value}.`);
        }
      });

      test('refuses an encoding that there is not', async () => {
        const encoding = 'int4' as EmbeddingEncoding;
        await rejection(() => subject.engine.embedTexts([text], { encoding }), 'InvalidParameter');
      });
    },
    uses: {
      'embeddings of int8': (engine) => engine.embedTexts([text], { encoding: 'int8' }),
      'embeddings of bits': (engine) => engine.embedTexts([text], { encoding: 'binary' }),
    },
  });

  featureContract(subject, 'token-input', {
    works(test) {
      test('embeds token ids, alone and beside texts', async () => {
        const { engine } = subject;
        const { embeddings, usage } = await engine.embedTexts([[1, 2, 3], text, [1, 2, 3]]);
        const [first, , third] = embeddings;
        assertVector(first, engine.embeddingDim(), 'The embedding of token ids');
        assertVector(third, engine.embeddingDim(), 'The embedding of token ids');
        assertSameVector(first, third, 'The same token ids');
        const ofText = (await engine.embedTexts([text])).usage.promptTokens;
        assert.equal(usage.promptTokens, ofText + 6, 'Token ids are counted as what they are.');
      });

      test('refuses what is no token of the model, and no tokens at all', async () => {
        for (const ids of [[], [-1], [1.5], [Number.NaN], [2 ** 31], ['1']] as readonly (readonly number[])[]) {
          await rejection(() => subject.engine.embedTexts([ids]), 'RequestValidation', 'InvalidParameter');
        }
      });
    },
    uses: { 'token ids for a text': (engine) => engine.embedTexts([[1, 2, 3]]) },
  });

  featureContract(subject, 'prompts', {
    works(test) {
      test('puts the prompt of a name before each text', async () => {
        const { engine } = subject;
        const names = engine.promptNames ?? [];
        assert.ok(names.length > 0, 'prompts is declared, and promptNames is empty.');
        const plain = await engine.embedTexts([text]);
        for (const promptName of names) {
          const { embeddings, usage } = await engine.embedTexts([text], { promptName });
          assertVector(embeddings[0], engine.embeddingDim(), `The embedding with prompt ${promptName}`);
          assert.ok(usage.promptTokens >= plain.usage.promptTokens, `Prompt ${promptName} makes the text shorter.`);
        }
        const found = await Promise.all(names.map((promptName) => engine.embedText(text, { promptName })));
        const [bare] = plain.embeddings;
        const isHeard = found.some((vector) => bare && cosine(vector, bare) < 0.99999);
        assert.ok(isHeard, 'No prompt makes a difference to the embedding.');
      });

      test('refuses a prompt that there is not, and names those that there are', async () => {
        const { engine } = subject;
        const promptName = 'a prompt that nobody has';
        const { message } = await rejection(() => engine.embedText(text, { promptName }), 'InvalidParameter');
        assert.ok(message.includes(engine.promptNames?.[0] ?? ''), `The message names no prompt: "${message}".`);
      });
    },
    uses: { 'a text with a prompt': (engine) => engine.embedText(text, { promptName: 'query' }) },
  });
}
