import type { JsonValue } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { toGrammarSchema } from './json-schema.js';

describe('a schema', () => {
  it('becomes what the library makes a grammar of', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'A person',
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 20, description: 'In full' },
        age: { type: ['integer', 'null'] },
        born: { type: 'string', format: 'date' },
        kind: { type: 'string', enum: ['a', 'b', 7] },
        tags: { type: 'array', items: { const: 'x' }, maxItems: 3 },
        home: { $ref: '#/$defs/place' },
        scores: { type: 'object', additionalProperties: { type: 'number' } },
        anything: { type: 'object' },
      },
      required: ['name', 'age'],
      additionalProperties: false,
      $defs: { place: { anyOf: [{ type: 'null' }, { type: 'string' }] } },
    };
    expect(toGrammarSchema(schema)).toEqual({
      oneOf: [
        {
          type: 'object',
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 20 },
            age: { oneOf: [{ type: 'integer' }, { type: 'null' }] },
            born: { type: 'string', format: 'date' },
            kind: { enum: ['a', 'b'] },
            tags: { type: 'array', items: { enum: ['x'] }, maxItems: 3 },
            home: { $ref: '#/$defs/place' },
            scores: { type: 'object', properties: {}, additionalProperties: { type: 'number' } },
            anything: { type: 'object', properties: {}, additionalProperties: true },
          },
          additionalProperties: false,
        },
      ],
      $defs: { place: { oneOf: [{ type: 'null' }, { type: 'string' }] } },
    });
  });

  it.each<[string, JsonValue]>([
    ['pattern', { type: 'string', pattern: '^a' }],
    ['minimum', { type: 'integer', minimum: 1 }],
    ['uniqueItems', { type: 'array', items: { type: 'string' }, uniqueItems: true }],
    ['allOf', { allOf: [{ type: 'string' }] }],
    ['not', { type: 'string', not: { const: 'x' } }],
    ['any type', {}],
    ['any type', { type: 'object', properties: { a: true } }],
    ['any type', { type: 'array' }],
    ['format "email"', { type: 'string', format: 'email' }],
    ['required property b', { type: 'object', properties: { a: { type: 'null' } }, required: ['b'] }],
    ['reference "#"', { type: 'object', properties: { a: { $ref: '#' } } }],
    ['reference "https://x.org"', { $ref: 'https://x.org' }],
    ['lists and objects', { enum: [[1]] }],
    ['counts to 999', { type: 'string', maxLength: 1000 }],
    ['counts to 999', { type: 'array', items: { type: 'null' }, minItems: 65_536 }],
  ])('with what no grammar keeps to is refused: %s', (named, schema) => {
    expect(() => toGrammarSchema(schema)).toThrow(
      expect.objectContaining({
        code: 'Unsupported',
        message: expect.stringContaining(named.replaceAll('"', '').split(' ').at(-1) ?? ''),
      }),
    );
  });

  it.each<[string, JsonValue]>([
    ['no type', { type: 'text' }],
    ['no list of alternatives', { anyOf: { type: 'string' } }],
    ['a negative length', { type: 'string', minLength: -1 }],
    ['values of another type only', { type: 'string', enum: [1] }],
    ['a reference to nothing', { $ref: '#/$defs/none' }],
    ['no schema for a property', { type: 'object', properties: { a: 7 } }],
    ['a list for a schema', []],
    ['no alternatives', { anyOf: [] }],
    ['more characters than there may be', { type: 'string', minLength: 3, maxLength: 2 }],
    ['more items than there may be', { type: 'array', items: { type: 'null' }, minItems: 2, maxItems: 1 }],
    ['more items than there are', { type: 'array', prefixItems: [{ type: 'null' }], items: false, minItems: 2 }],
  ])('that makes no sense is an error: %s', (_name, schema) => {
    expect(() => toGrammarSchema(schema)).toThrow(expect.objectContaining({ code: 'RequestValidation' }));
  });

  const twice = (schema: JsonValue, levels: number): JsonValue =>
    levels === 0 ? schema : twice({ anyOf: [schema, schema] }, levels - 1);

  it.each<[string, JsonValue]>([
    ['with many values', { enum: range(1001) }],
    ['with long values', { enum: Array.from({ length: 9 }, (_, i) => `${i}${'x'.repeat(8000)}`) }],
    ['with long names', { type: 'object', properties: { ['x'.repeat(70_000)]: { type: 'null' } } }],
    [
      'with many definitions',
      { type: 'null', $defs: Object.fromEntries(range(1001).map((i) => [i, { type: 'null' }])) },
    ],
    ['that doubles at each level', twice({ type: 'null' }, 40)],
  ])('%s is an error before it costs anything', (_name, schema) => {
    expect(() => toGrammarSchema(schema)).toThrow(
      expect.objectContaining({ code: 'RequestValidation', message: expect.stringContaining('more than 1000 parts') }),
    );
  });

  it('without an end is an error', () => {
    const schema: Record<string, JsonValue> = { type: 'array' };
    schema.items = schema;
    expect(() => toGrammarSchema(schema)).toThrow(expect.objectContaining({ code: 'RequestValidation' }));
  });
});

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
