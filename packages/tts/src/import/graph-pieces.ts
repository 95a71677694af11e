import type { GraphEditor, OnnxNode } from '@ferrum/onnx';

/** The one node that reads a value; undefined where it has several readers, or none. */
export function onlyReader(editor: GraphEditor, value: string | undefined): OnnxNode | undefined {
  const consumers = value === undefined ? [] : editor.consumersOf(value);
  return consumers.length === 1 ? consumers[0] : undefined;
}

/** [1, channels, time] ↔ [1, time, channels]. Pairs that meet cancel each other when the graph is opened. */
export function swapTimeAndChannels(editor: GraphEditor, value: string): string {
  return editor.add('Transpose', [value], { attributes: { perm: [0, 2, 1] } });
}

export interface Framing {
  /** How many elements are in a frame. */
  readonly taps: number;
  /** From one of them to the next. */
  readonly dilation: number;
  /** From one frame to the next. */
  readonly stride: number;
}

/** Overlapping frames along axis 1: [1, time, …] → [1, frames, taps, …]; only those that fit whole. */
export function framesOf(editor: GraphEditor, value: string, { taps, dilation, stride }: Framing): string {
  const length = editor.add('Squeeze', [editor.add('Shape', [value], { attributes: { start: 1, end: 2 } })]);
  const end = editor.add('Sub', [length, editor.integer((taps - 1) * dilation)]);
  const starts = editor.add('Range', [editor.integer(0), end, editor.integer(stride)]);
  const offsets = BigInt64Array.from({ length: taps }, (_, tap) => BigInt(tap * dilation));
  const indices = editor.add('Add', [
    editor.add('Unsqueeze', [starts, editor.integers(1)]),
    editor.constant('int64', [1, taps], offsets),
  ]);
  return editor.add('Gather', [value, indices], { attributes: { axis: 1 } });
}
