import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { type FileFacts, inspectFiles } from './inspect-files.js';

const folder = temporaryFolder();
const settings = JSON.stringify({ phoneme_id_map: { _: [0] }, num_speakers: 1 });
const speech = { format: 'onnx', capabilities: ['speech'], path: expect.any(String) };

async function inspect(files: Readonly<Record<string, string>>): Promise<FileFacts> {
  const directory = mkdtempSync(join(folder, 'model-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return await inspectFiles(directory, Object.keys(files));
}

describe('a Piper voice', () => {
  it.each([
    ['its settings', { 'voice.onnx': '', 'voice.onnx.json': settings }],
    ['the settings of a training run', { 'epoch.onnx': '', 'config.json': settings }],
    ['settings below', { 'en/en_US/joe/voice.onnx': '', 'en/en_US/joe/voice.onnx.json': settings }],
  ])('is told by %s', async (_what, files) => {
    expect(await inspect(files)).toEqual({ ...speech, architecture: 'piper' });
  });

  it.each([
    ['* License: CC0', 'CC0-1.0'],
    ['* License:  CC BY 4.0\n', 'CC-BY-4.0'],
    [
      '* License: http://creativecommons.org/licenses/by-nc-sa/4.0/',
      'http://creativecommons.org/licenses/by-nc-sa/4.0/',
    ],
    ['* License: See URL', undefined],
    ['* Speakers: 1', undefined],
  ])('has the licence of its card: %s', async (line, license) => {
    const card = `# Model card for joe (medium)\n\n* Language: en_US\n\n## Dataset\n\n${line}`;
    expect((await inspect({ 'v.onnx': '', 'v.onnx.json': settings, MODEL_CARD: card })).license).toBe(license);
  });

  it('without its settings: says which file it needs', async () => {
    const stray: Readonly<Record<string, string>> = { 'config.json': '{"model_type":"bert"}' };
    for (const others of [{}, stray]) {
      const error = await rejection(inspect({ 'en_US-joe-medium.onnx': '', ...others }));
      expect([error.code, error.message]).toEqual([
        'NotFound',
        expect.stringContaining('en_US-joe-medium.onnx.json must lie beside it'),
      ]);
    }
  });

  it.each([
    ['no JSON', '{"phoneme_id_map":'],
    ['no phonemes', '{"audio":{}}'],
    ['phonemes in a text', '{"phoneme_id_map":"_"}'],
  ])('with settings that are none: %s', async (_what, text) => {
    const files = { 'en_US-joe-medium.onnx': '', 'en_US-joe-medium.onnx.json': text };
    const error = await rejection(inspect(files));
    expect([error.code, error.message]).toEqual(['InvalidFormat', expect.stringContaining('medium.onnx.json')]);
  });

  it('among others: asks which is meant', async () => {
    const files = { 'a.onnx': '', 'a.onnx.json': settings, 'b.onnx': '', 'b.onnx.json': settings };
    const error = await rejection(inspect(files));
    expect([error.code, error.message]).toEqual(['RequestValidation', expect.stringContaining('a.onnx, b.onnx')]);
  });
});

describe('Kokoro', () => {
  it.each([
    ['a voice a file', { 'model.onnx': '', 'voices/af_heart.bin': '' }],
    ['graphs in a folder', { 'onnx/model.onnx': '', 'onnx/model_q8f16.onnx': '', 'voices/af_heart.bin': '' }],
    ['all voices in one file', { 'kokoro-v1.0.int8.onnx': '', 'voices-v1.0.bin': '' }],
    ['voices of NumPy', { 'model.onnx': '', 'voices.npz': '' }],
    ['its configuration', { 'model.onnx': '', 'config.json': '{"istftnet":{},"plbert":{},"vocab":{}}' }],
    ['its name', { 'kokoro-v1.0.onnx': '' }],
  ])('is told by %s', async (_what, files) => {
    expect(await inspect(files)).toEqual({ ...speech, architecture: 'kokoro' });
  });

  it('has the licence that the head of its README states', async () => {
    const files = { 'model.onnx': '', 'voices/af_heart.bin': '' };
    const license = async (text: string) => (await inspect({ ...files, 'README.md': text })).license;
    expect(await license('---\nlicense: apache-2.0\nlanguage: en\n---\n# Kokoro')).toBe('Apache-2.0');
    expect(await license('# Kokoro\n\nlicense: none of that')).toBeUndefined();
  });
});

describe('an ONNX file of another kind', () => {
  it.each([
    ['an encoder', { 'onnx/model.onnx': '', 'config.json': '{"model_type":"bert","architectures":["BertModel"]}' }],
    ['an encoder with a note', { 'model.onnx': '', 'model.onnx.json': '{}', 'config.json': '{"model_type":"bert"}' }],
    ['a detector', { 'silero_vad.onnx': '' }],
    ['another synthesiser', { 'kitten_tts_nano.onnx': '', 'voices.npz': '' }],
  ])('is not taken for speech: %s', async (_what, files) => {
    const facts = await inspect(files);
    expect(facts.format).toBe('onnx');
    expect(['piper', 'kokoro']).not.toContain(facts.architecture);
    expect(facts.capabilities ?? []).not.toContain('speech');
  });
});
