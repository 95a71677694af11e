import type { GraphEditor, OnnxNode } from '@ferrum/onnx';
import { attributesOf } from './node-attributes.js';

/**
 * Divides the time of a vocoder's last stages into windows of equal length that overlap by what the nodes see, has them
 * computed as a batch, and puts the results together again: the same values, in work that threads share evenly.
 * @param input [1, channels, time]
 * @param output [1, channels, time × a factor], made from `input` alone
 * @returns the values between, or undefined, with nothing changed, when there are nodes between of which it is not known what they see
 */
export function batchWindows(
  editor: GraphEditor,
  { input, output, windows }: { readonly input: string; readonly output: string; readonly windows: number },
): ReadonlySet<string> | undefined {
  const between = nodesBetween(editor, input, output);
  const view = between && viewOf(editor, between, input, output);
  if (!view) return undefined;
  const { factor, reach } = view;
  const first = between.filter((node) => node.inputs.includes(input)).map((node) => node.outputs[0] as string);
  const after = editor.consumersOf(output).map((node) => node.outputs[0] as string);
  const constant = (value: number) => editor.integers(value);
  const length = editor.add('Slice', [editor.add('Shape', [input]), constant(2), constant(3), constant(0)]);
  // Each window makes so many steps …
  const core = editor.add('Div', [editor.add('Add', [length, constant(windows - 1)]), constant(windows)]);
  // … and is longer by what is seen at its sides, or as long as there are steps.
  const extent = editor.add('Min', [editor.add('Add', [core, constant(2 * reach)]), length]);
  const last = editor.add('Sub', [length, extent]);
  const pieces = Array.from({ length: windows }, (_, index) => {
    const from = editor.add('Min', [editor.add('Mul', [core, constant(index)]), length]);
    const wanted = editor.add('Max', [editor.add('Sub', [from, constant(reach)]), constant(0)]);
    const start = editor.add('Min', [wanted, last]);
    const end = editor.add('Min', [editor.add('Add', [from, core]), length]);
    const steps = editor.add('Slice', [input, start, editor.add('Add', [start, extent]), constant(2)]);
    const inside = (step: string) => editor.add('Mul', [editor.add('Sub', [step, start]), constant(factor)]);
    return { steps, from: inside(from), end: inside(end) };
  });
  const steps = pieces.map((piece) => piece.steps);
  const batch = editor.add('Concat', steps, { attributes: { axis: 0 } });
  editor.redirect(first, input, batch);
  const cut = pieces.map(({ from, end }, index) => {
    const window = editor.add('Slice', [output, constant(index), constant(index + 1), constant(0)]);
    return editor.add('Slice', [window, from, end, constant(2)]);
  });
  editor.redirect(after, output, editor.add('Concat', cut, { attributes: { axis: 2 } }));
  return new Set(between.flatMap((node) => node.outputs));
}

/** In an order in which they can be computed; undefined when they read anything but each other, the input and constants. */
function nodesBetween(editor: GraphEditor, input: string, output: string): OnnxNode[] | undefined {
  const values = new Set([input]);
  const found: OnnxNode[] = [];
  for (const node of editor.inOrder()) {
    if (!node.inputs.some((value) => values.has(value))) continue;
    if (values.has(output)) break;
    if (!node.inputs.every((value) => value === '' || values.has(value) || editor.constantOf(value))) return undefined;
    for (const value of node.outputs) values.add(value);
    found.push(node);
  }
  return values.has(output) ? found : undefined;
}

interface View {
  /** Steps of a value for each of the input. */
  readonly factor: number;
  /** How far around it a step sees, in steps of the input. */
  readonly reach: number;
}

const pointwise = ['LeakyRelu', 'Relu', 'Tanh', 'Sigmoid', 'Add', 'Sub', 'Mul', 'Div', 'Identity'];

function viewOf(editor: GraphEditor, between: readonly OnnxNode[], input: string, output: string): View | undefined {
  const views = new Map<string, View>([[input, { factor: 1, reach: 0 }]]);
  for (const node of between) {
    const seen = node.inputs.flatMap((value) => views.get(value) ?? []);
    const [{ factor } = { factor: 1 }] = seen;
    if (seen.some((view) => view.factor !== factor)) return undefined;
    const reach = Math.max(...seen.map((view) => view.reach));
    const taps = editor.constantOf(node.inputs[1])?.shape[2] ?? 0;
    const { dilation, stride, pads } = attributesOf(node);
    let view: View;
    if (pointwise.includes(node.operator)) view = { factor, reach };
    else if (node.operator === 'Conv' && stride === 1 && pads[0] + pads[1] === (taps - 1) * dilation) {
      view = { factor, reach: reach + Math.max(...pads) / factor };
    } else if (node.operator === 'ConvTranspose' && taps - pads[0] - pads[1] === stride) {
      view = { factor: factor * stride, reach: reach + taps / stride / factor };
    } else return undefined;
    views.set(node.outputs[0] as string, view);
  }
  const view = views.get(output);
  // A step more, for what rounding leaves out.
  return view && { factor: view.factor, reach: Math.ceil(view.reach) + 1 };
}
