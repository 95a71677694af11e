import assert from 'node:assert/strict';
import type { ChatMessage, ChatRequest, InferenceResponse, ReasoningOptions, SamplingParams } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { stream, type TextSubject, textOf, untyped } from './requests.js';
import { honoured } from './sampling-tests.js';

const messages: readonly ChatMessage[] = [{ role: 'user', content: 'How much is 17 + 25? Think first.' }];
const budget = 8;
/** Most tokens of the tags around the reasoning, which count as reasoning too. */
const tagTokens = 10;

/** Ways to ask for reasoning; a model whose template cannot be told so refuses all but the first. */
const on: Readonly<Record<string, ReasoningOptions>> = {
  'a budget': { maxTokens: budget },
  'reasoning turned on': { enabled: true, maxTokens: budget },
  'little effort': { effort: 'low', maxTokens: budget },
};

const off: Readonly<Record<string, ReasoningOptions>> = {
  'reasoning turned off': { enabled: false },
  'no effort': { effort: 'none' },
  'no tokens of it': { maxTokens: 0 },
};

const wrong: Readonly<Record<string, unknown>> = {
  'a text': 'high',
  'enabled that is no flag': { enabled: 'yes' },
  'an unknown effort': { effort: 'huge' },
  'less than no tokens': { maxTokens: -1 },
  'half a token': { maxTokens: 1.5 },
  'an unknown field': { nonsense: 1 },
  'what contradicts itself': { enabled: false, effort: 'high' },
};

/**
 * What a model thinks before it answers. Small models may think nothing, and nonsense if at all: these tests are of what must
 * hold whatever they think.
 */
export function reasoningTests(subject: TextSubject): void {
  const ask = (reasoning: ReasoningOptions, sampling: Partial<SamplingParams> = {}): ChatRequest => ({
    messages,
    reasoning,
    sampling: { temperature: 0, maxTokens: 48, ...sampling },
  });
  /** Undefined where the model cannot be told so. */
  const infer = (reasoning: ReasoningOptions, sampling?: Partial<SamplingParams>) =>
    honoured(subject.engine, ask(reasoning, sampling));

  featureContract(subject, 'reasoning', {
    works: (test) => {
      test('a budget is taken, whether the model thinks or not', async () => {
        await subject.engine.infer(ask({ maxTokens: budget }));
      });

      for (const [name, reasoning] of Object.entries(on)) {
        test(`${name}: tells thoughts from the answer, counts them, and ends them in time`, async () => {
          const answer = await infer(reasoning);
          if (answer) requireTold(answer, budget);
        });
      }

      for (const [name, reasoning] of Object.entries(off)) {
        test(`${name}: the model thinks nothing`, async () => {
          const answer = await infer(reasoning);
          if (answer) requireTold(answer, 0);
          assert.equal(answer?.reasoning, undefined);
        });
      }

      test('thoughts that maxTokens cuts off end with length, and are given', async () => {
        const answer = await infer({ enabled: true }, { maxTokens: 4 });
        if (!answer) return;
        requireTold(answer, 4);
        if (answer.reasoning !== undefined) assert.equal(answer.finishReason, 'length');
      });

      if (subject.has('streaming')) {
        test('a stream tells thoughts from the answer as the whole answer does', async () => {
          for (const reasoning of [...Object.values(on), ...Object.values(off)]) {
            const answer = await infer(reasoning);
            if (!answer) continue;
            const chunks = await stream(subject.engine, ask(reasoning));
            assert.equal(chunks.map((chunk) => chunk.reasoning ?? '').join(''), answer.reasoning ?? '');
            assert.equal(textOf(chunks), answer.text);
            if (!subject.has('stream-usage')) continue;
            assert.equal(chunks.at(-1)?.usage?.reasoningTokens, answer.usage.reasoningTokens);
          }
        });
      }

      if (subject.has('grammar')) {
        test('the format of the answer is not that of the thoughts', async () => {
          const choices = ['forty-two', 'I cannot tell'];
          for (const reasoning of [...Object.values(on), ...Object.values(off)]) {
            const answer = await infer(reasoning, { responseFormat: { type: 'choice', choices } });
            if (answer) assert.ok(choices.includes(answer.text), `"${answer.text}" is none of the choices.`);
          }
        });
      }

      test('takes back what the model thought', async () => {
        const thought: ChatMessage = { role: 'assistant', content: '42', reasoning: '17 + 25 = 42.' };
        const said: ChatMessage = { role: 'user', content: 'Are you sure?' };
        await subject.engine.infer({
          messages: [...messages, thought, said],
          sampling: { temperature: 0, maxTokens: 4 },
        });
      });

      test('refuses what says nothing about reasoning, also beside a prompt', async () => {
        const isWrong = ['RequestValidation', 'InvalidParameter'] as const;
        for (const [what, reasoning] of Object.entries(wrong)) {
          const request = untyped({ ...ask({}), reasoning });
          await rejection(() => subject.engine.infer(request), ...isWrong).catch((error) => {
            throw new Error(`${what}: ${error.message}`, { cause: error });
          });
        }
        const beside = untyped({ prompt: 'How much is 17 + 25?', reasoning: { maxTokens: budget } });
        await rejection(() => subject.engine.infer(beside), ...isWrong);
      });
    },
    uses: {
      'a budget': (engine) => engine.infer(ask({ maxTokens: budget })),
      'reasoning turned on': (engine) => engine.infer(ask({ enabled: true })),
      'an effort': (engine) => engine.infer(ask({ effort: 'low' })),
    },
  });
}

/** What holds of every answer, whatever was thought. */
function requireTold({ text, reasoning, usage, finishReason }: InferenceResponse, most: number): void {
  const { reasoningTokens, completionTokens } = usage;
  assert.notEqual(reasoning, '', 'Where nothing was thought reasoning is left out.');
  assert.ok(text !== '' || reasoning !== undefined || finishReason !== 'length', 'Tokens were used up for nothing.');
  if (reasoning !== undefined) {
    assert.ok(
      reasoningTokens !== undefined && reasoningTokens > 0,
      'usage.reasoningTokens does not count what was thought.',
    );
  }
  if (reasoningTokens === undefined) return;
  assert.ok(Number.isInteger(reasoningTokens) && reasoningTokens >= 0, `usage.reasoningTokens is ${reasoningTokens}.`);
  assert.ok(reasoningTokens <= completionTokens, `${reasoningTokens} of ${completionTokens} tokens are reasoning.`);
  assert.ok(
    reasoningTokens <= most + tagTokens,
    `It thought for ${reasoningTokens} tokens, though ${most} are the most.`,
  );
}
