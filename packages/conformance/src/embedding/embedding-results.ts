import assert from 'node:assert/strict';
import type { EmbedEngine, WorkProgress } from '@ferrum/interfaces';
import type { Subject } from '../engine/subject.js';
import { manyTexts, mixedTexts } from './texts.js';
import { assertSameVector, assertUnitLength, assertVector, cosine, relativeDifference } from './vectors.js';

export interface EmbeddingTraits {
  readonly normalized: boolean;
  readonly understandsEnglish: boolean;
  readonly tolerance: number;
}

const texts = ['The harbour is quiet at night.', 'Two and two are four.', 'Rain', 'The harbour is quiet at night.'];

/** What comes out for texts as they should be. */
export function embeddingResults(subject: Subject<EmbedEngine>, traits: EmbeddingTraits): void {
  const { test } = subject;

  test('says how many values an embedding has, and gives as many', async () => {
    const dimensions = subject.engine.embeddingDim();
    assert.ok(Number.isInteger(dimensions) && dimensions > 0, `embeddingDim() is ${dimensions}.`);
    const vector = await subject.engine.embedText('Rain');
    assertVector(vector, dimensions, 'The embedding');
    if (traits.normalized) assertUnitLength(vector, 'The embedding');
  });

  test('gives one embedding per text in their order, each as it is alone', async () => {
    const { engine } = subject;
    const { embeddings, encoding, dimensions, model } = await engine.embedTexts(texts);
    assert.equal(embeddings.length, texts.length);
    assert.equal(encoding, 'float');
    assert.equal(dimensions, engine.embeddingDim());
    assert.equal(model, engine.modelId);
    for (const [index, text] of texts.entries()) {
      const vector = embeddings[index];
      assertVector(vector, dimensions, `Embedding ${index}`);
      if (traits.normalized) assertUnitLength(vector, `Embedding ${index}`);
      assertSameVector(vector, await engine.embedText(text), `Text ${index} in a list and alone`);
    }
  });

  test('gives a text the same embedding each time, and different texts different ones', async () => {
    const { embeddings } = await subject.engine.embedTexts(texts);
    const [first, second, third, fourth] = embeddings;
    assert.ok(first && second && third && fourth);
    assertSameVector(first, fourth, 'The first text and the fourth, which is the same');
    assert.ok(cosine(first, second) < 0.9999, 'Two different texts have one embedding.');
    assert.ok(cosine(first, third) < 0.9999, 'Two different texts have one embedding.');
  });

  test('counts the tokens that it read, which add up', async () => {
    const { engine } = subject;
    const [one = '', two = ''] = texts;
    const ofOne = (await engine.embedTexts([one])).usage.promptTokens;
    const ofTwo = (await engine.embedTexts([two])).usage.promptTokens;
    assert.ok(Number.isInteger(ofOne) && ofOne > 0, `promptTokens is ${ofOne}.`);
    assert.equal((await engine.embedTexts([one, two, one])).usage.promptTokens, 2 * ofOne + ofTwo);
  });

  test('answers an empty list with an empty list', async () => {
    const { embeddings, usage, dimensions } = await subject.engine.embedTexts([]);
    assert.deepEqual(embeddings, []);
    assert.equal(usage.promptTokens, 0);
    assert.equal(dimensions, subject.engine.embeddingDim());
  });

  test('gives each of 50 texts of mixed length the embedding that it has beside others, from several callers', async () => {
    const { engine } = subject;
    const many = mixedTexts(50);
    const { embeddings } = await engine.embedTexts(many);
    assert.equal(embeddings.length, many.length);
    const parts = [0, 1, 2, 3, 4].map((part) => many.filter((_, index) => index % 5 === part));
    const together = await Promise.all(parts.map((part) => engine.embedTexts(part)));
    for (const [part, { embeddings: found }] of together.entries()) {
      for (const [place, vector] of found.entries()) {
        const index = 5 * place + part;
        const alone = embeddings[index];
        assert.ok(alone, `Embedding ${index} is missing.`);
        const difference = relativeDifference(vector, alone);
        assert.ok(difference <= traits.tolerance, `Text ${index} moved by ${difference} beside other callers.`);
      }
    }
  });

  test('tells how far it is, never backwards, until the last text', async () => {
    const told: WorkProgress[] = [];
    await subject.engine.embedTexts(manyTexts(20, 10), { onProgress: (progress) => told.push(progress) });
    assert.equal(told.at(-1)?.completed, 20, 'The last that onProgress was told is not the last text.');
    assert.deepEqual(
      told.map(({ completed }) => completed),
      told.map(({ completed }) => completed).sort((a, b) => a - b),
    );
    for (const { total } of told) assert.equal(total, 20);
  });

  if (!traits.understandsEnglish) return;
  test('puts texts of one meaning nearer to each other than others', async () => {
    const { embeddings } = await subject.engine.embedTexts([
      'A cat is sleeping on the sofa.',
      'The kitten lies asleep on the couch.',
      'The central bank raised its interest rates.',
    ]);
    const [cat, kitten, bank] = embeddings;
    assert.ok(cat && kitten && bank);
    assert.ok(cosine(cat, kitten) > cosine(cat, bank), 'A cat is nearer to a bank than to a kitten.');
    assert.ok(cosine(cat, kitten) > cosine(kitten, bank), 'A kitten is nearer to a bank than to a cat.');
  });
}
