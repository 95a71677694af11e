import { GraphBuilder, type Value } from '@ferrum/onnx';
import { foldedLength, frameLength, halfFrame } from './fold-frames.js';
import { melFilters, spectrumBins } from './mel-filters.js';

/** Power below this counts as silence. */
export const powerFloor = 1e-10;

/**
 * The model that turns folded frames into log-mel power.
 * Input `folded` [4, frames, 100] (see `foldFrames`). Outputs `logMel` [melBins, frames], log10 of power, and `maximum` [].
 */
export function logMelGraph(melBins: number): Uint8Array {
  const graph = new GraphBuilder({ name: 'log-mel' });
  const folded = graph.input('folded', 'float32', [4, 'frames', foldedLength]);
  const basis = graph.initializer('basis', 'float32', [4, foldedLength, lowBins], foldedBasis());
  const products = graph.node('MatMul', [folded, basis]);
  const [evenCosine, oddCosine, evenSine, oddSine] = graph.nodes('Split', [products, graph.int64s([1, 1, 1, 1])], {
    attributes: { axis: 0 },
    outputs: 4,
  });
  const square = (value: Value) => graph.node('Mul', [value, value]);
  const power = (operator: 'Add' | 'Sub') =>
    graph.node('Add', [
      square(graph.node(operator, [evenCosine, oddCosine])),
      square(graph.node(operator, [evenSine, oddSine])),
    ]);
  const spectrum = graph.node('Concat', [power('Add'), power('Sub')], { attributes: { axis: 2 } });
  const filters = graph.initializer('filters', 'float32', [2 * lowBins, melBins], foldedFilters(melBins));
  const mel = graph.node('MatMul', [spectrum, filters]);
  const naturalLog = graph.node('Log', [graph.node('Clip', [mel, graph.scalar('float32', powerFloor)])]);
  const log10 = graph.node('Mul', [naturalLog, graph.scalar('float32', Math.LOG10E)]);
  const rows = graph.node('Squeeze', [log10, graph.int64s([0])]);
  graph.output('logMel', graph.node('Transpose', [rows], { attributes: { perm: [1, 0] } }));
  graph.output('maximum', graph.node('ReduceMax', [rows], { attributes: { keepdims: 0 } }));
  return graph.build();
}

/** Bins 0 … 100; bins 200 … 100 come from the same products. */
const lowBins = halfFrame / 2 + 1;

/** Periodic Hann window times cosine and sine: [4, 100, 101] in the order of `foldFrames`. */
function foldedBasis(): Float32Array {
  const basis = new Float32Array(4 * foldedLength * lowBins);
  let index = 0;
  for (const wave of [Math.cos, Math.sin]) {
    for (const firstSample of [2, 1]) {
      for (let row = 0; row < foldedLength; row++) {
        const sample = firstSample + 2 * row;
        const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * sample) / frameLength);
        for (let bin = 0; bin < lowBins; bin++) {
          // The turns are reduced as integers, to keep the angle exact.
          basis[index++] = window * wave((2 * Math.PI * ((bin * sample) % frameLength)) / frameLength);
        }
      }
    }
  }
  return basis;
}

/** The mel filters for bins 0 … 100 followed by 200 … 100, transposed; bin 100 counts once. */
function foldedFilters(melBins: number): Float32Array {
  const filters = melFilters(melBins);
  const weight = (mel: number, bin: number) => filters[mel * spectrumBins + bin] ?? 0;
  const folded = new Float32Array(2 * lowBins * melBins);
  for (let mel = 0; mel < melBins; mel++) {
    for (let bin = 0; bin < lowBins; bin++) {
      folded[bin * melBins + mel] = weight(mel, bin);
      if (bin < lowBins - 1) folded[(lowBins + bin) * melBins + mel] = weight(mel, spectrumBins - 1 - bin);
    }
  }
  return folded;
}
