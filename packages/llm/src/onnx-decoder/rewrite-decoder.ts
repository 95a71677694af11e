import { GraphEditor, type OnnxModel, type OnnxNode, type OnnxValueInfo } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { findHead } from './find-head.js';
import type { FolderConfig } from './folder-config.js';
import { type DecoderLayout, stepInputs } from './layout.js';
import { NodeList, typeCodes } from './node-list.js';
import type { DecoderSignature } from './signature.js';

export interface RewrittenDecoder {
  readonly model: OnnxModel;
  readonly layout: DecoderLayout;
}

/**
 * Gives a ready-made decoder the inputs that a batching engine has: token ids, the last position of each row, the length of
 * the longest, the positions to give logits of, and a cache of fixed capacity. Mask and position ids are computed from them
 * within the graph.
 *
 * With GroupQueryAttention a row's tokens lie from the beginning of its slot on and runs extend them in place. Without it
 * each row's past is cut to the longest of the run: behind shorter ones there is a gap, which the mask hides, before the
 * new tokens, which alone are given out. Rows share runs where nothing in the graph would see that gap.
 * @throws FerrumError `Unsupported` for what the graph does otherwise.
 */
export function rewriteDecoder(
  model: OnnxModel,
  signature: DecoderSignature,
  config: FolderConfig,
  file: string,
): RewrittenDecoder {
  const refuse = (problem: string): never => {
    throw new FerrumError('Unsupported', `${file} ${problem}.`, { details: { file } });
  };
  const standard = model.opsets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0;
  // GatherND with a batch.
  if (standard < 12) refuse(`uses operator set ${standard} of ONNX; 12 or later is needed`);
  const attention = model.graph.nodes.filter(({ operator }) => operator === 'GroupQueryAttention');
  const inPlace = attention.length > 0;
  if (inPlace) requireInPlace(model, signature, attention, refuse);
  const { kvHeads, headDim } = headsOf(signature, config, refuse);
  const vocabularySize = signature.logits.shape?.at(-1);
  if (typeof vocabularySize !== 'number') return refuse(`does not say how many logits it gives`);

  const before = new NodeList();
  addInputs(before, signature, inPlace);
  const past = signature.past.map(({ name }) => (inPlace ? name : `ferrum.cache.${name}`));
  const present = signature.present.map(({ name }) => (inPlace ? name : `ferrum.new.${name}`));
  const nodes = attentionInputs(model.graph.nodes);
  const after = new NodeList();
  if (!inPlace) addNewKeys(before, after, signature, past, present);
  const head = findHead(nodes, signature.logits.name);
  const logits = 'ferrum.logits';
  const indices = before.add('Reshape', [stepInputs.wanted, before.integers(0, 0, 1)]);
  const body: OnnxNode[] = [];
  for (const node of nodes) {
    if (node !== head?.node) {
      body.push(node);
      continue;
    }
    const picked = 'ferrum.wanted_hidden';
    body.push(gather(node.inputs[head.input] as string, indices, picked));
    body.push({ ...node, inputs: node.inputs.map((input, index) => (index === head.input ? picked : input)) });
  }
  if (!head) after.nodes.push(gather(signature.logits.name, indices, 'ferrum.wanted_logits'));
  after.add('Cast', [head ? signature.logits.name : 'ferrum.wanted_logits'], { to: typeCodes.float32 }, logits);

  const cacheInfo = (name: string): OnnxValueInfo => ({
    name,
    type: signature.cacheType,
    shape: ['rows', kvHeads, 'capacity', headDim],
  });
  const newInfo = (name: string): OnnxValueInfo => ({
    name,
    type: signature.cacheType,
    shape: ['rows', kvHeads, 'tokens', headDim],
  });
  const graph = {
    ...model.graph,
    nodes: [...before.nodes, ...body, ...after.nodes],
    initializers: [...model.graph.initializers, ...before.initializers, ...after.initializers],
    inputs: [
      { name: stepInputs.ids, type: 'int64' as const, shape: ['rows', 'tokens'] },
      { name: stepInputs.lastPositions, type: 'int32' as const, shape: ['rows'] },
      { name: stepInputs.total, type: 'int32' as const, shape: [] },
      { name: stepInputs.wanted, type: 'int64' as const, shape: ['rows', 'wanted'] },
      ...past.map(cacheInfo),
    ],
    outputs: [
      { name: logits, type: 'float32' as const, shape: ['rows', 'wanted', vocabularySize] },
      ...present.map(inPlace ? cacheInfo : newInfo),
    ],
  };
  const editor = new GraphEditor({ ...model, graph });
  const live = editor.inOrder();
  const seesMask = live.some((node) => !before.nodes.includes(node) && reads(node, signature.attentionMask?.name));
  // One scale for the activations of all rows.
  const mixesRows = live.some(({ operator }) => /^DynamicQuantize/.test(operator));
  const rowsTogether =
    !mixesRows && (inPlace ? !seesMask : signature.positionIds !== undefined && seesMask && !config.slides);
  const positions = inPlace ? rotaryPositions(model, attention) : undefined;
  return {
    model: editor.finish(),
    layout: {
      past,
      present,
      logits,
      cacheType: signature.cacheType,
      inPlace,
      rowsTogether,
      kvHeads,
      headDim,
      vocabularySize,
      ...(positions === undefined ? {} : { positions }),
    },
  };
}

/** Every attention must read and write the cache, which nothing else may look at: it has the capacity's length, not the past's. */
function requireInPlace(
  model: OnnxModel,
  { past, present }: DecoderSignature,
  attention: readonly OnnxNode[],
  refuse: (problem: string) => never,
): void {
  for (const [index, { name }] of past.entries()) {
    const node = attention.find(({ inputs }) => inputs[3 + (index % 2)] === name);
    const others = model.graph.nodes.filter((other) => other !== node && reads(other, name));
    if (!node || node.outputs[1 + (index % 2)] !== present[index]?.name) {
      refuse(
        `has "${name}" that no GroupQueryAttention extends to "${present[index]?.name}", though it has such nodes`,
      );
    }
    if (others.length > 0) refuse(`reads "${name}" outside its attention, which a cache of fixed size does not allow`);
  }
}

/** Sequence lengths come from the engine rather than from sums over the mask. */
function attentionInputs(nodes: readonly OnnxNode[]): readonly OnnxNode[] {
  return nodes.map((node) => {
    if (node.operator !== 'GroupQueryAttention') return node;
    const inputs = [...node.inputs];
    inputs[5] = stepInputs.lastPositions;
    inputs[6] = stepInputs.total;
    return { ...node, inputs };
  });
}

/** Makes the graph's own inputs out of the engine's, under the names that they had. */
function addInputs(list: NodeList, signature: DecoderSignature, inPlace: boolean): void {
  const { inputIds, attentionMask, positionIds, logitsToKeep, useCacheBranch } = signature;
  list.add('Cast', [stepInputs.ids], { to: codeOf(inputIds) }, inputIds.name);
  const shape = list.add('Shape', [stepInputs.ids]);
  const tokens = list.add('Gather', [shape, list.integer(1)]);
  const total = list.add('Cast', [stepInputs.total], { to: typeCodes.int64 });
  const longestPast = list.add('Sub', [total, tokens], {}, longestPastName);
  list.add('Reshape', [tokens, list.integers(1)], {}, tokensName);
  const last = list.add('Cast', [stepInputs.lastPositions], { to: typeCodes.int64 });
  const lastOfRow = list.add('Reshape', [last, list.integers(-1, 1)]);
  const pastOfRow = list.add('Sub', [list.add('Add', [lastOfRow, list.integer(1)]), tokens]);
  const range = (end: string) => list.add('Range', [list.integer(0), end, list.integer(1)]);
  if (positionIds) {
    const positions = list.add('Add', [pastOfRow, range(tokens)]);
    list.add('Cast', [positions], { to: codeOf(positionIds) }, positionIds.name);
  }
  if (attentionMask) {
    const keys = range(total);
    const seen = inPlace
      ? list.add('Not', [list.add('Less', [lastOfRow, keys])])
      : list.add('Or', [list.add('Less', [keys, pastOfRow]), list.add('Not', [list.add('Less', [keys, longestPast])])]);
    list.add('Cast', [seen], { to: codeOf(attentionMask) }, attentionMask.name);
  }
  if (logitsToKeep) {
    const scalar = (logitsToKeep.shape?.length ?? 0) === 0;
    list.add('Cast', [scalar ? tokens : tokensName], { to: codeOf(logitsToKeep) }, logitsToKeep.name);
  }
  if (useCacheBranch) list.yes((useCacheBranch.shape?.length ?? 1) === 0 ? [] : [1], useCacheBranch.name);
}

/** int64 scalar, and int64 [1]. */
const longestPastName = 'ferrum.longest_past';
const tokensName = 'ferrum.tokens';

/** Cuts the cache to the longest past, and what is new off the end of what the graph gives. */
function addNewKeys(
  before: NodeList,
  after: NodeList,
  signature: DecoderSignature,
  past: readonly string[],
  present: readonly string[],
): void {
  const [zero, sequence] = [before.integers(0), before.integers(2)];
  const end = before.add('Reshape', [longestPastName, before.integers(1)]);
  const start = before.add('Neg', [tokensName]);
  const toTheEnd = before.integers(2n ** 62n);
  for (const [index, { name }] of signature.past.entries()) {
    before.add('Slice', [past[index] as string, zero, end, sequence], {}, name);
    const given = signature.present[index]?.name as string;
    after.add('Slice', [given, start, toTheEnd, sequence], {}, present[index] as string);
  }
}

function gather(data: string, indices: string, output: string): OnnxNode {
  return {
    name: output,
    operator: 'GatherND',
    domain: '',
    inputs: [data, indices],
    outputs: [output],
    attributes: new Map([['batch_dims', { type: 'int', value: 1 }]]),
  };
}

function headsOf(
  { past, present }: DecoderSignature,
  config: FolderConfig,
  refuse: (problem: string) => never,
): { readonly kvHeads: number; readonly headDim: number } {
  const [first] = past;
  const of = (axis: number, stated: number | undefined, what: string): number => {
    const size = first?.shape?.[axis];
    const known = typeof size === 'number' ? size : stated;
    if (known === undefined) return refuse(`does not say its ${what}, nor does the configuration beside it`);
    const other = [...past, ...present].find(({ shape }) => typeof shape?.[axis] === 'number' && shape[axis] !== known);
    if (other) refuse(`has layers of different ${what} ("${other.name}" has ${other.shape?.[axis]}, others ${known})`);
    return known;
  };
  return {
    kvHeads: of(1, config.kvHeads, 'number of KV heads'),
    headDim: of(3, config.headDim ?? config.hiddenSize / config.heads, 'head size'),
  };
}

/** Rows of the shortest rotary table; undefined where there is none, or it is computed. */
function rotaryPositions(model: OnnxModel, attention: readonly OnnxNode[]): number | undefined {
  const tables = new Set(attention.map(({ inputs }) => inputs[7] ?? ''));
  const rows = model.graph.initializers.flatMap(({ name, shape }) => (tables.has(name) ? (shape[0] ?? []) : []));
  return rows.length === 0 ? undefined : Math.min(...rows);
}

function codeOf({ type }: OnnxValueInfo): number {
  return typeCodes[(type ?? 'int64') as keyof typeof typeCodes];
}

/** Whether a node reads a value, or a graph within it does. */
function reads(node: OnnxNode, value: string | undefined): boolean {
  if (value === undefined) return false;
  if (node.inputs.includes(value)) return true;
  return [...node.attributes.values()].some((attribute) => {
    const graphs = attribute.type === 'graph' ? [attribute.value] : attribute.type === 'graphs' ? attribute.value : [];
    return graphs.some(
      (graph) => graph.nodes.some((inner) => reads(inner, value)) || graph.outputs.some(({ name }) => name === value),
    );
  });
}
