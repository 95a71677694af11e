import { describe, expect, it } from 'vitest';
import { selectHubFiles } from './hub-files.js';

const common = ['.gitattributes', 'README.md', 'config.json', 'tokenizer.json', 'tokenizer_config.json'];

describe('selectHubFiles', () => {
  it('takes configuration, tokenizer and one set of weights', () => {
    const names = [...common, 'model.safetensors', 'pytorch_model.bin', 'onnx/model.onnx', 'generation_config.json'];
    expect(selectHubFiles('o/n', names)).toEqual([
      'config.json',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'model.safetensors',
    ]);
  });

  it('takes the shards of an index and leaves the same weights in another layout', () => {
    const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const names = [...common, 'consolidated.safetensors', ...shards, 'model.safetensors.index.json'];
    expect(selectHubFiles('o/n', names)).toEqual([
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'model.safetensors.index.json',
      ...shards,
    ]);
  });

  it('prefers a small, good quantisation among GGUF files, and whole files to parts', () => {
    const gguf = ['m.Q2_K.gguf', 'm.Q8_0.gguf', 'm.Q4_0.gguf', 'm-Q4_K_M-00001-of-00002.gguf', 'mmproj-F16.gguf'];
    expect(selectHubFiles('o/n', [...common, ...gguf])).toEqual(['m.Q4_0.gguf']);
    expect(selectHubFiles('o/n', [...gguf, 'm.Q4_K_M.gguf'])).toEqual(['m.Q4_K_M.gguf']);
    expect(selectHubFiles('o/n', ['m.IQ4_NL.gguf', 'm.UD-Q4_0_4_4.gguf', 'm.f16.gguf'])).toEqual(['m.f16.gguf']);
  });

  it('takes a named file, with its companions unless it is a GGUF', () => {
    const names = [...common, 'a.gguf', 'onnx/model.onnx'];
    expect(selectHubFiles('o/n', names, 'a.gguf')).toEqual(['a.gguf']);
    expect(selectHubFiles('o/n', names, 'onnx/model.onnx')).toEqual([
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'onnx/model.onnx',
    ]);
  });

  it('says what is there when the named file or any weights are missing', () => {
    expect(() => selectHubFiles('o/n', ['a.gguf', 'x.txt'], 'b.gguf')).toThrow(/no file b\.gguf; it holds a\.gguf\./);
    expect(() => selectHubFiles('o/n', ['pytorch_model.bin'])).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('pytorch_model.bin') }),
    );
  });

  it('takes the modules of a sentence-transformers repository and one set of weights', () => {
    const names = [
      ...common,
      ...['modules.json', 'config_sentence_transformers.json', 'sentence_bert_config.json', 'preprocessor_config.json'],
      ...['1_Pooling/config.json', '2_Dense/config.json', '2_Dense/model.safetensors', '2_Dense/pytorch_model.bin'],
      ...['model.safetensors', 'pytorch_model.bin', 'rust_model.ot', 'tf_model.h5', 'flax_model.msgpack'],
      ...['onnx/model.onnx', 'onnx/model_O4.onnx', 'openvino/openvino_model.bin', 'openvino/openvino_model.xml'],
      ...['train_script.py', 'data_config.json', 'model_int8.gguf', 'processor_config.json'],
    ];
    expect(selectHubFiles('o/n', names)).toEqual([
      ...['config.json', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json'],
      ...['processor_config.json', 'modules.json', 'config_sentence_transformers.json', 'sentence_bert_config.json'],
      ...['1_Pooling/config.json', '2_Dense/config.json', '2_Dense/model.safetensors'],
      'model.safetensors',
    ]);
  });

  it('finds the weights of an encoder that has a folder of its own', () => {
    const first = ['config.json', 'model.safetensors', 'tokenizer.json', 'pytorch_model.bin'];
    const names = [
      'config.json',
      'modules.json',
      '1_Pooling/config.json',
      ...first.map((name) => `0_Transformer/${name}`),
    ];
    expect(selectHubFiles('o/n', names)).toEqual([
      ...['config.json', 'modules.json', '0_Transformer/config.json', '0_Transformer/tokenizer.json'],
      ...['1_Pooling/config.json', '0_Transformer/model.safetensors'],
    ]);
  });

  it('takes the unquantised ONNX file with its tensors where there is nothing else', () => {
    const onnx = ['model.onnx', 'model.onnx_data', 'model.onnx_data_1', 'model_fp16.onnx', 'model_fp16.onnx_data'];
    const names = [...common, ...onnx.map((name) => `onnx/${name}`), 'onnx/Constant_7_attr__value', 'onnx/config.json'];
    const companions = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
    expect(selectHubFiles('o/n', [...names, 'pytorch_model.bin'])).toEqual([
      ...[...companions, 'onnx/model.onnx', 'onnx/Constant_7_attr__value'],
      ...['onnx/model.onnx_data', 'onnx/model.onnx_data_1'],
    ]);
    expect(selectHubFiles('o/n', names, 'onnx/model_fp16.onnx')).toEqual(
      expect.arrayContaining(['config.json', 'onnx/model_fp16.onnx', 'onnx/model_fp16.onnx_data']),
    );
    expect(selectHubFiles('o/n', [...common, 'model.onnx', 'model.onnx.data', 'LICENSE'])).toEqual([
      ...[...companions, 'model.onnx', 'model.onnx.data'],
    ]);
  });

  it('takes the 4-bit graph of a language model with its tensors, and no other', () => {
    const graphs = ['', '_q4', '_q4f16', '_int8'].flatMap((suffix) => [
      `onnx/model${suffix}.onnx`,
      `onnx/model${suffix}.onnx_data`,
    ]);
    const names = [...common, 'generation_config.json', ...graphs, 'onnx/model_q4.onnx_data_1'];
    expect(selectHubFiles('o/n', names)).toEqual([
      'config.json',
      'generation_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'onnx/model_q4.onnx',
      'onnx/model_q4.onnx_data',
      'onnx/model_q4.onnx_data_1',
    ]);
    // One that writes text about what it hears has an encoder of its own.
    const whisper = [...names, 'onnx/encoder_model.onnx'];
    expect(selectHubFiles('o/n', whisper)).toContain('onnx/model.onnx');
  });

  it('takes all that lies beside a graph of onnxruntime-genai in a folder of its own', () => {
    const folder = 'cpu_and_mobile/cpu-int4';
    const wanted = ['tokenizer.json', 'tokenizer_config.json', 'genai_config.json', 'model.onnx', 'model.onnx.data'];
    const names = [
      ...common,
      ...wanted.map((name) => `${folder}/${name}`),
      'cuda/model.onnx',
      'cuda/genai_config.json',
    ];
    expect(selectHubFiles('o/n', names, `${folder}/model.onnx`)).toEqual(wanted.map((name) => `${folder}/${name}`));
  });

  it('takes both halves of a joint text and image model', () => {
    const halves = ['onnx/text_model.onnx', 'onnx/vision_model.onnx'];
    const names = [...common, 'preprocessor_config.json', 'onnx/model.onnx', 'onnx/text_model_q4.onnx', ...halves];
    expect(selectHubFiles('o/n', names)).toEqual([
      ...['config.json', 'tokenizer.json', 'tokenizer_config.json', 'preprocessor_config.json'],
      ...halves,
    ]);
  });

  const joe = 'en/en_US/joe/medium/en_US-joe-medium.onnx';
  const amy = 'en/en_US/amy/low/en_US-amy-low.onnx';
  const voicesOfPiper = ['README.md', 'voices.json', ...[joe, amy].flatMap((name) => [name, `${name}.json`])];

  it('takes of a collection of Piper voices the named one, its settings and its card', () => {
    const others = ['MODEL_CARD', 'ALIASES', 'samples/a.mp3'].map((name) => `en/en_US/joe/medium/${name}`);
    const names = [...common, ...voicesOfPiper, ...others];
    expect(selectHubFiles('o/n', names, joe)).toEqual([`${joe}.json`, 'en/en_US/joe/medium/MODEL_CARD', joe]);
    expect(selectHubFiles('o/n', names, amy)).toEqual([`${amy}.json`, amy]);
    expect(() => selectHubFiles('o/n', names)).toThrow(expect.objectContaining({ code: 'Unsupported' }));
  });

  it('takes the only Piper voice of a repository', () => {
    const names = ['.gitattributes', 'README.md', 'glados.onnx', 'glados.onnx.json', 'MODEL_CARD'];
    expect(selectHubFiles('o/n', names)).toEqual(['glados.onnx.json', 'MODEL_CARD', 'glados.onnx']);
  });

  it('says which file a Piper voice lacks', () => {
    expect(() => selectHubFiles('o/n', [joe, amy, `${amy}.json`], joe)).toThrow(
      expect.objectContaining({
        code: 'NotFound',
        message: expect.stringContaining(`no file ${joe}.json. The Piper voice en_US-joe-medium.onnx`),
      }),
    );
    expect(selectHubFiles('o/n', ['config.json', 'en_US-joe-medium.onnx'], 'en_US-joe-medium.onnx')).toHaveLength(2);
  });

  it('takes the voices of Kokoro with its model', () => {
    const voices = ['voices/af.bin', 'voices/af_heart.bin', 'voices/am_adam.bin'];
    const names = [...common, 'onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_quantized.onnx', ...voices];
    const companions = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
    expect(selectHubFiles('o/n', [...names, 'samples/a.wav'])).toEqual([...companions, ...voices, 'onnx/model.onnx']);
    const named = 'onnx/model_quantized.onnx';
    expect(selectHubFiles('o/n', names, named)).toEqual([...companions, ...voices, named]);
    const release = ['README.md', 'kokoro-v1.0.onnx', 'voices-v1.0.bin'];
    expect(selectHubFiles('o/n', release)).toEqual(['voices-v1.0.bin', 'kokoro-v1.0.onnx']);
  });

  it('says how to take an ONNX file of which it does not know whether it is meant', () => {
    expect(() => selectHubFiles('o/n', [...common, 'onnx/model_q4.onnx'])).toThrow(/hf:o\/n:onnx\/model_q4\.onnx/);
  });

  it('takes the float16 weights of a Whisper repository, and what a transcription needs beside them', () => {
    const wanted = [
      ...[
        'config.json',
        'generation_config.json',
        'tokenizer.json',
        'tokenizer_config.json',
        'special_tokens_map.json',
      ],
      ...['added_tokens.json', 'vocab.json', 'merges.txt', 'preprocessor_config.json', 'model.safetensors'],
    ];
    const others = [
      ...['.gitattributes', 'README.md', 'normalizer.json', 'pytorch_model.bin', 'flax_model.msgpack', 'tf_model.h5'],
      ...['model.fp32-00001-of-00002.safetensors', 'model.fp32-00002-of-00002.safetensors'],
      ...['model.safetensors.index.fp32.json', 'pytorch_model.bin.index.fp32.json', 'onnx/encoder_model.onnx'],
      ...['original-model.fp32.bin', 'original-model.bin', 'pytorch_model.fp32-00001-of-00002.bin'],
    ];
    expect(selectHubFiles('o/n', [...others, ...wanted])).toEqual(wanted);
  });

  it('takes the folder of a CTranslate2 model', () => {
    for (const vocabulary of ['vocabulary.txt', 'vocabulary.json']) {
      const wanted = ['config.json', 'tokenizer.json', vocabulary, 'preprocessor_config.json', 'model.bin'];
      expect(selectHubFiles('o/n', ['.gitattributes', 'README.md', ...wanted])).toEqual(wanted);
      expect(selectHubFiles('o/n', wanted, 'model.bin')).toEqual(wanted);
    }
    expect(() => selectHubFiles('o/n', [...common, 'model.bin'])).toThrow(
      expect.objectContaining({ code: 'Unsupported' }),
    );
  });
});
