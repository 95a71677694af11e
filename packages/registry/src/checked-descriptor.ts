import type { EngineDescriptor } from '@ferrum/interfaces';
import { kindOf } from './define-plugin.js';
import { FerrumError } from './errors.js';

/**
 * The descriptor as it is now: every property is read once, and what the plugin does to its own object afterwards changes
 * nothing for the engines of others.
 * @throws FerrumError `Config` naming the plugin; or whatever a getter of the descriptor throws.
 */
export function checkedDescriptor(given: EngineDescriptor, plugin: string): EngineDescriptor {
  const values: Partial<Record<keyof EngineDescriptor, unknown>> = given ?? {};
  const { id, specificationVersion, capability, device, match, create } = values;
  const [features, models, schemes] = [copied(values.features), copied(values.models), copied(values.schemes)];
  const isNamed = isText(id);
  const fail = (what: string): FerrumError => {
    const message = `Plugin ${plugin} registers ${isNamed ? `engine ${id}` : 'an engine'} ${what}.`;
    return new FerrumError('Config', message, { details: { plugin, ...(isNamed && { engine: id }) } });
  };
  if (!isNamed) throw fail('without an id');
  if (specificationVersion !== '1') {
    throw fail(`with specificationVersion ${kindOf(specificationVersion)}; this @ferrum/registry understands '1'`);
  }
  if (!isText(capability)) throw fail('without a capability');
  if (!isFunction(match)) throw fail('without a match() function');
  if (!isFunction(create)) throw fail('without a create() function');
  if (!isListOfStrings(features)) throw fail('whose features are not a list of strings');
  if (schemes !== undefined && !(isListOfStrings(schemes) && schemes.every(isScheme))) {
    throw fail(
      `whose schemes are not a list of prefixes such as remote: lower-case letters, digits and hyphens, two at least, and none of ${schemesOfStores.join(', ')}`,
    );
  }
  if (models !== undefined && !isListOfStrings(models)) throw fail('whose models are not a list of names');
  if (!isText(device)) throw fail('without a device');
  return Object.freeze({
    specificationVersion,
    id,
    // Known to be a text only: a third party may add its own.
    capability: capability as EngineDescriptor['capability'],
    features,
    ...(models !== undefined && { models }),
    ...(schemes !== undefined && { schemes }),
    device,
    match: (model) => Reflect.apply(match, given, [model]),
    create: (context) => Reflect.apply(create, given, [context]),
  } satisfies EngineDescriptor);
}

/** What model stores read, and the first letter of a Windows path, are no engine's. */
function isScheme(text: string): boolean {
  return /^[a-z][a-z0-9-]+$/.test(text) && !schemesOfStores.includes(text);
}

const schemesOfStores = ['hf', 'npm', 'pypi', 'http', 'https', 'file'];

function copied(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

function isListOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

// biome-ignore lint/complexity/noBannedTypes: what it takes and gives is the contract's, which nobody checks here.
function isFunction(value: unknown): value is Function {
  return typeof value === 'function';
}
