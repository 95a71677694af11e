import assert from 'node:assert/strict';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { greedy, hot, stream, type TextSubject, textOf } from './requests.js';

/** Which answer of those that a model could give: seeds, several answers, how probable each token was. */
export function choiceTests(subject: TextSubject, prompt: string): void {
  const isWrong = ['RequestValidation', 'InvalidParameter', 'Unsupported'] as const;

  featureContract(subject, 'seed', {
    works: (test) => {
      test('the same seed gives the same text, and others give others', async () => {
        const ask = async (seed: number) => (await subject.engine.infer(hot(prompt, 8, { seed }))).text;
        const first = await ask(1);
        assert.equal(await ask(1), first, 'Seed 1 gave two texts.');
        const texts = new Set([first, await ask(2), await ask(3), await ask(4)]);
        assert.ok(texts.size > 1, 'Four seeds gave one text.');
      });
    },
    uses: { 'a seed': (engine) => engine.infer(hot(prompt, 4, { seed: 1 })) },
  });

  featureContract(subject, 'multiple-choices', {
    works: (test) => {
      test('several answers come in choices, the first of them as the answer', async () => {
        const response = await subject.engine.infer(hot(prompt, 12, { n: 3 }));
        const { choices, usage } = response;
        assert.equal(choices?.length, 3, 'choices has not one entry for each answer.');
        const [first] = choices;
        assert.equal(response.text, first?.text);
        assert.equal(response.finishReason, first?.finishReason);
        assert.equal(usage.totalTokens, usage.promptTokens + usage.completionTokens);
        if (subject.has('token-ids')) {
          const all = choices.reduce((sum, { tokens }) => sum + tokens.length, 0);
          assert.equal(usage.completionTokens, all, 'usage does not count the tokens of all answers.');
        }
        assert.ok(
          new Set(choices.map(({ text }) => text)).size > 1,
          'Three answers at temperature 1.5 are all the same.',
        );
      });

      test('each is a whole answer', async () => {
        const { text } = await subject.engine.infer(greedy(prompt, 8));
        const { choices = [] } = await subject.engine.infer(greedy(prompt, 8, { n: 2 }));
        assert.deepEqual(
          choices.map((choice) => choice.text),
          [text, text],
        );
        if (!subject.has('streaming')) return;
        const chunks = await stream(subject.engine, greedy(prompt, 8, { n: 2 }));
        for (const choice of [0, 1]) {
          assert.equal(textOf(chunks, choice), text, `The stream's answer ${choice} is another one.`);
          const ends = chunks.filter((chunk) => chunk.choice === choice && chunk.finishReason);
          assert.equal(ends.length, 1, `Answer ${choice} ends ${ends.length} times.`);
        }
        if (!subject.has('stream-usage')) return;
        assert.deepEqual(
          chunks.map(({ usage }) => usage !== undefined),
          chunks.map((_, index) => index === chunks.length - 1),
          'The very last chunk, and no other, has the usage.',
        );
      });
    },
    uses: { 'more than one answer': (engine) => engine.infer(greedy(prompt, 4, { n: 2 })) },
  });

  featureContract(subject, 'logprobs', {
    works: (test) => {
      test('each token has its log-probability and the most probable tokens beside it', async () => {
        const answer = await subject.engine.infer(greedy(prompt, 8, { logprobs: true, topLogprobs: 3 }));
        const { logprobs = [] } = answer;
        assert.equal(logprobs.length, answer.usage.completionTokens, 'logprobs has not one entry for each token.');
        for (const [index, { token, logprob, top }] of logprobs.entries()) {
          if (subject.has('token-ids')) assert.equal(token, answer.tokens[index]);
          assert.ok(logprob <= 0 && Number.isFinite(logprob), `A logprob is ${logprob}.`);
          assert.equal(top.length, 3, 'top has another length than topLogprobs says.');
          const values = top.map((one) => one.logprob);
          assert.deepEqual(
            values,
            [...values].sort((a, b) => b - a),
            'top is not sorted, most probable first.',
          );
          const sum = values.reduce((total, value) => total + Math.exp(value), 0);
          assert.ok(sum <= 1.001, `The probabilities of ${top.length} tokens have the sum ${sum}.`);
          assert.ok(logprob <= (values[0] ?? 0) + 1e-3, 'A token is more probable than the most probable one.');
        }
        if (!subject.has('streaming')) return;
        const chunks = await stream(subject.engine, greedy(prompt, 8, { logprobs: true }));
        const streamed = chunks.flatMap((chunk) => chunk.logprobs ?? []);
        assert.equal(streamed.length, logprobs.length, 'The stream has not one logprob for each token.');
        for (const { top } of streamed) assert.deepEqual(top, []);
      });

      test('refuses topLogprobs alone, and ones out of range', async () => {
        const ask = (sampling: Parameters<typeof greedy>[2]) => subject.engine.infer(greedy(prompt, 4, sampling));
        await rejection(() => ask({ topLogprobs: 2 }), ...isWrong);
        for (const topLogprobs of [-1, 1.5, 21])
          await rejection(() => ask({ logprobs: true, topLogprobs }), ...isWrong);
      });
    },
    uses: { 'log-probabilities': (engine) => engine.infer(greedy(prompt, 4, { logprobs: true })) },
  });
}
