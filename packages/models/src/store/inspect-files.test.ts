import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModelManifest } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { ctranslate2File, floats } from '../testing/ctranslate2-file.js';
import { rejection } from '../testing/rejection.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { inspectFiles } from './inspect-files.js';

const folder = temporaryFolder();
const sentenceModules = 'sentence_transformers.models';

type Facts = Omit<ModelManifest, 'reference'>;

async function inspect(files: Readonly<Record<string, unknown>>): Promise<Facts> {
  const directory = mkdtempSync(join(folder, 'model-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content instanceof Uint8Array ? content : JSON.stringify(content));
  }
  return await inspectFiles(directory, Object.keys(files));
}

async function purposeOf(config: unknown, modules?: readonly string[]): Promise<Facts['capabilities']> {
  const list = modules?.map((type, index) => ({ idx: index, path: '', type }));
  return (await inspect({ 'config.json': config, ...(list && { 'modules.json': list }) })).capabilities;
}

describe('the purpose of a folder', () => {
  it.each([
    ...['BertModel', 'XLMRobertaModel', 'RobertaModel', 'CamembertModel', 'DistilBertModel', 'MPNetModel'],
    ...['NomicBertModel', 'ModernBertModel', 'CLIPModel', 'ChineseCLIPModel', 'SiglipModel'],
    ...['BertForMaskedLM', 'XLMRobertaForMaskedLM', 'MPNetForMaskedLM', 'ModernBertForMaskedLM'],
  ])('%s embeds', async (architecture) => {
    expect(await purposeOf({ architectures: [architecture] })).toEqual(['embedding']);
  });

  it.each([
    ['by its one name', { id2label: { 0: 'LABEL_0' } }],
    ['by its number', { num_labels: 1 }],
  ])('a classifier of one label reranks: %s', async (_how, labels) => {
    for (const family of ['Bert', 'XLMRoberta', 'ModernBert']) {
      expect(await purposeOf({ architectures: [`${family}ForSequenceClassification`], ...labels })).toEqual([
        'reranking',
      ]);
    }
  });

  it.each(['Qwen3ForCausalLM', 'Gemma3ForConditionalGeneration', 'Idefics3ForConditionalGeneration'])(
    '%s generates text',
    async (architecture) => {
      expect(await purposeOf({ architectures: [architecture] })).toEqual(['text-generation']);
    },
  );

  it.each([
    [
      'a classifier of several labels',
      { architectures: ['BertForSequenceClassification'], id2label: { 0: 'a', 1: 'b' } },
    ],
    ['a classifier that does not say how many', { architectures: ['BertForSequenceClassification'] }],
    ['a reward model', { architectures: ['LlamaForSequenceClassification'], num_labels: 1 }],
    ['a tagger', { architectures: ['BertForTokenClassification'] }],
    ['an unknown encoder', { architectures: ['T5EncoderModel'] }],
    ['no architecture', { model_type: 'bert' }],
    ['a Whisper that classifies', { model_type: 'whisper', architectures: ['WhisperForAudioClassification'] }],
    ['the decoder of a Whisper', { model_type: 'whisper', architectures: ['WhisperForCausalLM'] }],
  ])('%s: not stated', async (_what, config) => {
    expect(await purposeOf(config)).toBeUndefined();
  });

  it.each([{ model_type: 'whisper', architectures: ['WhisperForConditionalGeneration'] }, { model_type: 'whisper' }])(
    'Whisper transcribes: %j',
    async (config) => {
      expect(await purposeOf(config)).toEqual(['transcription']);
    },
  );

  it('the modules of sentence-transformers decide', async () => {
    const dense = ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((kind) => `${sentenceModules}.${kind}`);
    expect(await purposeOf({ architectures: ['Qwen3ForCausalLM'] }, dense)).toEqual(['embedding']);
    expect(await purposeOf({ architectures: ['Qwen3ForCausalLM'] })).toEqual(['text-generation']);
    expect(await purposeOf({}, ['sentence_transformers.sentence_transformer.modules.clip_model.CLIPModel'])).toEqual([
      'embedding',
    ]);
    const splade = ['MLMTransformer', 'SpladePooling'].map(
      (kind) => `sentence_transformers.sparse_encoder.models.${kind}`,
    );
    expect(await purposeOf({ architectures: ['BertForMaskedLM'] }, splade)).toBeUndefined();
    const vectorPerToken = [`${sentenceModules}.Transformer`, `${sentenceModules}.Dense`];
    expect(await purposeOf({ architectures: ['BertModel'] }, vectorPerToken)).toBeUndefined();
  });

  it('says what is wrong with modules.json', async () => {
    const error = await rejection(inspect({ 'modules.json': [{ path: '1_Pooling' }] }));
    expect([error.code, error.message]).toEqual(['InvalidFormat', expect.stringMatching(/modules\.json.*type/)]);
    expect((await rejection(inspect({ 'modules.json': Uint8Array.of(91) }))).code).toBe('InvalidFormat');
  });
});

describe('the context length of a folder', () => {
  it.each([
    ['bert', { max_position_embeddings: 512, pad_token_id: 0 }, 512],
    ['xlm-roberta', { max_position_embeddings: 8194, pad_token_id: 1 }, 8192],
    ['mpnet', { max_position_embeddings: 514 }, 512],
    ['nomic_bert', { n_positions: 8192, auto_map: { AutoModel: 'x--modeling.NomicBertModel' } }, 8192],
    ['clip', { text_config: { max_position_embeddings: 77 } }, 77],
    ['clip', { text_config: {} }, undefined],
    ['whisper', { max_source_positions: 1500, max_target_positions: 448 }, 448],
  ])('%s', async (type, config, expected) => {
    const facts = await inspect({ 'config.json': { model_type: type, ...config } });
    expect([facts.architecture, facts.contextLength]).toEqual([type, expected]);
  });
});

describe('a folder of onnxruntime-genai', () => {
  it.each([
    ['generates text', { decoder: {} }, ['text-generation']],
    ['that also hears: not stated', { decoder: {}, speech: {} }, undefined],
  ])('%s', async (_what, parts, capabilities) => {
    const files = {
      'genai_config.json': { model: { type: 'phi3', context_length: 4096, ...parts } },
      'model.onnx': {},
    };
    const facts = await inspect(files);
    expect(facts).toMatchObject({ architecture: 'phi3', contextLength: 4096, format: 'onnx' });
    expect(facts.capabilities).toEqual(capabilities);
  });
});

describe('the format of a folder', () => {
  it.each([
    ['onnx', ['onnx/model.onnx']],
    ['onnx', ['model.onnx', '2_Dense/model.safetensors']],
    ['safetensors', ['model.safetensors', 'onnx/model.onnx']],
    ['safetensors', ['0_Transformer/model.safetensors']],
    [undefined, ['2_Dense/model.safetensors']],
  ])('is %s for %s', async (format, names) => {
    expect((await inspect(Object.fromEntries(names.map((name) => [name, {}])))).format).toBe(format);
  });

  it('takes the configuration from the encoder, when it has a folder of its own', async () => {
    const files = { 'config.json': { __version__: {} }, '0_Transformer/config.json': { model_type: 'bert' } };
    expect((await inspect(files)).architecture).toBe('bert');
  });
});

describe('the folder of a CTranslate2 model', () => {
  const fixture = (name: string) => readFileSync(new URL(`../weights/fixtures/ctranslate2/${name}`, import.meta.url));
  // As CTranslate2 writes it: without a model_type.
  const config = { alignment_heads: [[0, 0]], lang_ids: [1], suppress_ids: [2], suppress_ids_begin: [3] };

  it.each([
    ['float32', 'F32'],
    ['float16', 'F16'],
    ['bfloat16', 'BF16'],
    ['int16', 'INT16'],
    ['int8_float16', 'INT8'],
  ])('is told by the header of its weights: %s', async (name, quantization) => {
    const files = { 'config.json': config, 'model.bin': fixture(`${name}.bin`), 'vocabulary.json': [] };
    expect(await inspect(files)).toEqual({
      ...{ format: 'ctranslate2', architecture: 'whisper', capabilities: ['transcription'], contextLength: 16 },
      ...{ quantization, path: expect.any(String) },
    });
  });

  it('of another kind keeps the name of its specification', async () => {
    const variables = [{ name: 'a/weight', dims: [1], code: 0, data: floats(1) }];
    const facts = await inspect({ 'model.bin': ctranslate2File({ spec: 'TransformerDecoderModelSpec', variables }) });
    expect(facts).toEqual({
      ...{ format: 'ctranslate2', architecture: 'transformerdecodermodel', quantization: 'F32' },
      path: expect.any(String),
    });
  });

  it('is refused when its weights are of another kind', async () => {
    expect((await rejection(inspect({ 'model.bin': Buffer.from('PK a PyTorch file') }))).code).toBe('InvalidFormat');
  });
});

describe('the purpose of a GGUF file', () => {
  it.each([
    ['bert', undefined, ['embedding']],
    ['bert', 2, ['embedding']],
    ['nomic-bert', 1, ['embedding']],
    ['bert', 4, ['reranking']],
    ['llama', 3, undefined],
  ])('%s with pooling %s', async (architecture, pooling, capabilities) => {
    const facts = await inspect({ 'model.gguf': ggufHeader(architecture, pooling) });
    expect([facts.format, facts.architecture, facts.capabilities]).toEqual(['gguf', architecture, capabilities]);
  });
});

/** A GGUF of version 3 without tensors: magic, version, counts, then key, type and value of each entry. */
function ggufHeader(architecture: string, pooling: number | undefined): Uint8Array {
  const text = (value: string) => [u64(Buffer.byteLength(value)), Buffer.from(value)];
  const [uint32, string] = [4, 8];
  return Buffer.concat([
    ...[Buffer.from('GGUF'), u32(3), u64(0), u64(pooling === undefined ? 1 : 2)],
    ...[...text('general.architecture'), u32(string), ...text(architecture)],
    ...(pooling === undefined ? [] : [...text(`${architecture}.pooling_type`), u32(uint32), u32(pooling)]),
  ]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
