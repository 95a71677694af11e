import type { GraphEditor, OnnxNode } from '@ferrum/onnx';
import { attributesOf } from './node-attributes.js';
import { cropped, phasesOf } from './upsampling-phases.js';

/**
 * Makes convolutions over time, and what lies between them, convolutions over a plane of height 1: for planes ONNX Runtime has
 * kernels for channels in blocks, which need no copy of the input for each tap. They share work out by batch and by 64 channels, so it
 * pays where there is a batch.
 *
 * Data stay in blocks only between operators that know them: convolutions, activations right after them, sums of equals.
 * So an activation or a scale that follows anything else becomes a convolution of each channel with one weight, and so does the
 * way in.
 * @param within the values whose makers are looked at
 * @returns how many convolutions were changed
 */
export function planeConvolutions(editor: GraphEditor, within: ReadonlySet<string>): number {
  const pass = new PlanePass(editor);
  const names = editor.inOrder().flatMap((node) => node.outputs.filter((output) => within.has(output)));
  for (const name of names) {
    const node = editor.producerOf(name);
    if (node) pass.visit(node);
  }
  return pass.changed;
}

/** Channels of a block, at most: 16 floats of 512 bits. */
const blockSize = 16;
const sums = ['Add'];

class PlanePass {
  changed = 0;
  /** By value: the same as a plane. */
  readonly #planes = new Map<string, string>();
  readonly #channels = new Map<string, number>();
  readonly #axis: string;

  constructor(private readonly editor: GraphEditor) {
    this.#axis = editor.integers(2);
  }

  visit(node: OnnxNode): void {
    const [name] = node.outputs;
    const made = name === undefined ? undefined : this.#plane(node);
    if (name === undefined || !made) return;
    const flat = this.editor.add('Squeeze', [made.plane, this.#axis]);
    this.editor.replace(name, flat);
    this.#planes.set(flat, made.plane);
    this.#channels.set(flat, made.channels);
  }

  #plane(node: OnnxNode): { plane: string; channels: number } | undefined {
    const [input = ''] = node.inputs;
    const { editor } = this;
    if (node.operator === 'Conv') return this.#convolution(node);
    if (node.operator === 'ConvTranspose') return this.#upsampling(node);
    const channels = this.#channels.get(input) ?? this.#channelsRead(input);
    if (channels === undefined || channels % blockSize !== 0) return undefined;
    if (node.operator === 'LeakyRelu') {
      const plane = this.#enter(input, channels);
      const producer = editor.producerOf(plane);
      const follows = producer?.operator === 'Conv' && editor.consumersOf(input).length === 1;
      const source = follows ? plane : this.#scaled(plane, channels, 1);
      const attributes = Object.fromEntries(node.attributes);
      return { plane: editor.add('LeakyRelu', [source], { attributes }), channels };
    }
    if (!this.#planes.has(input) && !node.inputs.some((value) => this.#planes.has(value))) return undefined;
    const factor = this.#factor(node);
    if (factor !== undefined) return { plane: this.#scaled(this.#enter(input, channels), channels, factor), channels };
    if (!sums.includes(node.operator) || node.inputs.some((value) => this.#isConstant(value))) return undefined;
    const planes = node.inputs.map((value) => this.#enter(value, channels));
    return { plane: editor.add(node.operator, planes), channels };
  }

  #convolution(node: OnnxNode): { plane: string; channels: number } | undefined {
    const [input = '', kernel, bias] = node.inputs;
    const weights = this.editor.floatsOf(kernel);
    const { dilation, stride, pads, group } = attributesOf(node);
    if (weights?.shape.length !== 3 || group !== 1) return undefined;
    const [outputs, channels, taps] = weights.shape as [number, number, number];
    const matrix = this.editor.constant('float32', [outputs, channels, 1, taps], weights.data);
    const inputs = [this.#enter(input, channels), matrix, ...(bias ? [bias] : [])];
    this.changed += 1;
    const plane = this.editor.add('Conv', inputs, {
      attributes: {
        kernel_shape: [1, taps],
        dilations: [1, dilation],
        strides: [1, stride],
        pads: [0, pads[0], 0, pads[1]],
      },
    });
    return { plane, channels: outputs };
  }

  /**
   * A transposed convolution makes the outputs of a step as channels of their own, phase by phase; in channels-last order they are
   * in a row as they are.
   */
  #upsampling(node: OnnxNode): { plane: string; channels: number } | undefined {
    const { editor } = this;
    const [input = ''] = node.inputs;
    const phases = phasesOf(editor, node, 'phase-major');
    if (!phases || phases.channels % blockSize !== 0) return undefined;
    const { weights, bias, channels, outputs, stride, reach, pads } = phases;
    const matrix = editor.constant('float32', [outputs * stride, channels, 1, reach + 1], weights);
    const inputs = [this.#enter(input, channels), matrix];
    if (bias) inputs.push(editor.constant('float32', [outputs * stride], bias));
    const made = editor.add('Conv', inputs, {
      attributes: { kernel_shape: [1, reach + 1], pads: [0, reach, 0, reach] },
    });
    const last = editor.add('Transpose', [made], { attributes: { perm: [0, 2, 3, 1] } });
    const samples = editor.add('Reshape', [last, editor.integers(0, 1, -1, outputs)]);
    const cut = cropped(editor, samples, pads, 2);
    this.changed += 1;
    const plane = editor.add('Transpose', [cut], { attributes: { perm: [0, 3, 1, 2] } });
    // Brought into blocks once, for all who read it.
    return { plane: outputs % blockSize === 0 ? this.#scaled(plane, outputs, 1) : plane, channels: outputs };
  }

  /** The value as a plane; one that comes from outside is brought into blocks once, for all who read it. */
  #enter(value: string, channels: number): string {
    let plane = this.#planes.get(value);
    if (plane === undefined) {
      plane = this.editor.add('Unsqueeze', [value, this.#axis]);
      if (channels % blockSize === 0) plane = this.#scaled(plane, channels, 1);
      this.#planes.set(value, plane);
      this.#channels.set(value, channels);
    }
    return plane;
  }

  #scaled(plane: string, channels: number, factor: number): string {
    const weights = this.editor.constant('float32', [channels, 1, 1, 1], new Float32Array(channels).fill(factor));
    return this.editor.add('Conv', [plane, weights], { attributes: { kernel_shape: [1, 1], group: channels } });
  }

  /** Of a product or quotient with a constant. */
  #factor({ operator, inputs }: OnnxNode): number | undefined {
    const constant = this.editor.floatsOf(inputs[1]);
    const value = constant?.data.length === 1 ? constant.data[0] : undefined;
    if (value === undefined || (operator !== 'Mul' && operator !== 'Div')) return undefined;
    return operator === 'Mul' ? value : 1 / value;
  }

  #isConstant(value: string): boolean {
    return this.editor.constantOf(value) !== undefined;
  }

  /** What a convolution reads after this value, or after its activation. */
  #channelsRead(value: string): number | undefined {
    for (const node of this.editor.consumersOf(value)) {
      const reader = node.operator === 'Conv' ? node : this.editor.consumersOf(node.outputs[0] ?? '')[0];
      const shape = reader?.operator === 'Conv' ? this.editor.constantOf(reader.inputs[1])?.shape : undefined;
      if (shape) return shape[1];
    }
    return undefined;
  }
}
