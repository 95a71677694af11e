import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InferenceRequest, StreamChunk } from '@ferrum/interfaces';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFakeEngine } from '../testing/fake-engine.js';
import { fakeGreedy, fakeText, fakeTokenizer, fakeVocabulary } from '../testing/fake-model.js';

const text = 'what the ids say';
const ids = fakeTokenizer.encode(text);
const greedy = { temperature: 0, maxTokens: 12, ignoreEos: true };

async function read(stream: AsyncIterable<StreamChunk>): Promise<StreamChunk[]> {
  const chunks: StreamChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

describe('a prompt of token ids', () => {
  it('is what the model continues, whatever the ids', async () => {
    const { engine } = openFakeEngine();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(fakeVocabulary - 1), { minLength: 1, maxLength: 60 }), async (prompt) => {
        const { tokens, usage } = await engine.infer({ prompt, sampling: greedy });
        expect(tokens).toEqual(fakeGreedy(prompt, 12));
        expect(usage.promptTokens).toBe(prompt.length);
      }),
      { numRuns: 30 },
    );
    await engine.shutdown();
  });

  it.each<[string, InferenceRequest['sampling']]>([
    ['alone', greedy],
    ['echoed, with log-probabilities', { ...greedy, echo: true, logprobs: true, topLogprobs: 2 }],
    ['answered several times', { seed: 3, maxTokens: 8, n: 3, echo: true }],
    ['answered with the best of many', { seed: 3, maxTokens: 8, n: 1, bestOf: 4 }],
  ])('gets the answer of the text that they stand for, %s', async (_name, sampling) => {
    const { engine } = openFakeEngine();
    const ofText = await engine.infer({ prompt: text, raw: true, sampling: sampling! });
    const ofIds = await engine.infer({ prompt: ids, sampling: sampling! });
    for (const field of ['text', 'tokens', 'choices', 'logprobs', 'promptLogprobs', 'finishReason'] as const) {
      expect(ofIds[field], field).toEqual(ofText[field]);
    }
    await engine.shutdown();
  });

  it('streams, goes in batches and is speculated upon like any other', async () => {
    const { engine } = openFakeEngine();
    const request = { prompt: ids, raw: true, sampling: { ...greedy, echo: true } } as const;
    const expected = fakeGreedy(ids, 12);
    const answer = text + expected.map(fakeText).join('');
    const chunks = await read(engine.inferStream(request));
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(answer);
    const [inBatch] = await engine.inferBatch([request]);
    expect(inBatch).toMatchObject({ status: 'ok', response: { text: answer, tokens: expected } });
    expect(await engine.inferSpeculative(request, { speculationDepth: 4 })).toMatchObject({
      text: answer,
      tokens: expected,
    });
    await engine.shutdown();
  });

  it('finds what the prefix cache keeps of the text', async () => {
    const { engine } = openFakeEngine();
    await engine.infer({ prompt: text, raw: true, sampling: greedy });
    const { usage } = await engine.infer({ prompt: ids, sampling: greedy });
    expect(usage.cachedTokens).toBeGreaterThan(0);
    await engine.shutdown();
  });

  it('echoes special tokens too', async () => {
    const { engine } = openFakeEngine();
    const answer = await engine.infer({ prompt: [0, ...ids], sampling: { ...greedy, maxTokens: 1, echo: true } });
    expect(answer.text.startsWith(fakeText(0) + text)).toBe(true);
    await engine.shutdown();
  });

  it('goes along with an exported state, whatever becomes of the caller’s list', async () => {
    const { engine, runner } = openFakeEngine();
    const prompt = [...ids];
    const original = engine.infer({ prompt, sampling: { ...greedy, maxTokens: 60, echo: true } });
    prompt.length = 0;
    while (runner.runs.length < 5) await nextTurn();
    const state = JSON.parse(JSON.stringify(await engine.exportState()));
    const other = openFakeEngine();
    const [restored] = await other.engine.importState(state);
    const expected = await original;
    expect(expected.tokens).toEqual(fakeGreedy(ids, 60));
    expect(await restored?.response()).toMatchObject({ text: expected.text, tokens: expected.tokens });
    await engine.shutdown();
    await other.engine.shutdown();
  });

  it('is refused when it does not fit, in the words for a text that does not', async () => {
    const { engine } = openFakeEngine({ contextLength: 64 });
    await expect(engine.infer({ prompt: new Array(64).fill(1) })).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(/has 64 tokens, but the context holds 64/),
      details: { parameter: 'prompt', promptTokens: 64, contextLength: 64 },
    });
    expect((await engine.infer({ prompt: new Array(63).fill(1) })).usage.completionTokens).toBeLessThanOrEqual(1);
    await engine.shutdown();
  });
});
