import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextOf, tinyModels } from '../testing/context-of.js';
import type { LlamaEmbedEngine } from './llama-embed-engine.js';
import { openEmbedEngine } from './open-embed-engine.js';

interface Expected {
  readonly maxTokens: number;
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly embedding: { readonly offset: number; readonly shape: readonly number[] };
  }[];
}

/** Computed by sentence-transformers from the same weights (packages/embed/src/fixtures). */
function expectedOf(model: string) {
  const folder = model.replace(/\.gguf$/, '');
  const { texts, maxTokens } = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as Expected;
  const bytes = readFileSync(`${folder}/expected.bin`);
  return texts
    .filter(({ ids }) => ids.length < maxTokens)
    .map(({ text, ids, embedding: { offset, shape } }) => ({
      text,
      tokens: ids.length,
      embedding: Array.from({ length: shape[0] ?? 0 }, (_, i) => bytes.readFloatLE(4 * (offset + i))),
    }));
}

const length = (vector: Float32Array) => Math.hypot(...vector);

describe.each([
  ['BERT', tinyModels.bert],
  ['Nomic BERT', tinyModels.nomicBert],
])('embeddings of a tiny %s', (_name, model) => {
  let engine: LlamaEmbedEngine;
  beforeAll(async () => {
    engine = await openEmbedEngine(contextOf(model));
  });
  afterAll(() => engine?.shutdown());

  it('are those of sentence-transformers, before they are scaled', async () => {
    const context = contextOf(model);
    const plain = await openEmbedEngine({ ...context, model: { ...context.model, embedding: { normalize: false } } });
    for (const { text, tokens, embedding } of expectedOf(model)) {
      const { embeddings, usage } = await plain.embedTexts([text]);
      expect(usage.promptTokens, text).toBe(tokens);
      const [given] = embeddings;
      expect(Math.max(...embedding.map((value, i) => Math.abs(value - (given?.[i] ?? 9)))), text).toBeLessThan(2e-3);
    }
    await plain.shutdown();
  });

  it('have length 1, cut or not', async () => {
    expect(length(await engine.embedText('The cat sat on the mat.'))).toBeCloseTo(1, 5);
    const cut = await engine.embedText('The cat sat on the mat.', { dimensions: 7 });
    expect(cut.length).toBe(7);
    expect(length(cut)).toBeCloseTo(1, 5);
  });

  it('are of the beginning of a text that is too long, or an error', async () => {
    const long = 'the cat sat on the mat '.repeat(20_000);
    const { embeddings, usage } = await engine.embedTexts([long, `${long} and the dog`]);
    expect(usage.promptTokens).toBe(2 * Number(engine.config().backend.backendOptions.contextLength));
    expect(embeddings[0]).toEqual(embeddings[1]);
    await expect(engine.embedText(long, { truncate: 'error' })).rejects.toMatchObject({ code: 'RequestValidation' });
  });
});

describe('an engine of embeddings', () => {
  it('makes vectors of a decoder, too, and of an empty text where it has a token of its own', async () => {
    const engine = await openEmbedEngine(contextOf(tinyModels.llama));
    const { embeddings, dimensions } = await engine.embedTexts(['hello there', 'goodbye', '']);
    expect(embeddings.map((vector) => vector.length)).toEqual([dimensions, dimensions, dimensions]);
    expect(length(embeddings[0] as Float32Array)).toBeCloseTo(1, 5);
    expect(embeddings[0]).not.toEqual(embeddings[1]);
    await engine.shutdown();
  });

  it('does not open a model whose pooling llama.cpp would get wrong', async () => {
    const context = contextOf(tinyModels.llama);
    const model = { ...context.model, embedding: { pooling: 'mean' } as const };
    await expect(openEmbedEngine({ ...context, model })).rejects.toMatchObject({ code: 'Unsupported' });
  });
});
