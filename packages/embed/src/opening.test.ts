import { copyFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  loadJointFixture,
  loadOnnxJointFixture,
  loadOnnxRerankFixture,
  loadOnnxSentenceFixture,
  loadRerankFixture,
  loadTextFixture,
} from './fixtures/load-fixture.js';
import { ModelCopy } from './testing/copy-model.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
const open = opener(folder);
const bert = loadTextFixture('bert').location;
const clip = loadJointFixture('clip').location;
const onnxBert = loadOnnxSentenceFixture().location;
const onnxClip = loadOnnxJointFixture().location;

describe('options that a model has no use for are refused:', () => {
  it.each(['maxImagePixels', 'maxImageBytes', 'allowSvg'])('%s of a model of texts', async (option) => {
    for (const location of [bert, onnxBert]) {
      const value = option === 'allowSvg' ? true : 10;
      await expect(open.embed(location, { [option]: value })).rejects.toMatchObject({
        code: 'InvalidParameter',
        message: expect.stringContaining(`reads only text: it has no option ${option}`),
        details: { parameter: option },
      });
    }
  });

  it.each(['pooling', 'normalize'])('%s of a model of texts and images', async (option) => {
    for (const location of [clip, onnxClip]) {
      const value = option === 'pooling' ? 'cls' : true;
      await expect(open.embed(location, { [option]: value })).rejects.toMatchObject({
        code: 'InvalidParameter',
        details: { parameter: option },
      });
    }
  });

  it('max pooling where prompts are to be left out', async () => {
    const copy = new ModelCopy(bert, folder).set('1_Pooling/config.json', { include_prompt: false });
    await expect(open.embed(copy.location, { pooling: 'max' })).rejects.toMatchObject({
      code: 'InvalidParameter',
      details: { parameter: 'pooling' },
    });
    await using engine = await open.embed(copy.location, { pooling: 'cls' });
    expect(engine.embeddingDim()).toBe(32);
  });
});

it('a model of texts and images does not rerank, and says so', async () => {
  for (const location of [clip, onnxClip]) {
    await expect(open.rerank(location)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('embeds texts and images and scores no pairs'),
    });
  }
});

it('a cross-encoder as sentence-transformers 6 saves it reranks, from weights and from a graph', async () => {
  const modules = [{ idx: 0, name: '0', path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' }];
  for (const { location, pairs } of [loadRerankFixture('bert-reranker'), loadOnnxRerankFixture()]) {
    const copy = new ModelCopy(location, folder);
    writeFileSync(copy.path('modules.json'), JSON.stringify(modules));
    await using engine = await open.rerank(copy.location);
    const { query = '', document = '', logit = Number.NaN } = pairs[0] ?? {};
    expect((await engine.rerank(query, [document])).results[0]?.score).toBeCloseTo(logit, 4);
  }
});

it('the ONNX file that is named is the one that is opened', async () => {
  const copy = new ModelCopy(onnxBert, folder);
  copyFileSync(copy.path('onnx/model.onnx'), copy.path('model.onnx'));
  writeFileSync(copy.path('other.onnx'), 'no graph');
  await using engine = await open.embed(copy.path('model.onnx'));
  expect(engine.embeddingDim()).toBe(32);
  await expect(open.embed(copy.path('other.onnx'))).rejects.toMatchObject({
    code: 'InvalidFormat',
    message: expect.stringContaining('other.onnx'),
  });
});
