import type { GraphEditor, OnnxNode } from '@ferrum/onnx';
import { onlyReader, swapTimeAndChannels } from './graph-pieces.js';

/**
 * Rewrites adaptive instance norms (Huang and Belongie, 2017: each channel is brought to mean 0 and variance 1 over time, then
 * scaled and shifted by the style) and the Snake activations after them (Liu et al., 2020: x + sin²(αx) / α), which come as a
 * dozen passes over the data, in channels-last order: mean and mean square are matrix products with a row of ones, the norm
 * is one product and one sum, into which α is taken.
 * @returns how many norms were rewritten
 */
export function rewriteAdaptiveNorms(editor: GraphEditor): number {
  let rewritten = 0;
  editor.each('Sqrt', (node) => {
    const norm = matchNorm(editor, node);
    if (!norm) return;
    rewrite(editor, norm);
    rewritten += 1;
  });
  return rewritten;
}

interface AdaptiveNorm {
  /** [1, channels, time]. */
  readonly input: string;
  readonly epsilon: string;
  /** [1, channels, 1], like the shift. */
  readonly scale: string;
  readonly shift: string;
  readonly output: string;
}

interface Snake {
  /** [1, channels, 1], like 1 / α. */
  readonly alpha: string;
  readonly inverse: string;
  readonly output: string;
}

function rewrite(editor: GraphEditor, norm: AdaptiveNorm): void {
  const transpose = (value: string) => swapTimeAndChannels(editor, value);
  const rows = transpose(norm.input);
  const { mean, variance } = moments(editor, norm.input, rows);
  const deviation = editor.add('Sqrt', [editor.add('Add', [variance, norm.epsilon])]);
  const scale = editor.add('Div', [transpose(norm.scale), deviation]);
  const shift = editor.add('Sub', [transpose(norm.shift), editor.add('Mul', [mean, scale])]);
  const snake = matchSnake(editor, norm.output);
  if (!snake) {
    const scaled = editor.add('Add', [editor.add('Mul', [rows, scale]), shift]);
    editor.replace(norm.output, transpose(scaled));
    return;
  }
  // Counted in half turns.
  const alpha = editor.add('Div', [transpose(snake.alpha), editor.float(Math.PI)]);
  const phase = editor.add('Add', [
    editor.add('Mul', [rows, editor.add('Mul', [scale, alpha])]),
    editor.add('Mul', [shift, alpha]),
  ]);
  const sum = editor.add('Add', [phase, squaredSine(editor, phase)]);
  const inverse = editor.add('Mul', [transpose(snake.inverse), editor.float(Math.PI)]);
  editor.replace(snake.output, transpose(editor.add('Mul', [sum, inverse])));
}

/**
 * sin²(πx) / π as a polynomial of the squared distance to the next whole number, least in its largest error, 8·10⁻⁴ / π: a
 * hundredth of a step of the 8 bits in which the next convolution takes it. ONNX Runtime computes Sin on one thread.
 */
function squaredSine(editor: GraphEditor, value: string): string {
  const distance = editor.add('Sub', [value, editor.add('Round', [value])]);
  const square = editor.add('Mul', [distance, distance]);
  const [first, second, third] = [9.80176979, -30.76693354, 30.29184849].map((factor) =>
    editor.float(factor / Math.PI),
  );
  const inner = editor.add('Add', [editor.add('Mul', [square, third as string]), second as string]);
  const outer = editor.add('Add', [editor.add('Mul', [inner, square]), first as string]);
  return editor.add('Mul', [outer, square]);
}

/** Of each channel over time, [1, 1, channels]. */
function moments(editor: GraphEditor, input: string, rows: string): { mean: string; variance: string } {
  const time = editor.add('Shape', [input], { attributes: { start: 2, end: 3 } });
  const ones = editor.add('ConstantOfShape', [editor.add('Concat', [editor.integers(1, 1), time], axis(0))], {
    attributes: {
      value: {
        type: 'tensor',
        value: {
          name: 'one',
          type: 'float32',
          shape: [1],
          data: { kind: 'inline', bytes: new Uint8Array(Float32Array.of(1).buffer) },
        },
      },
    },
  });
  const count = editor.add('Cast', [time], { attributes: { to: 1 } });
  const average = (value: string) => editor.add('Div', [editor.add('MatMul', [ones, value]), count]);
  const mean = average(rows);
  const meanSquare = average(editor.add('Mul', [rows, rows]));
  const difference = editor.add('Sub', [meanSquare, editor.add('Mul', [mean, mean])]);
  // Rounding can bring the variance of a constant channel below 0.
  return { mean, variance: editor.add('Max', [difference, editor.float(0)]) };
}

function axis(value: number): { attributes: { axis: number } } {
  return { attributes: { axis: value } };
}

/** Sub(x, mean), its square's mean, + ε, √, Div, × scale, + shift. */
function matchNorm(editor: GraphEditor, squareRoot: OnnxNode): AdaptiveNorm | undefined {
  const sum = editor.producerOf(squareRoot.inputs[0]);
  if (sum?.operator !== 'Add') return undefined;
  const variance = sum.inputs.find((value) => isMeanOverTime(editor, value));
  const epsilon = sum.inputs.find((value) => value !== variance);
  const square = editor.producerOf(editor.producerOf(variance)?.inputs[0]);
  const centred = centredOf(editor, square);
  if (epsilon === undefined || !centred || !isMeanOverTime(editor, centred.inputs[1])) return undefined;
  const [input] = centred.inputs;
  const divide = onlyReader(editor, squareRoot.outputs[0]);
  if (divide?.operator !== 'Div' || divide.inputs[0] !== centred.outputs[0]) return undefined;
  const multiply = onlyReader(editor, divide.outputs[0]);
  if (multiply?.operator !== 'Mul') return undefined;
  const scale = multiply.inputs.find((value) => value !== divide.outputs[0]);
  const add = onlyReader(editor, multiply.outputs[0]);
  const shift = add?.inputs.find((value) => value !== multiply.outputs[0]);
  if (add?.operator !== 'Add' || input === undefined || scale === undefined || shift === undefined) return undefined;
  return { input, epsilon, scale, shift, output: add.outputs[0] as string };
}

function isMeanOverTime(editor: GraphEditor, value: string | undefined): boolean {
  const mean = editor.producerOf(value);
  if (mean?.operator !== 'ReduceMean') return false;
  const attribute = mean.attributes.get('axes');
  const axes =
    attribute?.type === 'ints' ? attribute.value.map(Number) : [...(editor.constantOf(mean.inputs[1])?.data ?? [])];
  return axes.length === 1 && Number(axes[0]) === 2;
}

/** The difference that is squared, as x · x or x². */
function centredOf(editor: GraphEditor, square: OnnxNode | undefined): OnnxNode | undefined {
  const isProduct = square?.operator === 'Mul' && square.inputs[0] === square.inputs[1];
  const isPower = square?.operator === 'Pow' && editor.floatsOf(square.inputs[1])?.data[0] === 2;
  const centred = isProduct || isPower ? editor.producerOf(square?.inputs[0]) : undefined;
  return centred?.operator === 'Sub' ? centred : undefined;
}

/** x + (1 / α) · sin(α · x)². */
function matchSnake(editor: GraphEditor, input: string): Snake | undefined {
  const consumers = editor.consumersOf(input);
  const multiply = consumers.find(({ operator }) => operator === 'Mul');
  const add = consumers.find(({ operator }) => operator === 'Add');
  if (consumers.length !== 2 || !multiply || !add) return undefined;
  const sine = onlyReader(editor, multiply.outputs[0]);
  const power = sine?.operator === 'Sin' ? onlyReader(editor, sine.outputs[0]) : undefined;
  const isSquare = power?.operator === 'Pow' && editor.floatsOf(power.inputs[1])?.data[0] === 2;
  const scaled = isSquare ? onlyReader(editor, power.outputs[0]) : undefined;
  const alpha = multiply.inputs.find((value) => value !== input);
  const inverse = scaled?.inputs.find((value) => value !== power?.outputs[0]);
  const meets = scaled?.operator === 'Mul' && onlyReader(editor, scaled.outputs[0]) === add;
  if (!meets || alpha === undefined || inverse === undefined) return undefined;
  return { alpha, inverse, output: add.outputs[0] as string };
}
