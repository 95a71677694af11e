import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decodeImage } from '@ferrum/images';
import { loadChatTemplate, loadTokenizer } from '@ferrum/models';
import { TurnTaker } from '@ferrum/registry/concurrency';
import { afterAll, describe, expect, it } from 'vitest';
import { renderChat } from '../chat/render-chat.js';
import { OnnxModelRunner } from '../engine/onnx-model-runner.js';
import { importModel } from '../import/import-model.js';
import { openModelSource } from '../import/model-source.js';
import { loadVisionFixture, visionFixtures } from '../testing/vision-fixture.js';
import { cutFrames } from './cut-frames.js';
import { planFrames } from './frame-plan.js';
import { readFrameSettings } from './frame-settings.js';
import { ImageEncoder } from './image-encoder.js';
import { imageRowsOf } from './image-inputs.js';
import { findImages, writeImages } from './image-prompt.js';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

const limits = { threads: 1, maxImageBytes: 1 << 20, maxImagePixels: 1 << 20 };

describe.each(visionFixtures)('%s in float32', async (name) => {
  const { location, cases } = loadVisionFixture(name);
  const { config, weights } = await openModelSource(location);
  await weights.close();
  const { vision, hiddenSize } = config;
  if (!vision) throw new Error('the model sees nothing');
  const settings = await readFrameSettings(location, vision);
  const [tokenizer, template] = await Promise.all([loadTokenizer(location), loadChatTemplate(location)]);
  const directory = await mkdtemp(path.join(tmpdir(), 'ferrum-vision-'));
  folders.push(directory);
  await importModel(location, directory, 'float32', () => {});
  const encoder = new ImageEncoder(directory, vision, hiddenSize, settings, limits);
  const runner = await OnnxModelRunner.open(directory, config, { threads: 1, slots: 2, capacity: 512 });
  afterAll(async () => {
    await encoder.dispose();
    await runner.dispose();
  });

  it.each(cases)('makes the frames of the reference: $name', async ({ images, frameMeans }) => {
    const means: number[] = [];
    for (const { image, detail } of images) {
      const turns = new TurnTaker();
      const picture = await decodeImage(image, { maxPixels: 1 << 20, alpha: 'white' }, turns);
      const splits = detail === undefined ? settings.splits : detail === 'high';
      const plan = planFrames(picture, settings.longestEdge, vision.imageSize, splits);
      for await (const frame of cutFrames(picture, plan, vision.imageSize, settings, turns)) {
        means.push(frame.reduce((sum, value) => sum + value, 0) / frame.length);
      }
    }
    expect(means).toHaveLength(frameMeans.length);
    // One 8-bit step of one value in a frame would be 1.1e-6.
    for (const [index, mean] of means.entries()) expect(Math.abs(mean - frameMeans[index]!)).toBeLessThan(2e-6);
  });

  it.each(cases)('writes the prompt and gives the logits of the reference: $name', async (one) => {
    const encoded = await Promise.all(one.images.map((image) => encoder.encode(image)));
    const text = writeImages(renderChat(one.messages, {}, template), encoded, encoder.tokensOfFrame);
    expect(text).toBe(one.prompt);
    const tokens = tokenizer.encode(text, { addSpecialTokens: false });
    expect(tokens).toEqual(one.tokens);
    const images = findImages(tokens, vision.imageToken, hiddenSize, encoded);
    for (const chunk of [tokens.length, 7]) {
      const rows: Float32Array[] = [];
      for (let at = 0; at < tokens.length; at += chunk) {
        const run = tokens.slice(at, at + chunk);
        const pieces = imageRowsOf(images, at, run.length);
        const logits = await runner.extend(1, run, at, 'all', 'prompt', undefined, pieces);
        const { vocabularySize: size } = runner;
        for (let row = 0; row < run.length; row++) rows.push(logits.slice(row * size, (row + 1) * size));
      }
      for (const [index, actual] of rows.slice(-one.logits.length).entries()) {
        const difference = Math.max(...one.logits[index]!.map((value, i) => Math.abs(value - actual[i]!)));
        // `transformers` in float32 is within 2e-5 of itself in float64.
        expect(difference).toBeLessThan(1e-4);
      }
    }
  });
});
