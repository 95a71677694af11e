import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { linear, OnnxRuntime, type Session, Tensor } from '@ferrum/onnx';
import { imageInputs } from '../vision/image-inputs.js';
import type { DecoderConfig } from './decoder-config.js';
import { buildDecoderGraph } from './decoder-graph.js';
import type { DecoderWeights } from './decoder-weights.js';

/** Input channels of a layer's linear layers that carry much larger values than the others, ascending. */
export interface LayerOutliers {
  readonly queryKeyValue: readonly number[];
  readonly gateUp: readonly number[];
  readonly down: readonly number[];
}

const sampleTokens = 128;
/** Of all channels, the share that is kept in float32: more cost speed and were not measurably better. */
const outlierShare = 1 / 32;

/**
 * Runs the decoder over a few tokens and finds each layer's outlier channels: the same few for any text, down to random
 * tokens, which therefore are the sample (so no tokenizer is needed, and every import of a file finds the same).
 * @param directory where the weights are; the graph lies there while it runs
 */
export async function findOutlierChannels(
  directory: string,
  config: DecoderConfig,
  weights: DecoderWeights,
  libraryPath?: string,
): Promise<LayerOutliers[]> {
  const observed: string[] = [];
  const graph = buildDecoderGraph(config, weights, {
    linear: (builder, x, layer, name) => {
      if (name !== 'head') {
        const magnitudes = builder.node('Abs', [x], { name: `${name}.magnitudes` });
        const axes = builder.int64s([0]);
        const largest = builder.node('ReduceMax', [magnitudes, axes], { attributes: { keepdims: 0 } });
        builder.output(observedInput(name), largest);
        observed.push(observedInput(name));
      }
      return linear(builder, x, layer, name);
    },
  });
  const file = path.join(directory, 'calibration.onnx');
  await writeFile(file, graph);
  try {
    const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
    const session = await runtime.openSession(file, { intraOpThreads: availableParallelism() });
    try {
      const largest = await runOnce(session, config, observed);
      return Array.from({ length: config.layers }, (_, index) => {
        const of = (name: string) => largestChannels(largest.get(observedInput(`layers.${index}.${name}`)) ?? []);
        return { queryKeyValue: of('queryKeyValue'), gateUp: of('mlp.gateUp'), down: of('mlp.down') };
      });
    } finally {
      await session.dispose();
    }
  } finally {
    await rm(file, { force: true });
  }
}

function observedInput(name: string): string {
  return `${name}.largestInput`;
}

/** @returns by output, the largest magnitude of each input channel. */
async function runOnce(
  session: Session,
  config: DecoderConfig,
  outputs: readonly string[],
): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  const { kvHeads, headDim, vocabularySize } = config;
  const tokens = Math.min(sampleTokens, config.contextLength);
  const ids = Array.from({ length: tokens }, (_, i) => BigInt(hash(i) % vocabularySize));
  const inputs: Record<string, Tensor> = {
    input_ids: Tensor.from('int64', [1, tokens], BigInt64Array.from(ids)),
    seqlens_k: Tensor.from('int32', [1], Int32Array.of(tokens - 1)),
    total_sequence_length: Tensor.from('int32', [], Int32Array.of(tokens)),
    // Every position, so that the last layer shows all of its rows too.
    logit_positions: Tensor.from(
      'int64',
      [1, tokens],
      BigInt64Array.from({ length: tokens }, (_, i) => BigInt(i)),
    ),
  };
  Object.assign(inputs, imageInputs(config));
  const wanted: Record<string, Tensor | null> = Object.fromEntries(outputs.map((name) => [name, null]));
  for (let layer = 0; layer < config.layers; layer++) {
    for (const side of ['key', 'value']) {
      const cache = Tensor.allocate('float32', [1, kvHeads, tokens, headDim]);
      inputs[`past_key_values.${layer}.${side}`] = cache;
      wanted[`present.${layer}.${side}`] = cache;
    }
  }
  const results = await session.run(inputs, wanted);
  const largest = new Map(outputs.map((name) => [name, Float32Array.from(results[name]?.data as Float32Array)]));
  for (const tensor of new Set([...Object.values(inputs), ...Object.values(results)])) tensor.dispose();
  return largest;
}

function largestChannels(magnitudes: ArrayLike<number>): number[] {
  const count = Math.floor(magnitudes.length * outlierShare);
  const order = Array.from({ length: magnitudes.length }, (_, channel) => channel);
  order.sort((a, b) => (magnitudes[b] as number) - (magnitudes[a] as number) || a - b);
  return order.slice(0, count).sort((a, b) => a - b);
}

/** A number below 2³² that looks random: the finaliser of MurmurHash3 (Appleby 2008). */
function hash(n: number): number {
  let h = Math.imul(n + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
