import { readFileSync } from 'node:fs';
import { decodeModel, type OnnxModel } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { durationsOutput, importKokoro } from './kokoro-import.js';

const read = (name: string): OnnxModel =>
  decodeModel(readFileSync(new URL(`../fixtures/${name}.onnx`, import.meta.url)), name);

describe('importing Kokoro', () => {
  it('keeps the sound and adds the durations', () => {
    const { graph } = importKokoro(read('kokoro'), 'float32');
    expect(graph.outputs.map(({ name }) => name)).toEqual(['audio', durationsOutput]);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['tokens', 'style', 'speed']);
  });

  it('drops outputs after the first', () => {
    const model = read('kokoro');
    const clip = model.graph.nodes.find(({ operator }) => operator === 'Clip');
    const outputs = [...model.graph.outputs, { name: clip?.outputs[0] ?? '', type: 'float32' as const }];
    const { graph } = importKokoro({ ...model, graph: { ...model.graph, outputs } }, 'int8');
    expect(graph.outputs.map(({ name }) => name)).toEqual(['audio', durationsOutput]);
  });

  it.each([
    ['with other inputs', () => ({ ...read('speakers') }), 'input, input_lengths, scales, sid'],
    ['that predicts no durations', () => read('piper'), 'durations|phoneme lasts'],
  ])('refuses a graph %s', (_, model, message) => {
    expect(() => importKokoro(model(), 'int8')).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringMatching(message) }),
    );
  });
});
