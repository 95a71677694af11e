import { GraphEditor, type OnnxModel } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { rewriteAdaptiveNorms } from './adaptive-norms.js';
import { replaceFourierTransforms } from './fourier-transform.js';
import { type ConvolutionArithmetic, replaceIntegerConvolutions } from './integer-convolutions.js';
import { replaceNarrowConvolutions } from './narrow-convolutions.js';
import { replaceTransposedConvolutions } from './transposed-convolutions.js';

/** Frames of each phoneme, the two ends included: one of them is 1/40 s. */
export const durationsOutput = 'ferrum_durations';

/**
 * Makes a Kokoro graph faster and lets it tell how long each phoneme lasts.
 * @throws FerrumError `InvalidFormat` for a graph that is not of Kokoro.
 */
export function importKokoro(model: OnnxModel, arithmetic: ConvolutionArithmetic): OnnxModel {
  const editor = new GraphEditor(model);
  if (editor.inputs.length !== 3 || editor.outputs.length < 1) {
    const inputs = editor.inputs.map(({ name }) => name).join(', ');
    throw new FerrumError(
      'InvalidFormat',
      `A Kokoro model reads tokens, a style and a speed; this one reads ${inputs || 'nothing'}.`,
    );
  }
  const rounded = editor.nodes.filter(
    ({ operator, outputs }) =>
      operator === 'Round' && editor.consumersOf(outputs[0] ?? '').some((next) => next.operator === 'Clip'),
  );
  const clip = rounded.length === 1 ? editor.consumersOf(rounded[0]?.outputs[0] ?? '')[0] : undefined;
  if (!clip) {
    throw new FerrumError(
      'InvalidFormat',
      'Nothing in this graph predicts how long each phoneme lasts; it is not an export of Kokoro.',
    );
  }
  editor.setOutputs(editor.outputs.slice(0, 1));
  editor.addOutput(clip.outputs[0] as string, { name: durationsOutput, type: 'float32' });
  const replaced = replaceIntegerConvolutions(editor, arithmetic);
  replaceTransposedConvolutions(editor);
  replaceFourierTransforms(editor);
  // In channels-last order only where the convolutions around are too.
  if (replaced > 0 && arithmetic === 'int8') {
    rewriteAdaptiveNorms(editor);
    replaceNarrowConvolutions(editor);
  }
  return editor.finish({ 'com.microsoft': 1 });
}
