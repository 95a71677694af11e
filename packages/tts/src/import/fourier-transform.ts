import type { GraphEditor } from '@ferrum/onnx';
import { framesOf } from './graph-pieces.js';

/**
 * Replaces short-time Fourier transforms of few samples a frame by one matrix product: ONNX Runtime's takes a general, single-threaded
 * way for lengths that are no power of two.
 *
 * The imaginary part of the lowest and the highest bin of a real signal is 0, and the sign of that zero decides whether a
 * negative value has the phase π or −π. PyTorch, with which models are trained, says π; so here these parts are a hair
 * above 0 where the value is negative.
 * @returns how many were replaced
 */
export function replaceFourierTransforms(editor: GraphEditor): number {
  let replaced = 0;
  editor.each('STFT', (node) => {
    const [signal = '', hopName, windowName] = node.inputs;
    const hop = Number(editor.constantOf(hopName)?.data[0] ?? 0);
    const window = editor.floatsOf(windowName)?.data;
    const isOnesided = node.attributes.get('onesided');
    const isReal = isOnesided?.type !== 'int' || Number(isOnesided.value) === 1;
    if (!window || hop < 1 || window.length > longest || window.length % 2 !== 0 || !isReal) return;
    // [1, samples] or [1, samples, 1]
    const samples = editor.add('Reshape', [signal, editor.integers(1, -1)]);
    const frames = framesOf(editor, samples, { taps: window.length, dilation: 1, stride: hop });
    const bins = window.length / 2 + 1;
    const spectrum = editor.add('MatMul', [
      frames,
      editor.constant('float32', [window.length, 2 * bins], fourierMatrix(window)),
    ]);
    editor.replace(node.outputs[0] as string, editor.add('Reshape', [spectrum, editor.integers(1, -1, bins, 2)]));
    replaced += 1;
  });
  return replaced;
}

/** Beyond this many samples a frame a fast transform needs fewer products. */
const longest = 64;
const hair = 1e-7;

/** exp(−2πi·k·n / N) times the window, [samples, bins × (real, imaginary)]. */
function fourierMatrix(window: Float32Array): Float32Array {
  const size = window.length;
  const bins = size / 2 + 1;
  const matrix = new Float32Array(size * bins * 2);
  for (let sample = 0; sample < size; sample += 1) {
    for (let bin = 0; bin < bins; bin += 1) {
      const angle = (2 * Math.PI * bin * sample) / size;
      const weight = window[sample] as number;
      const real = Math.cos(angle) * weight;
      const isReal = bin === 0 || bin === bins - 1;
      const at = 2 * (sample * bins + bin);
      matrix[at] = real;
      matrix[at + 1] = isReal ? -hair * real : -Math.sin(angle) * weight;
    }
  }
  return matrix;
}
