import assert from 'node:assert/strict';
import type { ChatMessage, LlmInferenceEngine } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { greedy, type TextSubject, untyped } from './requests.js';

const sampling = { temperature: 0, maxTokens: 8 };

/** What a request may say: a text, a conversation, token ids. */
export function promptTests(subject: TextSubject, prompt: string): void {
  const chat = (...messages: readonly ChatMessage[]) => subject.engine.infer({ messages, sampling });
  const user = (content: string): ChatMessage => ({ role: 'user', content });
  const isWrong = ['RequestValidation', 'InvalidParameter', 'Unsupported'] as const;

  featureContract(subject, 'chat', {
    works: (test) => {
      test('a prompt is what the user says', async () => {
        const [said, prompted] = [await chat(user(prompt)), await subject.engine.infer(greedy(prompt, 8))];
        assert.equal(said.text, prompted.text);
        assert.equal(said.usage.promptTokens, prompted.usage.promptTokens);
      });

      test('the model reads the system message and every turn', async () => {
        const tokens = async (...messages: readonly ChatMessage[]) => (await chat(...messages)).usage.promptTokens;
        const short: ChatMessage = { role: 'system', content: 'Be brief.' };
        const long: ChatMessage = {
          role: 'system',
          content: 'Be brief, and never say more than you know for certain.',
        };
        assert.ok(
          (await tokens(long, user('Hi'))) > (await tokens(short, user('Hi'))),
          'The system message is not read.',
        );
        const answered: ChatMessage = { role: 'assistant', content: 'Hello! What can I do for you?' };
        const two = await tokens(short, user('Hi'), answered, user(prompt));
        assert.ok(two > (await tokens(short, user(prompt))), 'Earlier turns are not read.');
      });

      test('refuses what is no conversation, and goes on', async () => {
        const bad = [
          [],
          'Hi',
          [{ role: 'wizard', content: 'Hi' }],
          [{ role: 'user' }],
          [{ role: 'user', content: 7 }],
          [null],
        ];
        for (const messages of bad) {
          const what = `messages ${JSON.stringify(messages)}`;
          await rejection(() => subject.engine.infer(untyped({ messages, sampling })), ...isWrong).catch((error) => {
            throw new Error(`${what}: ${error.message}`, { cause: error });
          });
        }
        await chat(user('Hi'));
      });
    },
    uses: { messages: (engine) => engine.infer({ messages: [user('Hi')], sampling }) },
  });

  featureContract(subject, 'raw-prompt', {
    works: (test) => {
      test('the model gets a raw prompt as it is, without a chat template', async () => {
        const raw = await subject.engine.infer({ prompt, raw: true, sampling });
        if (subject.has('chat')) {
          const { promptTokens } = (await chat(user(prompt))).usage;
          assert.ok(
            raw.usage.promptTokens < promptTokens,
            'A raw prompt has as many tokens as one in the chat template.',
          );
        }
        assert.equal((await subject.engine.infer({ prompt, raw: true, sampling })).text, raw.text);
        if (!subject.has('tokenizer')) return;
        assert.equal(raw.usage.promptTokens, (await tokenizerOf(subject.engine).tokenize({ prompt })).tokens.length);
      });
    },
    uses: { 'a raw prompt': (engine) => engine.infer({ prompt, raw: true, sampling }) },
  });

  featureContract(subject, 'token-prompt', {
    works: (test) => {
      if (subject.has('tokenizer')) {
        test('token ids are answered as the text they were made of', async () => {
          const { tokens } = await tokenizerOf(subject.engine).tokenize({ prompt });
          const answer = await subject.engine.infer({ prompt: tokens, sampling });
          assert.equal(answer.usage.promptTokens, tokens.length);
          if (!subject.has('raw-prompt')) return;
          assert.equal(answer.text, (await subject.engine.infer({ prompt, raw: true, sampling })).text);
        });
      }
      test('refuses what are no token ids', async () => {
        for (const ids of [[], [-1], [1.5], [Number.NaN], [2 ** 52], ['one'], [null]]) {
          await rejection(() => subject.engine.infer(untyped({ prompt: ids, sampling })), ...isWrong);
        }
      });
    },
    uses: { 'token ids': (engine) => engine.infer({ prompt: [1, 2, 3], sampling }) },
  });
}

/** @throws AssertionError where the engine lacks the calls of the feature `tokenizer` */
export function tokenizerOf(engine: LlmInferenceEngine): Required<Pick<LlmInferenceEngine, 'tokenize' | 'detokenize'>> {
  assert.ok(engine.tokenize && engine.detokenize, 'The engine lacks tokenize() or detokenize().');
  return {
    tokenize: (input) => engine.tokenize?.(input) as never,
    detokenize: (tokens) => engine.detokenize?.(tokens) as never,
  };
}
