import { FerrumError } from '@ferrum/registry/errors';
import { decodeModel } from '../graph/decode-model.js';
import { GraphBuilder, type Value } from '../graph/graph-builder.js';
import type { OnnxGraph } from '../graph/model.js';

export interface BranchOptions {
  /** bool [1]. */
  readonly condition: Value;
  /** What the branch takes from the graph around it. */
  readonly captured: readonly Value[];
  /** Adds what is computed where the condition holds to a graph of its own. */
  readonly build: (inner: GraphBuilder, captured: readonly Value[]) => Value;
  /** The result where it does not: of the type that `build` gives, save for sizes that are not known. */
  readonly otherwise: Value;
}

/**
 * A part of a graph that is computed only where a condition holds (ONNX `If`). ONNX Runtime plans its memory by itself, too: in
 * a graph of n tensors it compares each with those freed before, and where sizes are not known until the run none is ever taken
 * again, so that opening takes n² steps (version 1.30).
 * @throws FerrumError `InvalidParameter` when the branch's graph is given an input of its own.
 */
export function branch(
  graph: GraphBuilder,
  { condition, captured, build, otherwise }: BranchOptions,
  name: string,
): Value {
  const inner = new GraphBuilder({ name });
  const inputs = captured.map((value) => inner.input(value.name, value.type, value.shape));
  inner.output(`${name}.then`, build(inner, inputs));
  const then = bodyOf(inner, captured, name);
  const other = new GraphBuilder({ name: `${name}.otherwise` });
  other.output(`${name}.none`, other.input(otherwise.name, otherwise.type, otherwise.shape));
  return graph.node('If', [condition], {
    name,
    domain: '',
    attributes: {
      then_branch: { type: 'graph', value: then },
      else_branch: { type: 'graph', value: bodyOf(other, [otherwise], name) },
    },
    outputTypes: [{ type: otherwise.type, shape: otherwise.shape }],
  });
}

/** A graph whose inputs are found by their names in the one around it, which may have no other name of it. */
function bodyOf(builder: GraphBuilder, captured: readonly Value[], name: string): OnnxGraph {
  const { graph } = decodeModel(builder.build(), name);
  const outside = new Set(captured.map((value) => value.name));
  const strange = graph.inputs.find((input) => !outside.has(input.name));
  if (strange) {
    throw new FerrumError(
      'InvalidParameter',
      `The branch "${name}" has the input "${strange.name}"; it can only take what it captures.`,
    );
  }
  const own = (value: string): string =>
    value === '' || outside.has(value) || value.startsWith(`${name}.`) ? value : `${name}.${value}`;
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(own), outputs: node.outputs.map(own) })),
    initializers: graph.initializers.map((tensor) => ({ ...tensor, name: own(tensor.name) })),
    inputs: [],
    // A symbol would mean the same size in all branches.
    outputs: graph.outputs.map(({ shape = [], ...output }) => ({
      ...output,
      shape: shape.map((size) => (typeof size === 'string' ? '' : size)),
    })),
  };
}
