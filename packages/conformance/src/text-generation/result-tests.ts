import assert from 'node:assert/strict';
import type { GenerationTiming, InferenceResponse } from '@ferrum/interfaces';
import { greedy, hot, type TextSubject, withoutCutCharacter } from './requests.js';
import { honoured } from './sampling-tests.js';

/** What an answer carries. */
export function resultTests(subject: TextSubject, prompt: string): void {
  const { test, has } = subject;
  test('answers with a text, the reason why it ended, and counts of tokens that add up', async () => {
    const response = await subject.engine.infer(greedy(prompt, 8));
    assert.ok(response.text.length > 0, 'The text is empty.');
    assert.ok(['length', 'stop', 'eos'].includes(response.finishReason), `finishReason is ${response.finishReason}.`);
    checkUsage(response);
    assert.equal(response.choices, undefined, 'choices is for requests that ask for several answers.');
    assert.equal(response.logprobs, undefined, 'logprobs is for requests that ask for it.');
    if (has('token-ids')) {
      assert.equal(response.tokens.length, response.usage.completionTokens, 'feature token-ids: one id per token');
      for (const token of response.tokens) assert.ok(Number.isInteger(token) && token >= 0, `${token} is no token id.`);
    }
  });

  test('measures the time it took', async () => {
    const calledAt = Date.now();
    const { timing, latencyMs, createdAt } = await subject.engine.infer(greedy(prompt, 8));
    checkTiming(timing);
    assert.ok(Number.isFinite(latencyMs) && latencyMs >= 0, `latencyMs is ${latencyMs}.`);
    assert.ok(createdAt instanceof Date, 'createdAt is no Date.');
    // A clock that is set while the test runs may go back a little.
    assert.ok(createdAt.getTime() >= calledAt - 1000 && createdAt.getTime() <= Date.now() + 1000, `${createdAt}`);
  });

  test('gives back the id and the metadata of the request, and else an id of its own', async () => {
    const metadata = { user: 7, tags: ['a', null], nested: { flag: true } };
    const response = await subject.engine.infer({ ...greedy(prompt, 1), id: 'request-7', metadata });
    assert.equal(response.requestId, 'request-7');
    assert.deepEqual(response.metadata, metadata);
    const [one, other] = [await subject.engine.infer(greedy(prompt, 1)), await subject.engine.infer(greedy(prompt, 1))];
    assert.ok(one.requestId.length > 0, 'requestId is empty.');
    assert.notEqual(one.requestId, other.requestId);
    assert.deepEqual(one.metadata, {});
  });

  test('counts the same prompt the same, and a longer one more', async () => {
    const count = async (text: string) => (await subject.engine.infer(greedy(text, 1))).usage.promptTokens;
    const first = await count(prompt);
    assert.equal(await count(prompt), first);
    assert.ok((await count(`${prompt} ${prompt}`)) > first, 'A longer prompt has no more promptTokens.');
  });

  test('ends at maxTokens with the reason length, having begun as a longer answer does', async () => {
    const long = await subject.engine.infer(greedy(prompt, 16));
    for (const maxTokens of [1, 5]) {
      const { text, usage, finishReason } = await subject.engine.infer(greedy(prompt, maxTokens));
      assert.equal(usage.completionTokens, maxTokens);
      assert.equal(finishReason, 'length');
      assert.ok(long.text.startsWith(withoutCutCharacter(text)), `"${text}" is no beginning of "${long.text}".`);
    }
  });

  test('gives the same answer at temperature 0, and others at a high one or refuses it', async () => {
    const { text } = await subject.engine.infer(greedy(prompt, 12));
    assert.equal((await subject.engine.infer(greedy(prompt, 12))).text, text);
    for (let call = 0; call < 5; call += 1) {
      const answer = await honoured(subject.engine, hot(prompt, 12));
      if (answer?.text !== text) return;
    }
    assert.fail('Five answers at temperature 1.5 were all that of temperature 0: temperature is not honoured.');
  });

  test('takes a field that is undefined for one that is left out', async () => {
    const { sampling, ...request } = greedy(prompt, 4);
    const optional = { topK: undefined, stopSequences: undefined, seed: undefined };
    const given = { ...request, sampling: { ...sampling, ...optional }, id: undefined, signal: undefined };
    const { text } = await subject.engine.infer(given as unknown as typeof request);
    assert.equal(text, (await subject.engine.infer(greedy(prompt, 4))).text);
  });
}

export function checkUsage({ usage }: Pick<InferenceResponse, 'usage'>): void {
  const { promptTokens, completionTokens, totalTokens, cachedTokens } = usage;
  for (const [name, count] of Object.entries({ promptTokens, completionTokens, totalTokens, cachedTokens })) {
    assert.ok(Number.isInteger(count) && count >= 0, `usage.${name} is ${count}.`);
  }
  assert.ok(promptTokens > 0 && completionTokens > 0, 'usage counts no tokens.');
  assert.equal(totalTokens, promptTokens + completionTokens, 'usage.totalTokens is not the sum of the two.');
  assert.ok(cachedTokens <= promptTokens, 'usage.cachedTokens is more than the prompt has.');
}

export function checkTiming(timing: GenerationTiming): void {
  const { timeToFirstTokenMs, totalMs, prefillTokensPerSecond, decodeTokensPerSecond } = timing;
  assert.ok(Number.isFinite(totalMs) && totalMs >= 0, `timing.totalMs is ${totalMs}.`);
  const isWithin = timeToFirstTokenMs >= 0 && timeToFirstTokenMs <= totalMs;
  assert.ok(isWithin, `timing.timeToFirstTokenMs is ${timeToFirstTokenMs}, of ${totalMs} ms in all.`);
  for (const rate of [prefillTokensPerSecond, decodeTokensPerSecond]) {
    assert.ok(
      rate === undefined || (Number.isFinite(rate) && rate > 0),
      `A rate is ${rate}: leave out what was not measured.`,
    );
  }
}
