import type { Session, ValueInfo } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { outputOf } from './onnx-text-runner.js';

const ids: ValueInfo = { name: 'input_ids', type: 'int64', dims: ['batch', 'tokens'] };
const vectors: ValueInfo = { name: 'sentence_embedding', type: 'float32', dims: ['batch', 8] };
const hidden: ValueInfo = { name: 'last_hidden_state', type: 'float32', dims: ['batch', 'tokens', 8] };
const logits: ValueInfo = { name: 'logits', type: 'float32', dims: ['batch', 1] };

function sessionOf(inputs: readonly ValueInfo[], outputs: readonly ValueInfo[]): Session {
  const byName = (infos: readonly ValueInfo[]) => new Map(infos.map((info) => [info.name, info]));
  return { inputs: byName(inputs), outputs: byName(outputs) } as Pick<Session, 'inputs' | 'outputs'> as Session;
}

describe('what is taken of a ready-made graph', () => {
  it('is finished vectors before hidden states', () => {
    expect(outputOf(sessionOf([ids], [hidden, vectors]), 'embedding', 'x.onnx')).toEqual({
      kind: 'vectors',
      name: 'sentence_embedding',
    });
    expect(outputOf(sessionOf([ids], [hidden]), 'embedding', 'x.onnx')).toEqual({
      kind: 'hidden',
      name: 'last_hidden_state',
      hiddenSize: 8,
    });
    expect(outputOf(sessionOf([ids], [logits]), 'reranking', 'x.onnx')).toEqual({ kind: 'vectors', name: 'logits' });
  });

  it.each<[string, readonly ValueInfo[], readonly ValueInfo[], 'embedding' | 'reranking', string]>([
    ['an input that is not known', [ids, { ...ids, name: 'pixels' }], [hidden], 'embedding', 'needs the inputs pixels'],
    ['ids of 32 bits', [{ ...ids, type: 'int32' }], [hidden], 'embedding', 'takes input_ids as int32; known are int64'],
    [
      'vectors in half precision',
      [ids],
      [{ ...vectors, type: 'float16' }],
      'embedding',
      'as float16; known are float32',
    ],
    ['states in half precision', [ids], [{ ...hidden, type: 'float16' }], 'embedding', 'as float16; known are float32'],
    ['scores in half precision', [ids], [{ ...logits, type: 'float16' }], 'reranking', 'as float16; known are float32'],
    ['no output that is known', [ids], [logits], 'embedding', 'gives logits; known are sentence_embedding'],
    ['no score', [ids], [hidden], 'reranking', 'gives last_hidden_state; known are logits'],
  ])('is refused with %s', (_name, inputs, outputs, purpose, message) => {
    expect(() => outputOf(sessionOf(inputs, outputs), purpose, 'x.onnx')).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining(message) }),
    );
  });
});
