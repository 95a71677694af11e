import { type Dimension, formatShape, isDimension } from './dimension.js';
import type { OnnxAttribute } from './model.js';
import { NodeInference, type NodeInput, type NodeLabel, nodeError } from './node-inference.js';
import type { InputRule, OperatorSchema } from './operators/schema.js';
import type { OutputChoice } from './output-choice.js';
import { isTensorType, type TensorType } from './tensor-type.js';
import type { InferredValue, ValueType } from './value.js';

export interface NodeDescription {
  readonly label: NodeLabel;
  readonly schema: OperatorSchema | undefined;
  readonly inputs: readonly (NodeInput | undefined)[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly choices: readonly OutputChoice[];
  readonly declared: readonly (ValueType | undefined)[];
  readonly newSymbol: () => string;
}

/**
 * Checks a node against its schema and gives the type and shape of each output it could have.
 * @throws FerrumError `InvalidParameter` naming the node.
 */
export function inferOutputs(node: NodeDescription): readonly InferredValue[] {
  const { label, schema, declared, choices } = node;
  if (schema === undefined) return declaredOutputs(node);
  const types = bindTypes(node, schema);
  const fresh = new Set<Dimension>();
  const newSymbol = () => {
    const symbol = node.newSymbol();
    fresh.add(symbol);
    return symbol;
  };
  const possible = schema.infer(new NodeInference({ ...node, schema, types, newSymbol }));
  checkChoices(label, schema, possible.length, choices);
  return possible.map((output, index) => refined(label, index, output, declared[index], fresh));
}

function declaredOutputs({ label, choices, declared }: NodeDescription): readonly InferredValue[] {
  return choices.map((choice, index) => {
    const type = declared[index] ?? (choice === undefined ? { type: 'float32' as const, shape: [] } : undefined);
    if (type && isTensorType(type.type) && type.shape.every(isDimension)) return type;
    throw nodeError(
      label,
      `is of an operator that has no schema here; expected a valid outputTypes[${index}] (or check its spelling)`,
    );
  });
}

/** Checks number, types and ranks of the inputs, and finds what each type variable stands for. */
function bindTypes({ label, inputs }: NodeDescription, schema: OperatorSchema): ReadonlyMap<string, TensorType> {
  const takesMore = schema.inputs.at(-1)?.variadic === true;
  if (inputs.length > schema.inputs.length && !takesMore) {
    throw nodeError(label, `has ${inputs.length} inputs; expected at most ${schema.inputs.length}`);
  }
  const types = new Map<string, TensorType>();
  for (let index = 0; index < Math.max(inputs.length, schema.inputs.length); index++) {
    const rule = schema.inputs[index] ?? schema.inputs.at(-1);
    const value = inputs[index];
    if (rule === undefined) break;
    if (value !== undefined) bindInput(label, index, rule, value, schema, types);
    else if (!rule.optional) throw nodeError(label, `lacks input ${index} (${rule.name})`, index);
  }
  return types;
}

function bindInput(
  label: NodeLabel,
  index: number,
  rule: InputRule,
  value: NodeInput,
  schema: OperatorSchema,
  types: Map<string, TensorType>,
): void {
  const refuse = (expected: string) => {
    const given = `"${value.name}", ${value.type} ${formatShape(value.shape)}`;
    return nodeError(label, `has ${given} for input ${index} (${rule.name}); expected ${expected}`, index);
  };
  const bound = types.get(rule.type);
  const allowed = schema.types[rule.type] ?? [];
  if (bound !== undefined && bound !== value.type) throw refuse(`${bound}, the type of the inputs before it`);
  if (!allowed.includes(value.type)) throw refuse(allowed.join(' or '));
  if (rule.ranks && !rule.ranks.includes(value.shape.length)) throw refuse(`${rule.ranks.join(' or ')} dimensions`);
  types.set(rule.type, value.type);
}

function checkChoices(
  label: NodeLabel,
  schema: OperatorSchema,
  possible: number,
  choices: readonly OutputChoice[],
): void {
  if (choices.length > possible || (isVariadic(schema) && choices.length < possible)) {
    const expected = isVariadic(schema) ? possible : `at most ${possible}`;
    throw nodeError(label, `is asked for ${choices.length} outputs; expected ${expected}`);
  }
  const missing = schema.outputs.find(({ optional }, index) => !optional && choices[index] === undefined);
  if (missing) throw nodeError(label, `leaves out its output ${missing.name}, which is required`);
}

/** An inferred output with the caller's knowledge of the dimensions that inference could not tell. */
function refined(
  label: NodeLabel,
  index: number,
  inferred: InferredValue,
  declared: ValueType | undefined,
  fresh: ReadonlySet<Dimension>,
): InferredValue {
  if (!inferred.shape.every(isDimension)) {
    throw nodeError(label, `would have the impossible shape ${formatShape(inferred.shape)} for output ${index}`);
  }
  if (declared === undefined) return inferred;
  const fits =
    declared.type === inferred.type &&
    declared.shape.length === inferred.shape.length &&
    inferred.shape.every((size, axis) => size === declared.shape[axis] || fresh.has(size)) &&
    declared.shape.every(isDimension);
  if (fits) return { ...inferred, shape: [...declared.shape] };
  const [given, expected] = [declared, inferred].map(({ type, shape }) => `${type} ${formatShape(shape)}`);
  throw nodeError(label, `declares ${given} for output ${index}; expected ${expected}`);
}

function isVariadic(schema: OperatorSchema): boolean {
  return schema.outputs.some(({ variadic }) => variadic);
}
