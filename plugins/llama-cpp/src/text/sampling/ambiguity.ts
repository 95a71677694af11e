import { isDeepStrictEqual } from 'node:util';
import { invalid } from '../invalid.js';
import type { GrammarSchema } from './json-schema.js';

/** For each token llama.cpp compares its whole vocabulary with every one: so many take some 100 ms. */
const mostOpen = 64;

/** Given values are compared so much faster. */
const valuesOfAlternative = 16;

/** Steps of what follows; a schema that takes more is none that a person wrote. */
const mostSteps = 1_000_000;

/** One way in which a value may go on, seen from its first character. */
interface Alternative {
  readonly kind: 'string' | 'number' | 'object' | 'array' | 'true' | 'false' | 'null';
  /** What the text begins with, as far as it is certain: objects have their properties in a given order. */
  readonly beginning: string;
  /** How many it counts for. */
  readonly weight: number;
  /** How many are open inside of it, at most. */
  readonly inside: number;
}

/**
 * Alternatives that begin alike stay open side by side until the text tells them apart. Where they hold each other, through
 * `$ref`, they multiply with each level, and fill the memory.
 * @throws FerrumError `Unsupported` where more than 64 can be open at a time
 */
export function requireFewOpen(schema: GrammarSchema, parameter: string): void {
  const definitions = '$defs' in schema && schema.$defs ? schema.$defs : {};
  const survey = new Survey(definitions, parameter);
  survey.settle();
  survey.require('the root', schema);
}

class Survey {
  /** The alternatives of each definition, as far as was looked. */
  readonly #known = new Map<string, readonly Alternative[]>();
  #steps = 0;

  constructor(
    private readonly definitions: Readonly<Record<string, GrammarSchema>>,
    private readonly parameter: string,
  ) {}

  /** Each round looks one level deeper; what has an end settles. */
  settle(): void {
    for (const name of Object.keys(this.definitions)) this.#requireEnd(name);
    for (let isSettled = false; !isSettled; ) {
      isSettled = true;
      for (const [name, definition] of Object.entries(this.definitions)) {
        const all = this.require(`$defs.${name}`, definition);
        if (isDeepStrictEqual(all, this.#known.get(name))) continue;
        this.#known.set(name, all);
        isSettled = false;
      }
    }
  }

  require(where: string, schema: GrammarSchema): readonly Alternative[] {
    const all = this.#alternatives(schema, where);
    if (this.#openIn(all, where) <= mostOpen) return all;
    throw this.#refusal(where);
  }

  #openIn(all: readonly Alternative[], where: string): number {
    return Math.max(1, ...all.map((one) => this.#openBeside(one, all, where)));
  }

  /** At first all that begin with the same character, then those that go on alike, with all that is open inside them. */
  #openBeside(one: Alternative, all: readonly Alternative[], where: string): number {
    this.#count(all.length, where);
    let atFirst = 0;
    let later = 0;
    for (const { kind, beginning, weight, inside } of all) {
      if (kind !== one.kind) continue;
      atFirst += weight;
      if (beginning.startsWith(one.beginning) || one.beginning.startsWith(beginning)) later += weight * inside;
    }
    return Math.max(atFirst, later);
  }

  #alternatives(schema: GrammarSchema, where: string): readonly Alternative[] {
    if ('$ref' in schema) return this.#known.get(nameOf(schema.$ref)) ?? [];
    if ('oneOf' in schema) {
      const all = schema.oneOf.flatMap((one) => this.#alternatives(one, where));
      this.#count(all.length, where);
      return all;
    }
    if ('enum' in schema) {
      const kinds = schema.enum.map(kindOf);
      return [...new Set(kinds)].map((kind) => {
        return leaf(kind, kinds.filter((other) => other === kind).length / valuesOfAlternative);
      });
    }
    const insideOf = (list: readonly GrammarSchema[]) =>
      Math.max(1, ...list.map((one) => this.#openIn(this.#alternatives(one, where), where)));
    if (schema.type === 'object') {
      const { properties, additionalProperties: others } = schema;
      const inside = insideOf([...Object.values(properties), ...(typeof others === 'object' ? [others] : [])]);
      return [{ kind: 'object', beginning: beginningOf(properties), weight: 1, inside }];
    }
    if (schema.type === 'array') {
      const inside = insideOf([...(schema.prefixItems ?? []), ...(schema.items ? [schema.items] : [])]);
      return [{ kind: 'array', beginning: '', weight: 1, inside }];
    }
    if (schema.type === 'boolean') return [leaf('true', 1), leaf('false', 1)];
    return [leaf(schema.type === 'integer' ? 'number' : schema.type, 1)];
  }

  /** What is an alternative of itself can never be written. */
  #requireEnd(name: string): void {
    const seen = new Set<string>();
    const waiting = [name];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const definition = this.definitions[next];
      const own = definition ? alternativesByName(definition) : [];
      if (own.includes(name)) {
        throw invalid(`\`${this.parameter}\`: $defs.${name} is an alternative of itself`, this.parameter);
      }
      for (const other of own) {
        if (!seen.has(other)) waiting.push(other);
        seen.add(other);
      }
    }
  }

  #count(steps: number, where: string): void {
    this.#steps += steps;
    if (this.#steps > mostSteps) throw this.#refusal(where);
  }

  #refusal(where: string) {
    const why = `has at ${where} alternatives that begin alike, more than ${mostOpen} of which can be open at a time`;
    const remedy = 'give fewer, or have objects begin with a property that tells them apart';
    return invalid(`\`${this.parameter}\` ${why}; ${remedy}`, this.parameter, 'Unsupported');
  }
}

/** Names of the definitions that a value may be the whole of. */
function alternativesByName(schema: GrammarSchema): readonly string[] {
  if ('$ref' in schema) return [nameOf(schema.$ref)];
  return 'oneOf' in schema ? schema.oneOf.flatMap(alternativesByName) : [];
}

function nameOf($ref: string): string {
  return $ref.replace('#/$defs/', '');
}

function leaf(kind: Alternative['kind'], weight: number): Alternative {
  return { kind, beginning: '', weight, inside: 1 };
}

/** The first properties, as long as each has one value only, and the name of the one after them. */
function beginningOf(properties: Readonly<Record<string, GrammarSchema>>): string {
  let beginning = '';
  for (const [name, property] of Object.entries(properties)) {
    beginning += `${JSON.stringify(name)}: `;
    if (!('enum' in property) || property.enum.length !== 1) return beginning;
    beginning += `${JSON.stringify(property.enum[0])}, `;
  }
  return beginning;
}

function kindOf(value: string | number | boolean | null): Alternative['kind'] {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return typeof value === 'string' ? 'string' : 'number';
}
