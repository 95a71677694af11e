import assert from 'node:assert/strict';
import { untilIdle } from '../engine/activity.js';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { greedy, stream, type TextSubject, textOf, untyped } from './requests.js';
import { checkTiming, checkUsage } from './result-tests.js';

/** An answer piece by piece. */
export function streamingTests(subject: TextSubject, prompt: string): void {
  featureContract(subject, 'streaming', {
    works: (test) => {
      test('streams what infer answers', async () => {
        const whole = await subject.engine.infer(greedy(prompt, 24));
        const chunks = await stream(subject.engine, greedy(prompt, 24));
        assert.equal(textOf(chunks), whole.text);
        assert.deepEqual(
          chunks.flatMap(({ tokens }) => tokens),
          whole.tokens,
        );
        assert.equal(chunks.at(-1)?.finishReason, whole.finishReason);
      });

      test('ends with a chunk that has the finish reason and the timing, as no other has', async () => {
        const chunks = await stream(subject.engine, greedy(prompt, 8));
        const last = chunks.at(-1);
        assert.ok(last?.finishReason, 'The last chunk has no finishReason.');
        assert.ok(last.timing, 'The last chunk has no timing.');
        checkTiming(last.timing);
        for (const chunk of chunks.slice(0, -1)) {
          assert.equal(chunk.finishReason, undefined, 'A chunk before the last has a finishReason.');
          assert.equal(chunk.timing, undefined, 'A chunk before the last has the timing.');
        }
      });

      test('gives each chunk the id and the metadata of the request', async () => {
        const request = { ...greedy(prompt, 4), id: 'request-8', metadata: { user: 8 } };
        for (const chunk of await stream(subject.engine, request)) {
          assert.equal(chunk.requestId, 'request-8');
          assert.deepEqual(chunk.metadata, { user: 8 });
          assert.ok(chunk.createdAt instanceof Date, 'createdAt is no Date.');
          assert.equal(chunk.choice, undefined, 'choice is for requests that ask for several answers.');
        }
      });

      test('gives pieces while the rest is still generated', async () => {
        let wasActive = false;
        let pieces = 0;
        for await (const { text } of subject.engine.inferStream(greedy(prompt, 32))) {
          if (text !== '') pieces += 1;
          if (pieces !== 1 || wasActive) continue;
          const { activeRequests, queuedRequests } = await subject.engine.status();
          wasActive = activeRequests + queuedRequests > 0;
        }
        assert.ok(pieces > 1, 'The whole text came in one piece.');
        assert.ok(wasActive, 'The first piece came when the generation had ended already.');
      });

      test('never gives half a character', async () => {
        const text = 'Repeat this: 🦀🦀🦀 日本語 naïve 🧑‍🚀';
        const chunks = await stream(subject.engine, greedy(text, 32));
        for (const chunk of chunks) assert.doesNotMatch(chunk.text, /\p{Surrogate}/u);
        assert.equal(textOf(chunks), (await subject.engine.infer(greedy(text, 32))).text);
      });

      test('rejects the first next() of a request that cannot be answered, not the call', async () => {
        const chunks = subject.engine.inferStream(untyped({ prompt: '' }))[Symbol.asyncIterator]();
        await rejection(() => chunks.next(), 'RequestValidation', 'InvalidParameter');
        assert.equal((await chunks.next()).done, true, 'A stream that has failed goes on.');
      });

      test('ends the generation when its reader leaves, and counts it as failed', async () => {
        const { engine } = subject;
        const before = engine.metrics();
        for await (const _ of engine.inferStream(greedy(prompt, 400))) break;
        await untilIdle(engine);
        const after = engine.metrics();
        assert.equal(after.successfulRequests, before.successfulRequests, 'It went on to its end, for nobody.');
        assert.equal(after.failedRequests, before.failedRequests + 1);
      });

      test('ends when its signal fires in the middle', async () => {
        const controller = new AbortController();
        const reason = new Error('the user left');
        const request = { ...greedy(prompt, 400), signal: controller.signal };
        const error = await rejection(async () => {
          for await (const _ of subject.engine.inferStream(request)) controller.abort(reason);
        }, 'Cancelled');
        assert.equal(error.cause, reason, "The error's cause must be the signal's reason.");
        await untilIdle(subject.engine);
      });

      test('refuses to start with a signal that has fired', async () => {
        const request = { ...greedy(prompt, 4), signal: AbortSignal.abort() };
        await rejection(() => stream(subject.engine, request), 'Cancelled');
      });

      test('keeps a slow reader from holding up others', async () => {
        const { engine } = subject;
        const whole = await engine.infer(greedy(prompt, 24));
        const slow = engine.inferStream(greedy(prompt, 24))[Symbol.asyncIterator]();
        const first = await slow.next();
        assert.equal((await engine.infer(greedy(prompt, 24))).text, whole.text);
        let text = first.done ? '' : first.value.text;
        for (let next = await slow.next(); !next.done; next = await slow.next()) text += next.value.text;
        assert.equal(text, whole.text);
      });
    },
    uses: { 'a stream': (engine) => stream(engine, greedy(prompt, 4)) },
  });

  featureContract(subject, 'stream-usage', {
    works: (test) => {
      test('the last chunk, and no other, counts the tokens as infer does', async () => {
        const whole = await subject.engine.infer(greedy(prompt, 24));
        const chunks = await stream(subject.engine, greedy(prompt, 24));
        const usage = chunks.at(-1)?.usage;
        assert.ok(usage, 'The last chunk has no usage.');
        checkUsage({ usage });
        assert.deepEqual({ ...usage, cachedTokens: 0 }, { ...whole.usage, cachedTokens: 0 });
        for (const chunk of chunks.slice(0, -1)) {
          assert.equal(chunk.usage, undefined, 'A chunk before the last has the usage.');
        }
      });
    },
    // No request asks for it: without the feature a stream may end without usage.
    uses: {},
  });
}
