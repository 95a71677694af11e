import { describe, expect, it } from 'vitest';
import { chooseGraph, homeOf } from './choose-graph.js';

const community = ['', '_fp16', '_int8', '_q4', '_q4f16', '_quantized'].map((suffix) => `onnx/model${suffix}.onnx`);

describe('chooseGraph', () => {
  it.each([
    ['4-bit blocks before all', community, {}, 'onnx/model_q4.onnx'],
    ['float32 before int8', ['onnx/model_int8.onnx', 'onnx/model.onnx'], {}, 'onnx/model.onnx'],
    [
      'the merged graph of Optimum',
      ['decoder_model.onnx', 'decoder_model_merged.onnx'],
      {},
      'decoder_model_merged.onnx',
    ],
    ['the only one, whatever it is called', ['phi.onnx'], {}, 'phi.onnx'],
    ['float32 when asked for', community, { quantization: 'float32' }, 'onnx/model.onnx'],
    ['int8 when asked for', community, { quantization: 'int8' }, 'onnx/model_quantized.onnx'],
    ['the file that is named', community, { graphFile: 'onnx/model_fp16.onnx' }, 'onnx/model_fp16.onnx'],
  ] as const)('takes %s', (_what, names, choice, expected) => {
    expect(chooseGraph(names, 'a model', choice)).toBe(expected);
  });

  it('takes what genai_config.json names', () => {
    expect(chooseGraph(['model.onnx', 'text.onnx'], 'a model', {}, 'text.onnx')).toBe('text.onnx');
  });

  it.each([
    [{ graphFile: 'no.onnx' }, 'graphFile'],
    [{ quantization: 'int4' }, 'quantization'],
  ] as const)('says what there is in place of %j', (choice, parameter) => {
    expect(() => chooseGraph(['model.onnx', 'model_int8.onnx'], 'a model', choice)).toThrow(
      expect.objectContaining({
        code: 'InvalidParameter',
        details: { parameter },
        message: expect.stringContaining('model.onnx, model_int8.onnx'),
      }),
    );
  });

  it('asks which, of graphs with other names', () => {
    expect(() => chooseGraph(['a.onnx', 'b.onnx'], 'a model', {})).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('a.onnx, b.onnx') }),
    );
  });
});

it('finds the configuration beside the graph, else above onnx/', () => {
  expect(homeOf('onnx/model.onnx', ['config.json', 'onnx/model.onnx'])).toBe('.');
  expect(homeOf('model.onnx', ['model.onnx'])).toBe('.');
  expect(homeOf('cpu/int4/model.onnx', ['config.json', 'cpu/int4/genai_config.json'])).toBe('cpu/int4');
});
