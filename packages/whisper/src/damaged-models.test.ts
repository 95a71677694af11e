import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { overwrite, setJson, spoilTensor, truncate } from './testing/spoil.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { activeWindows, openTinyEngine, tones } from './testing/tiny-engine.js';
import { copyTinyModel, type TinyModel } from './testing/tiny-models.js';

const folder = temporaryFolder();

/** A model's folder, spoilt. */
type Damage = readonly [what: string, model: TinyModel, spoil: (copy: string) => void, code: string, message: string];

const damages: readonly Damage[] = [
  ['model.bin ends early', 'ctranslate2', (copy) => truncate(copy, 'model.bin', 0.7), 'InvalidFormat', 'model.bin'],
  [
    'model.bin ends in its header',
    'ctranslate2',
    (copy) => truncate(copy, 'model.bin', 1e-4),
    'InvalidFormat',
    'model.bin',
  ],
  ['model.bin is empty', 'ctranslate2', (copy) => truncate(copy, 'model.bin', 0), 'InvalidFormat', 'model.bin'],
  [
    'model.safetensors ends early',
    'huggingface',
    (copy) => truncate(copy, 'model.safetensors', 0.7),
    'InvalidFormat',
    'model.safetensors',
  ],
  [
    'model.bin is another model',
    'ctranslate2',
    (copy) => overwrite(copy, 'model.bin', 'decoder/embeddings/weight', 'decoder/embeddings/wight_'),
    'InvalidFormat',
    'decoder/embeddings/weight',
  ],
  [
    'a tensor of the decoder is missing',
    'huggingface',
    (copy) =>
      overwrite(
        copy,
        'model.safetensors',
        'decoder.layers.1.encoder_attn.v_proj.weight',
        'decoder.layers.1.encoder_attn.v_proj.wight_',
      ),
    'InvalidFormat',
    'decoder.layers.1.encoder_attn.v_proj.weight',
  ],
  [
    'a bias of a norm is missing',
    'huggingface',
    (copy) => overwrite(copy, 'model.safetensors', 'encoder.layer_norm.bias', 'encoder.layer_norm.bia_'),
    'InvalidFormat',
    'encoder.layer_norm.bias',
  ],
  [
    'the convolution is missing',
    'huggingface',
    (copy) => overwrite(copy, 'model.safetensors', 'encoder.conv1.weight', 'encoder.conv7.weight'),
    'InvalidFormat',
    'no Whisper model',
  ],
  [
    'config.json is missing',
    'huggingface',
    (copy) => rmSync(path.join(copy, 'config.json')),
    'NotFound',
    'config.json',
  ],
  [
    'config.json is missing',
    'ctranslate2',
    (copy) => rmSync(path.join(copy, 'config.json')),
    'NotFound',
    'config.json',
  ],
  [
    'config.json is not JSON',
    'huggingface',
    (copy) => writeFileSync(path.join(copy, 'config.json'), '{"d_model": 32'),
    'InvalidFormat',
    'config.json',
  ],
  [
    'config.json names no heads',
    'huggingface',
    (copy) => setJson(copy, 'config.json', { decoder_attention_heads: undefined }),
    'InvalidFormat',
    'decoder_attention_heads',
  ],
  [
    'heads do not divide the hidden size',
    'huggingface',
    (copy) => setJson(copy, 'config.json', { encoder_attention_heads: 3 }),
    'InvalidFormat',
    '3 heads',
  ],
  [
    'the activation is another one',
    'huggingface',
    (copy) => setJson(copy, 'config.json', { activation_function: 'relu' }),
    'Unsupported',
    'activation_function',
  ],
  [
    'alignment_heads names a head that is not there',
    'huggingface',
    (copy) => setJson(copy, 'generation_config.json', { alignment_heads: [[5, 0]] }),
    'InvalidFormat',
    'alignment_heads',
  ],
  [
    'alignment_heads is no list of pairs',
    'ctranslate2',
    (copy) => setJson(copy, 'config.json', { alignment_heads: [1, 2] }),
    'InvalidFormat',
    'alignment_heads',
  ],
  [
    'tokenizer.json is missing',
    'huggingface',
    (copy) => rmSync(path.join(copy, 'tokenizer.json')),
    'NotFound',
    'tokenizer.json',
  ],
  [
    'tokenizer.json is missing',
    'ctranslate2',
    (copy) => rmSync(path.join(copy, 'tokenizer.json')),
    'NotFound',
    'tokenizer.json',
  ],
  [
    'tokenizer.json ends early',
    'huggingface',
    (copy) => truncate(copy, 'tokenizer.json', 0.5),
    'InvalidFormat',
    'tokenizer.json',
  ],
  [
    "the tokenizer is not Whisper's",
    'huggingface',
    (copy) => renameToken(copy, '<|startoftranscript|>', '<|start|>'),
    'InvalidFormat',
    '<|startoftranscript|>',
  ],
  [
    'the tokenizer has more tokens than the model',
    'huggingface',
    (copy) => moveToken(copy, '<|notimestamps|>', 1000),
    'InvalidFormat',
    'belongs to another model',
  ],
  [
    'generation_config.json is of another kind',
    'huggingface',
    (copy) => setJson(copy, 'generation_config.json', { is_multilingual: 'yes' }),
    'InvalidFormat',
    'is_multilingual',
  ],
];

describe('a damaged or contradictory model is not opened:', () => {
  it.each(damages)('%s (%s)', async (_what, model, spoil, code, message) => {
    const copy = copyTinyModel(model, folder);
    spoil(copy);
    await expect(openTinyEngine(copy, folder)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('a damaged model that opens', () => {
  it.each(['model.encoder.conv2.weight', 'model.decoder.layer_norm.weight', 'model.decoder.layers.1.fc1.weight'])(
    'gives an error where its numbers are none: %s',
    async (tensor) => {
      const copy = copyTinyModel('huggingface', folder);
      spoilTensor(copy, tensor);
      await using engine = await openTinyEngine(copy, folder);
      for (const options of [{}, { language: 'en' }, { language: 'en', wordTimestamps: true, beamSize: 1 }]) {
        await expect(engine.transcribe(tones(2), options)).rejects.toMatchObject({
          code: 'Backend',
          message: expect.stringContaining('damaged'),
        });
        expect(await activeWindows(engine)).toBe(0);
      }
    },
  );
});

describe('a model of other files', () => {
  it('is English-only where nothing says that it is not', async () => {
    await using engine = await openTinyEngine(copyTinyModel('ctranslate2', folder), folder);
    const { language, languageProbability, languageProbabilities } = await engine.transcribe(tones(1), {
      temperature: 0,
    });
    expect({ language, languageProbability, languageProbabilities }).toEqual({
      language: 'en',
      languageProbability: 1,
    });
    for (const options of [{ language: 'es' }, { task: 'translate' }, { multilingual: true }] as const) {
      await expect(engine.transcribe(tones(1), options)).rejects.toMatchObject({
        code: 'Unsupported',
        details: { parameter: Object.keys(options)[0] },
      });
    }
  });

  it('needs no generation_config.json', async () => {
    const copy = copyTinyModel('huggingface', folder);
    rmSync(path.join(copy, 'generation_config.json'));
    await using engine = await openTinyEngine(copy, folder);
    const { words } = await engine.transcribe(tones(1), {
      temperature: 0,
      noSpeechThreshold: null,
      wordTimestamps: true,
    });
    for (const { start, end, probability } of words ?? []) {
      expect(end).toBeGreaterThanOrEqual(start);
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
  });

  it('opens in int8 too', async () => {
    for (const model of ['huggingface', 'ctranslate2'] as const) {
      await using engine = await openTinyEngine(copyTinyModel(model, folder), folder, { quantization: 'int8' });
      const { segments } = await engine.transcribe(tones(3), { temperature: 0, noSpeechThreshold: null });
      expect(segments.length).toBeGreaterThan(0);
      expect(engine.config().backend.backendOptions).toMatchObject({ quantization: 'int8' });
    }
  });

  it('is not opened when opening is cancelled', async () => {
    const copy = copyTinyModel('huggingface', folder);
    const { openWhisperEngine } = await import('../dist/index.js');
    const context = { model: { reference: copy }, options: {}, resolve: () => Promise.reject(new Error('not needed')) };
    await expect(openWhisperEngine({ ...context, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'Cancelled',
    });
  });
});

interface AddedToken {
  id: number;
  content: string;
}

function changeTokens(folder: string, change: (token: AddedToken) => void): void {
  const file = path.join(folder, 'tokenizer.json');
  const json = JSON.parse(readFileSync(file, 'utf8'));
  for (const token of json.added_tokens) change(token);
  writeFileSync(file, JSON.stringify(json));
}

function renameToken(folder: string, from: string, to: string): void {
  changeTokens(folder, (token) => {
    if (token.content === from) token.content = to;
  });
}

function moveToken(folder: string, content: string, id: number): void {
  changeTokens(folder, (token) => {
    if (token.content === content) token.id = id;
  });
}
