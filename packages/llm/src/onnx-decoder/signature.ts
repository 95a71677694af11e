import type { OnnxModel, OnnxValueInfo, TensorType } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';

/** What a decoder's graph calls its inputs and outputs; `%d` stands for the layer. */
export interface DecoderNames {
  readonly inputIds: string;
  readonly attentionMask: string;
  readonly positionIds: string;
  readonly pastKey: string;
  readonly pastValue: string;
  readonly logits: string;
  readonly presentKey: string;
  readonly presentValue: string;
}

/** Those of Optimum and onnx-community, which are also the defaults of genai_config.json. */
export const usualNames: DecoderNames = {
  inputIds: 'input_ids',
  attentionMask: 'attention_mask',
  positionIds: 'position_ids',
  pastKey: 'past_key_values.%d.key',
  pastValue: 'past_key_values.%d.value',
  logits: 'logits',
  presentKey: 'present.%d.key',
  presentValue: 'present.%d.value',
};

/** Inputs and outputs of a decoder that keeps keys and values of earlier tokens. */
export interface DecoderSignature {
  readonly inputIds: OnnxValueInfo;
  readonly attentionMask: OnnxValueInfo | undefined;
  readonly positionIds: OnnxValueInfo | undefined;
  /** How many of the last tokens logits are wanted for. */
  readonly logitsToKeep: OnnxValueInfo | undefined;
  /** Which half of a merged graph runs. */
  readonly useCacheBranch: OnnxValueInfo | undefined;
  /** Key and value of layer 0, of layer 1 … */
  readonly past: readonly OnnxValueInfo[];
  readonly present: readonly OnnxValueInfo[];
  readonly logits: OnnxValueInfo;
  readonly cacheType: 'float32' | 'float16';
}

/** @throws FerrumError `Unsupported` for a graph that is no such decoder, saying what it lacks. */
export function readSignature(model: OnnxModel, names: DecoderNames, file: string): DecoderSignature {
  const initializers = new Set(model.graph.initializers.map(({ name }) => name));
  const inputs = new Map(
    model.graph.inputs.filter(({ name }) => !initializers.has(name)).map((info) => [info.name, info]),
  );
  const outputs = new Map(model.graph.outputs.map((info) => [info.name, info]));
  const refuse = (problem: string): never => {
    throw new FerrumError(
      'Unsupported',
      `${file} ${problem}; a language model in ONNX needs input_ids, past keys and values, and gives logits and the ` +
        `present ones (its inputs are ${listed([...inputs.keys()])}, its outputs ${listed([...outputs.keys()])}).`,
      { details: { file } },
    );
  };
  const take = (from: Map<string, OnnxValueInfo>, name: string): OnnxValueInfo | undefined => {
    const info = from.get(name);
    from.delete(name);
    return info;
  };
  const need = (from: ReadonlyMap<string, OnnxValueInfo>, name: string): OnnxValueInfo =>
    from.get(name) ?? refuse(`has no ${from === inputs ? 'input' : 'output'} "${name}"`);
  const layers = countLayers(inputs, names.pastKey);
  if (layers === 0) refuse(`has no input "${names.pastKey.replace('%d', '0')}", so it keeps no keys and values`);
  const sides = (from: ReadonlyMap<string, OnnxValueInfo>, key: string, value: string) =>
    Array.from({ length: 2 * layers }, (_, index) => {
      const name = index % 2 === 0 ? key : value;
      return need(from, name.replace('%d', String(index >> 1)));
    });
  const past = sides(inputs, names.pastKey, names.pastValue);
  const present = sides(outputs, names.presentKey, names.presentValue);
  const inputIds = need(inputs, names.inputIds);
  const logits = need(outputs, names.logits);
  for (const { name } of [inputIds, ...past]) inputs.delete(name);
  const signature = {
    inputIds,
    attentionMask: take(inputs, names.attentionMask),
    positionIds: take(inputs, names.positionIds),
    logitsToKeep: take(inputs, 'num_logits_to_keep') ?? take(inputs, 'logits_to_keep'),
    useCacheBranch: take(inputs, 'use_cache_branch'),
    past,
    present,
    logits,
  };
  const [foreign] = inputs.keys();
  if (foreign !== undefined) refuse(`needs an input "${foreign}" that is not known`);
  const { attentionMask, positionIds } = signature;
  const cacheType = past[0]?.type;
  if (cacheType !== 'float32' && cacheType !== 'float16') {
    return refuse(`keeps its keys and values as ${cacheType ?? 'something unknown'}, not as float32 or float16`);
  }
  const typed: readonly [OnnxValueInfo | undefined, readonly TensorType[]][] = [
    [inputIds, ['int64', 'int32']],
    [attentionMask, ['int64', 'int32', 'bool', 'float32']],
    [positionIds, ['int64', 'int32']],
    [logits, ['float32', 'float16']],
    ...[...past, ...present].map((info) => [info, [cacheType]] as [OnnxValueInfo, TensorType[]]),
  ];
  for (const [info, types] of typed) {
    if (info && !types.some((type) => type === info.type)) {
      refuse(`has "${info.name}" of type ${info.type ?? 'unknown'}, which should be ${types.join(' or ')}`);
    }
  }
  for (const info of [inputIds, attentionMask, positionIds]) {
    if (info?.shape && info.shape.length !== 2) refuse(`has "${info.name}" of rank ${info.shape.length}, not 2`);
  }
  for (const info of past) if (info.shape?.length !== 4) refuse(`has "${info.name}" not of rank 4`);
  return { ...signature, cacheType };
}

function countLayers(inputs: ReadonlyMap<string, OnnxValueInfo>, pattern: string): number {
  let layers = 0;
  while (inputs.has(pattern.replace('%d', String(layers)))) layers += 1;
  return layers;
}

function listed(names: readonly string[]): string {
  return names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
}
