import { FerrumError } from '@ferrum/registry/errors';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';
import { type BranchOptions, branch } from './branch.js';
import { type GateActivation, type GatedMlpOptions, type GatedMlpWeights, gated, gatedMlp } from './gated-mlp.js';
import { blockSumSizes, type LinearWeights, linear, shareBlockSums } from './linear.js';

export interface ExpertWeights {
  /** [experts, hiddenSize]. */
  readonly router: LinearWeights;
  /** Of equal shapes; float32 or in blocks. */
  readonly experts: readonly GatedMlpWeights[];
  /** An MLP that every row passes besides (Qwen2-MoE). */
  readonly shared?: SharedExpertWeights;
}

export interface SharedExpertWeights {
  readonly mlp: GatedMlpWeights;
  /** [1, hiddenSize]: its sigmoid multiplies what the MLP gives. */
  readonly gate?: LinearWeights;
}

/** `apply` may be given a graph of its own for experts, to which it can add no inputs or outputs. */
export interface MixtureOfExpertsOptions extends GatedMlpOptions {
  /** Experts that each row uses. */
  readonly active: number;
  /** Whether the weights of a row's experts are made to sum to 1. */
  readonly normalized: boolean;
}

/**
 * Σ p(e) · expert e(x) over the `active` experts of the largest p = softmax(router(x)), each a gated MLP (Shazeer et al. 2017;
 * Jiang et al. 2024, "Mixtral of Experts"); x is [..., hiddenSize], and each row chooses for itself.
 *
 * Rows are copied once for each expert they chose, sorted by expert, and split: an expert multiplies only its own rows, and
 * groups of experts without any are passed over, so a run costs as much as the experts in use. ONNX Runtime 1.30 has a MoE and
 * a QMoE kernel; its CPU QMoE turns every expert in use back into float32 in each run, and is 40 times as slow for one row.
 * @throws FerrumError `InvalidParameter` for weights that do not fit together, `Unsupported` for weights quantised by rows.
 */
export function mixtureOfExperts(
  graph: GraphBuilder,
  x: Value,
  weights: ExpertWeights,
  { active, normalized, apply = linear, activation = 'silu' }: MixtureOfExpertsOptions,
  name: string,
): Value {
  requireExperts(weights, active, name);
  const hiddenSize = weights.router.inFeatures;
  const rows =
    x.shape.length === 2 ? x : graph.node('Reshape', [x, graph.int64s([-1, hiddenSize])], { name: `${name}.rows` });
  const { chosen, shares } = route(graph, rows, weights.router, { active, normalized, apply }, name);
  const order = sortByExpert(graph, chosen, weights.experts.length, active, name);
  const outputs = runExperts(graph, rows, weights.experts, order, { apply, activation }, name);
  // Back to a row's experts side by side, as many rows as `shares` has: [rows, active, hiddenSize].
  const unsorted = graph.node('Gather', [outputs, order.places], { name: `${name}.unsorted`, attributes: { axis: 0 } });
  const apart = graph.node('Reshape', [unsorted, graph.int64s([-1, active, hiddenSize])], { name: `${name}.apart` });
  const factors = graph.node('Unsqueeze', [shares, graph.int64s([1])], { name: `${name}.factors` });
  const mixed = graph.node('MatMul', [factors, apart], { name: `${name}.mixed` });
  const output = graph.node('Reshape', [mixed, graph.node('Shape', [x], { name: `${name}.shape` })], { name });
  if (!weights.shared) return output;
  const shared = sharedExpert(graph, x, weights.shared, { apply, activation }, `${name}.shared`);
  return graph.node('Add', [output, shared], { name: `${name}.addShared` });
}

/** Which experts each row uses, int64 [rows, active], and how much it takes of each, float32 [rows, active]. */
function route(
  graph: GraphBuilder,
  rows: Value,
  router: LinearWeights,
  { active, normalized, apply }: { active: number; normalized: boolean; apply: typeof linear },
  name: string,
): { readonly chosen: Value; readonly shares: Value } {
  const scores = apply(graph, rows, router, `${name}.router`);
  const probabilities = graph.node('Softmax', [scores], { name: `${name}.probabilities`, attributes: { axis: -1 } });
  const [largest, chosen] = graph.nodes('TopK', [probabilities, graph.int64s([active])], {
    name: `${name}.chosen`,
    outputs: 2,
  });
  if (!normalized) return { chosen, shares: largest };
  const total = graph.node('ReduceSum', [largest, graph.int64s([-1])], { name: `${name}.total` });
  return { chosen, shares: graph.node('Div', [largest, total], { name: `${name}.shares` }) };
}

interface ExpertOrder {
  /** int64 [rows · active]: rows sorted by the expert they go to. */
  readonly rowIndices: Value;
  /** int64 [experts]: how many go to each. */
  readonly counts: Value;
  /** int64 [rows · active]: where in that order each choice of each row lies. */
  readonly places: Value;
}

function sortByExpert(graph: GraphBuilder, chosen: Value, experts: number, active: number, name: string): ExpertOrder {
  const choices = graph.node('Reshape', [chosen, graph.int64s([-1])], { name: `${name}.choices` });
  const count = graph.node('Shape', [choices], { name: `${name}.choiceCount` });
  const ascending = { outputs: 2, attributes: { axis: 0, largest: 0, sorted: 1 } } as const;
  const [, order] = graph.nodes('TopK', [choices, count], { name: `${name}.order`, ...ascending });
  const [, places] = graph.nodes('TopK', [order, count], { name: `${name}.places`, ...ascending });
  const column = graph.node('Unsqueeze', [choices, graph.int64s([1])], { name: `${name}.choiceColumn` });
  const all = graph.int64s(Array.from({ length: experts }, (_, expert) => expert));
  const matches = graph.node('Cast', [graph.node('Equal', [column, all], { name: `${name}.equal` })], {
    name: `${name}.matches`,
    attributes: { to: 'int64' },
  });
  const counts = graph.node('ReduceSum', [matches, graph.int64s([0])], {
    name: `${name}.counts`,
    attributes: { keepdims: 0 },
  });
  const rowIndices = graph.node('Div', [order, graph.scalar('int64', active)], { name: `${name}.rowIndices` });
  return { rowIndices, counts, places };
}

/** Experts a group has at most: fewer are more branches, more are more experts without a row in a branch that is taken. */
const mostInGroup = 8;

/** What each expert makes of its rows, in the order's order: [rows · active, hiddenSize]. */
function runExperts(
  graph: GraphBuilder,
  rows: Value,
  experts: readonly GatedMlpWeights[],
  { rowIndices, counts }: ExpertOrder,
  options: ExpertOptions,
  name: string,
): Value {
  const sorted = graph.node('Gather', [rows, rowIndices], { name: `${name}.sorted`, attributes: { axis: 0 } });
  const size = groupSize(experts.length);
  const groups = experts.length / size;
  if (groups === 1) return runGroup(graph, sorted, experts, counts, options, name);
  const table = graph.node('Reshape', [counts, graph.int64s([groups, size])], { name: `${name}.groupCounts` });
  const totals = graph.node('ReduceSum', [table, graph.int64s([1])], {
    name: `${name}.groupTotals`,
    attributes: { keepdims: 0 },
  });
  const outputs = Array.from({ length: groups }, () => true as const);
  const parts = graph.nodes('Split', [sorted, totals], { name: `${name}.groupRows`, outputs, attributes: { axis: 0 } });
  const isUsed = graph.node('Greater', [totals, graph.scalar('int64', 0)], { name: `${name}.groupsUsed` });
  const conditions = graph.nodes('Split', [isUsed, graph.int64s(outputs.map(() => 1))], {
    name: `${name}.groupUsed`,
    outputs,
  });
  const results = parts.map((part, group) => {
    const groupName = `${name}.groups.${group}`;
    const members = experts.slice(group * size, (group + 1) * size);
    const build: BranchOptions['build'] = (inner, [own, counted]) => {
      const ofGroup = inner.node('Gather', [counted, inner.scalar('int64', group)], {
        name: `${groupName}.counts`,
        attributes: { axis: 0 },
      });
      return runGroup(inner, own as Value, members, ofGroup, options, groupName);
    };
    const condition = conditions[group] as Value;
    return branch(graph, { condition, captured: [part, table], build, otherwise: part }, groupName);
  });
  return graph.node('Concat', results, { name: `${name}.joined`, attributes: { axis: 0 } });
}

function groupSize(experts: number): number {
  let size = Math.min(mostInGroup, experts);
  while (experts % size !== 0) size -= 1;
  return size;
}

interface ExpertOptions {
  readonly apply: typeof linear;
  readonly activation: GateActivation;
}

/** The same for a few experts; there is a row. */
function runGroup(
  graph: GraphBuilder,
  rows: Value,
  experts: readonly GatedMlpWeights[],
  counts: Value,
  { apply, activation }: ExpertOptions,
  name: string,
): Value {
  const layer = (input: Value, part: 'gateUp' | 'down'): Value => {
    const layers = experts.map((expert) => expert[part]);
    const inputs = splitByExpert(graph, input, layers, counts, `${name}.${part}`);
    const outputs = inputs.map((ofExpert, index) =>
      apply(graph, ofExpert, layers[index] as LinearWeights, `${name}.experts.${index}.${part}`),
    );
    return graph.node('Concat', outputs, { name: `${name}.${part}.joined`, attributes: { axis: 0 } });
  };
  return layer(gated(graph, layer(rows, 'gateUp'), activation, name), 'down');
}

/** Block sums that weights with offsets need are taken before the split: of no rows they would fail (see `linear`). */
function splitByExpert(
  graph: GraphBuilder,
  rows: Value,
  layers: readonly LinearWeights[],
  counts: Value,
  name: string,
): readonly Value[] {
  const split = (value: Value, part: string, like?: readonly Value[]): readonly Value[] =>
    graph.nodes('Split', [value, counts], {
      name: `${name}.${part}`,
      outputs: layers.map(() => true as const),
      attributes: { axis: 0 },
      ...(like
        ? { outputTypes: like.map(({ type, shape: [count = 0] }) => ({ type, shape: [count, value.shape[1] ?? 0] })) }
        : {}),
    });
  const parts = split(rows, 'split');
  for (const blockSize of new Set(layers.flatMap(blockSumSizes))) {
    shareBlockSums(graph, rows, blockSize, parts, (sums) => split(sums, `splitSums${blockSize}`, parts));
  }
  return parts;
}

function sharedExpert(
  graph: GraphBuilder,
  x: Value,
  { mlp, gate }: SharedExpertWeights,
  options: GatedMlpOptions & { readonly apply: typeof linear },
  name: string,
): Value {
  const output = gatedMlp(graph, x, mlp, name, options);
  if (!gate) return output;
  const share = graph.node('Sigmoid', [options.apply(graph, x, gate, `${name}.gate`)], { name: `${name}.share` });
  return graph.node('Mul', [output, share], { name: `${name}.shared` });
}

function requireExperts({ router, experts }: ExpertWeights, active: number, name: string): void {
  const fail = (problem: string): never => {
    throw new FerrumError('InvalidParameter', `Mixture of experts "${name}": ${problem}.`);
  };
  if (experts.length === 0) fail('it has no experts');
  if (!Number.isInteger(active) || active < 1 || active > experts.length) {
    fail(`each row uses ${active} of ${experts.length} experts; expected 1 to ${experts.length}`);
  }
  if (router.outFeatures !== experts.length) {
    fail(`the router scores ${router.outFeatures} experts, but there are ${experts.length}`);
  }
  const intermediate = experts[0]?.down.inFeatures ?? 0;
  for (const [index, { gateUp, down }] of experts.entries()) {
    if (gateUp.inFeatures !== router.inFeatures || down.outFeatures !== router.inFeatures) {
      fail(`expert ${index} takes ${gateUp.inFeatures} and gives ${down.outFeatures} values, not ${router.inFeatures}`);
    }
    if (gateUp.outFeatures !== 2 * intermediate || down.inFeatures !== intermediate) {
      fail(`expert ${index} has ${down.inFeatures} inner values, unlike the ${intermediate} of the first`);
    }
    for (const layer of [gateUp, down]) requireBlocks(layer, index, name);
  }
}

/** An expert may get no row, of which a sum over reordered blocks fails (see `linear`). */
function requireBlocks(layer: LinearWeights, expert: number, name: string): void {
  if (layer.kind === 'joined') for (const part of layer.parts) requireBlocks(part, expert, name);
  const isReordered = layer.kind === 'block-quantized' && layer.inputOrder && layer.offsets;
  if (layer.kind !== 'row-quantized' && !isReordered) return;
  const how = isReordered ? 'in blocks of reordered inputs with offsets' : 'by rows';
  throw new FerrumError(
    'Unsupported',
    `Mixture of experts "${name}": expert ${expert} is quantised ${how}; store experts in float32 or in plain blocks.`,
  );
}
