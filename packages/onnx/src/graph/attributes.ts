import type { OnnxAttribute } from './model.js';
import { type NodeLabel, nodeError } from './node-inference.js';
import type { AttributeRule, OperatorSchema } from './operators/schema.js';
import { isTensorType, tensorTypeCode } from './tensor-type.js';

/**
 * An attribute as the caller writes it. For a known operator plain values do, as its schema says what they are (`to` of
 * Cast takes a type's name); for others numbers need their type said: `{ type: 'float', value: 1 }`.
 */
export type AttributeInput = number | string | readonly number[] | OnnxAttribute;
/** Attributes whose value is `undefined` are left out. */
export type AttributeInputs = Readonly<Record<string, AttributeInput | undefined>>;

/** @throws FerrumError `InvalidParameter` naming the node and the attribute. */
export function resolveAttributes(
  label: NodeLabel,
  schema: OperatorSchema | undefined,
  inputs: AttributeInputs,
): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, value] of Object.entries(inputs)) {
    if (value !== undefined) attributes.set(name, resolveAttribute(label, schema, name, value));
  }
  for (const [name, rule] of Object.entries(schema?.attributes ?? {})) {
    if (rule.required && !attributes.has(name)) throw nodeError(label, `lacks attribute ${name}`);
  }
  return attributes;
}

function resolveAttribute(
  label: NodeLabel,
  schema: OperatorSchema | undefined,
  name: string,
  value: AttributeInput,
): OnnxAttribute {
  if (schema === undefined) {
    const attribute = tagged(value) ?? (typeof value === 'string' ? { type: 'string' as const, value } : undefined);
    if (attribute) return attribute;
    throw nodeError(label, `is of an operator without a schema; expected { type, value } for attribute ${name}`);
  }
  const rule = Object.hasOwn(schema.attributes, name) ? schema.attributes[name] : undefined;
  if (rule === undefined) {
    const known = Object.keys(schema.attributes).join(', ') || 'none';
    throw nodeError(label, `has the unknown attribute ${name}; expected ${known}`);
  }
  const attribute = ofKind(rule, value);
  const isAllowed =
    !rule.values || (attribute && 'value' in attribute && rule.values.some((allowed) => allowed === attribute.value));
  if (attribute && isAllowed) return attribute;
  const given = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
  throw nodeError(
    label,
    `has ${given} for attribute ${name}; expected ${rule.values?.join(', ') ?? expectedOf[rule.kind]}`,
  );
}

const expectedOf = {
  float: 'a finite number',
  int: 'an integer',
  string: 'a string',
  ints: 'integers',
  tensor: 'a tensor',
  elementType: 'the name of a tensor type',
} as const;

function ofKind({ kind }: AttributeRule, given: AttributeInput): OnnxAttribute | undefined {
  const tag = tagged(given);
  if (kind === 'tensor') return tag?.type === 'tensor' ? tag : undefined;
  const value = tag && 'value' in tag ? tag.value : given;
  if (kind === 'float' && Number.isFinite(value)) return { type: 'float', value: Number(value) };
  if (kind === 'int' && Number.isSafeInteger(value)) return { type: 'int', value: Number(value) };
  if (kind === 'string' && typeof value === 'string') return { type: 'string', value };
  if (kind === 'elementType' && isTensorType(value)) return { type: 'int', value: tensorTypeCode(value) };
  if (kind === 'ints' && Array.isArray(value) && value.every((element) => Number.isSafeInteger(element))) {
    return { type: 'ints', value: value.map(Number) };
  }
  return undefined;
}

function tagged(value: AttributeInput): OnnxAttribute | undefined {
  return typeof value === 'object' && 'type' in value ? value : undefined;
}
