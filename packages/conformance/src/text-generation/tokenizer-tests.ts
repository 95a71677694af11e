import assert from 'node:assert/strict';
import type { TokenizeInput } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { tokenizerOf } from './prompt-tests.js';
import { greedy, type TextSubject } from './requests.js';

/** Texts as token ids, and back. */
export function tokenizerTests(subject: TextSubject, prompt: string): void {
  const tokenizer = () => tokenizerOf(subject.engine);

  featureContract(subject, 'tokenizer', {
    works: (test) => {
      test('a text becomes ids with a piece each, and they become the text again', async () => {
        for (const text of [
          'Hello there, world.',
          '  two  spaces',
          'naïve 日本語 🦀🧑‍🚀',
          'a\n\tb',
          '3.14 <b>&amp;</b>',
        ]) {
          const { tokens, pieces, contextLength } = await tokenizer().tokenize({
            prompt: text,
            addSpecialTokens: false,
          });
          assert.ok(tokens.length > 0 && tokens.every((token) => Number.isInteger(token) && token >= 0), `${tokens}`);
          assert.equal(pieces.length, tokens.length);
          assert.ok(Number.isInteger(contextLength) && contextLength > 0, `contextLength is ${contextLength}.`);
          // Some vocabularies put a space before every text.
          assert.equal((await tokenizer().detokenize(tokens)).trimStart(), text.trimStart());
        }
        assert.deepEqual((await tokenizer().tokenize({ prompt: '', addSpecialTokens: false })).tokens, []);
        assert.equal(await tokenizer().detokenize([]), '');
      });

      test('refuses what is neither a text nor a conversation, and what are no ids', async () => {
        const inputs = [{}, null, { prompt: 7 }, { prompt: 'a', messages: [{ role: 'user', content: 'a' }] }];
        for (const input of inputs) {
          const call = () => tokenizer().tokenize(input as unknown as TokenizeInput);
          await rejection(call, 'RequestValidation', 'InvalidParameter');
        }
        for (const ids of [[-1], [1.5], [2 ** 52], ['one'], 'one', null]) {
          const call = () => tokenizer().detokenize(ids as unknown as readonly number[]);
          await rejection(call, 'RequestValidation', 'InvalidParameter');
        }
      });

      test('refuses a call whose signal has fired', async () => {
        await rejection(() => tokenizer().tokenize({ prompt, signal: AbortSignal.abort() }), 'Cancelled');
      });

      if (subject.has('chat')) {
        test('a conversation has as many ids as infer counts', async () => {
          const messages = [{ role: 'user' as const, content: prompt }];
          const { usage } = await subject.engine.infer({ messages, sampling: { temperature: 0, maxTokens: 1 } });
          assert.equal((await tokenizer().tokenize({ messages })).tokens.length, usage.promptTokens);
        });
      }

      if (subject.has('token-ids')) {
        test('the ids of an answer spell its text', async () => {
          const { tokens, text } = await subject.engine.infer(greedy(prompt, 8));
          assert.equal((await tokenizer().detokenize(tokens)).trimStart(), text.trimStart());
        });
      }
    },
    uses: {
      tokenizing: async (engine) => {
        // An engine without a tokenizer may lack the call altogether.
        if (!engine.tokenize) throw new FerrumError('Unsupported', 'The engine lacks tokenize().');
        await engine.tokenize({ prompt });
      },
    },
  });
}
