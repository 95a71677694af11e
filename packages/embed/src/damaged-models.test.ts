import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadRerankFixture, loadSentenceFixture, loadTextFixture, type textFixtures } from './fixtures/load-fixture.js';
import { ModelCopy } from './testing/copy-model.js';
import { largestDifference } from './testing/differences.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const open = opener(folder);

function copyOf(name: (typeof textFixtures)[number]): ModelCopy {
  return new ModelCopy(loadTextFixture(name).location, folder);
}

/** One more token, whose id is past the model's table. */
const addedToken = {
  ...{ id: 5000, content: 'zeppelin', special: false },
  ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
};

describe('a damaged or contradictory model is not opened:', () => {
  it.each<[string, () => ModelCopy, string, string]>([
    [
      'a tensor is missing',
      () => copyOf('bert').hideTensor('encoder.layer.1.output.dense.weight'),
      'InvalidFormat',
      'lacks the tensor "encoder.layer.1.output.dense.weight"',
    ],
    [
      'a bias is missing',
      () => copyOf('bert').hideTensor('encoder.layer.1.output.dense.bias'),
      'InvalidFormat',
      'lacks the tensor "encoder.layer.1.output.dense.bias"',
    ],
    [
      'the bias of a norm is missing',
      () => copyOf('bert').hideTensor('encoder.layer.0.output.LayerNorm.bias'),
      'InvalidFormat',
      'lacks the tensor "encoder.layer.0.output.LayerNorm.bias"',
    ],
    [
      'the bias of a Dense is missing',
      () => copyOf('bert-dense').hideTensor('linear.bias', '2_Dense/model.safetensors'),
      'InvalidFormat',
      'lacks the tensor "linear.bias"',
    ],
    [
      'the weights of a Dense are missing',
      () => {
        const copy = copyOf('bert-dense');
        rmSync(copy.path('2_Dense/model.safetensors'));
        return copy;
      },
      'NotFound',
      '2_Dense/model.safetensors is missing',
    ],
    [
      'positions begin past their table',
      () => copyOf('roberta').set('config.json', { pad_token_id: 41 }),
      'InvalidFormat',
      'positions begin with 42, but max_position_embeddings is 42',
    ],
    [
      'heads of one value are to be rotated',
      () => copyOf('nomic-bert-native').set('config.json', { num_attention_heads: 32 }),
      'InvalidFormat',
      'heads of 1 values',
    ],
    [
      'BERT as a decoder, whose tokens see only those before',
      () => copyOf('bert').set('config.json', { is_decoder: true }),
      'Unsupported',
      'is_decoder',
    ],
  ])('%s', async (_name, make, code, message) => {
    await expect(open.embed(make().location)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('a damaged model that opens', () => {
  it('gives no vector whose values are no numbers', async () => {
    await using engine = await open.embed(copyOf('bert').spoilTensor('encoder.layer.1.output.dense.weight').location);
    const refusal = { code: 'Backend', message: expect.stringContaining('no numbers') };
    await expect(engine.embedText('the sea')).rejects.toMatchObject(refusal);
    await expect(engine.embedTexts(['the sea'], { encoding: 'int8' })).rejects.toMatchObject(refusal);
  });

  it('reads texts that its table has the tokens of, and names a token that it has not', async () => {
    const copy = copyOf('bert').set('tokenizer.json', { added_tokens: [addedToken] });
    await using engine = await open.embed(copy.location);
    expect(await engine.embedText('the sea')).toHaveLength(32);
    await expect(engine.embedTexts(['the sea', 'the zeppelin'])).rejects.toMatchObject({
      code: 'Tokenizer',
      message: expect.stringContaining('texts[1] has the token 5000 ("zeppelin")'),
    });
  });

  it('scores pairs that its table has the tokens of, and names a token that it has not', async () => {
    const copy = new ModelCopy(loadRerankFixture('bert-reranker').location, folder);
    copy.set('tokenizer.json', { added_tokens: [addedToken] });
    await using engine = await open.rerank(copy.location);
    expect((await engine.rerank('sea', ['the sea'])).results).toHaveLength(1);
    await expect(engine.rerank('zeppelin', ['the sea'])).rejects.toMatchObject({
      code: 'Tokenizer',
      message: expect.stringContaining('query has the token 5000'),
    });
    await expect(engine.rerank('sea', ['the sea', 'the zeppelin'])).rejects.toMatchObject({
      code: 'Tokenizer',
      message: expect.stringContaining('documents[1] has the token 5000'),
    });
  });

  it('refuses a text of no token where the tokenizer adds none', async () => {
    await using engine = await open.embed(copyOf('bert').set('tokenizer.json', { post_processor: null }).location);
    await expect(engine.embedTexts(['the sea', ' '])).rejects.toMatchObject({
      code: 'RequestValidation',
      message: 'texts[1] has no token to embed.',
    });
  });
});

it('MPNet counts positions from 2 on, whatever the token for padding is', async () => {
  const { texts } = loadTextFixture('mpnet');
  const ids = texts.map((text) => text.ids);
  await using engine = await open.embed(loadTextFixture('mpnet').location);
  await using other = await open.embed(copyOf('mpnet').set('config.json', { pad_token_id: 0 }).location);
  const [{ embeddings }, { embeddings: others }] = await Promise.all([engine.embedTexts(ids), other.embedTexts(ids)]);
  for (const [i, embedding] of embeddings.entries()) {
    expect(largestDifference(others[i] as Float32Array, embedding)).toBeLessThan(1e-6);
  }
});

it('keeps to the maximum of the tokenizer where nothing else says one', async () => {
  const copy = copyOf('bert').set('tokenizer_config.json', { model_max_length: 9 });
  rmSync(copy.path('modules.json'));
  await using engine = await open.embed(copy.location);
  const { text } = loadSentenceFixture('bert').texts.find(({ ids }) => ids.length > 9) ?? { text: '' };
  expect((await engine.embedTexts([text])).usage.promptTokens).toBe(9);
  const reranker = new ModelCopy(loadRerankFixture('bert-reranker').location, folder);
  await using ranker = await open.rerank(reranker.set('tokenizer_config.json', { model_max_length: 9 }).location);
  expect((await ranker.rerank(text, [text])).usage.promptTokens).toBe(9);
});
