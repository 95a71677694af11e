import { describe, expect, it } from 'vitest';
import { mergeSchemas } from './merge-schemas.js';

describe('two schemas that both hold', () => {
  it.each([
    [{ type: 'string' }, { maxLength: 3 }, { type: 'string', maxLength: 3 }],
    [{ type: ['string', 'number'] }, { type: ['integer', 'string'] }, { type: ['string', 'integer'] }],
    [{ type: 'integer' }, { type: 'number' }, { type: ['integer'] }],
    [{ required: ['a'] }, { required: ['b', 'a'] }, { required: ['a', 'b'] }],
    [{ properties: { a: {} } }, { properties: { b: {} } }, { properties: { a: {}, b: {} } }],
    [
      { maxLength: 3, minItems: 1 },
      { maxLength: 4, minItems: 2 },
      { maxLength: 3, minItems: 2 },
    ],
    [{ pattern: '^a' }, { pattern: 'b$' }, { pattern: '^(?=a)(?=[^]*b$)' }],
    [{ title: 'one' }, { title: 'two', minimum: 1 }, { title: 'one', minimum: 1 }],
  ])('%j and %j', (a, b, merged) => {
    expect(mergeSchemas(a, b)).toEqual({ schema: merged });
  });

  it.each([
    [{ pattern: 'a|b' }, { pattern: 'c' }, 'pattern'],
    [{ properties: { a: {} } }, { properties: { a: { type: 'null' } } }, 'properties.a'],
    [{ additionalProperties: false }, { properties: { a: {} } }, 'additionalProperties'],
    [{ items: {} }, { prefixItems: [{}] }, 'prefixItems'],
  ])('%j and %j say why they cannot be one', (a, b, conflict) => {
    expect(mergeSchemas(a, b)).toEqual({ conflict });
  });
});
