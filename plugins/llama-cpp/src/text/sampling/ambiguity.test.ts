import type { JsonValue } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { requireFewOpen } from './ambiguity.js';
import { toGrammarSchema } from './json-schema.js';

const node = { $ref: '#/$defs/node' };
const recursive = (...anyOf: JsonValue[]) => ({ ...node, $defs: { node: { anyOf } } });
const many = (length: number, make: (i: number) => JsonValue) => Array.from({ length }, (_, i) => make(i));
const check = (schema: JsonValue) => requireFewOpen(toGrammarSchema(schema), 'sampling.responseFormat');

describe('alternatives', () => {
  it.each<[string, JsonValue]>([
    ['a tree', recursive({ type: 'object', properties: { left: node, right: node } }, { type: 'null' })],
    [
      'an expression, by the names of properties',
      recursive(
        { type: 'object', properties: { op: { enum: ['+', '-'] }, left: node, right: node } },
        { type: 'object', properties: { negated: node } },
        { type: 'number' },
      ),
    ],
    [
      'an expression, by a kind',
      recursive(
        ...['sum', 'product', 'power'].map((kind) => ({
          type: 'object',
          properties: { kind: { const: kind }, left: node, right: node },
        })),
      ),
    ],
    ['any JSON', recursive({ type: ['string', 'number', 'boolean', 'null'] }, { type: 'array', items: node })],
    ['many tools', { anyOf: many(50, (i) => ({ type: 'object', properties: { name: { const: `tool ${i}` } } })) }],
    ['many values', { enum: many(800, (i) => `value ${i}`) }],
  ])('that the text soon tells apart are allowed: %s', (_name, schema) => {
    expect(() => check(schema)).not.toThrow();
  });

  it.each<[string, JsonValue]>([
    ['lists in lists', recursive(...many(2, (i) => ({ type: 'array', items: node, minItems: 1 + i })))],
    [
      'objects in objects',
      recursive(...many(2, (i) => ({ type: 'object', properties: { a: node, [`b${i}`]: { type: 'null' } } }))),
    ],
    [
      'definitions that double',
      {
        $ref: '#/$defs/d0',
        $defs: Object.fromEntries(
          many(9, (i) => ({ i })).map((_, i) => {
            const items = i === 8 ? { type: 'null' } : { $ref: `#/$defs/d${i + 1}` };
            return [`d${i}`, { anyOf: many(2, (k) => ({ type: 'array', items, minItems: k })) }];
          }),
        ),
      },
    ],
    ['a hundred strings', { anyOf: many(100, (i) => ({ type: 'string', minLength: i })) }],
    [
      'definitions that double without a list',
      {
        $ref: '#/$defs/d0',
        $defs: Object.fromEntries(
          many(60, (i) => i).map((_, i) => {
            const next = i === 59 ? { type: 'null' } : { $ref: `#/$defs/d${i + 1}` };
            return [`d${i}`, { anyOf: [next, next] }];
          }),
        ),
      },
    ],
  ])('that multiply are refused: %s', (_name, schema) => {
    expect(() => check(schema)).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('begin alike') }),
    );
  });

  it('that are themselves are an error', () => {
    expect(() => check(recursive(node, { type: 'null' }))).toThrow(
      expect.objectContaining({ code: 'RequestValidation', message: expect.stringContaining('$defs.node') }),
    );
  });
});
