import type { JsonValue } from '@ferrum/interfaces';
import type { LlamaGrammar } from 'node-llama-cpp';
import { describe, expect, it } from 'vitest';
import { loadLlama } from '../../library/llama.js';
import { grammarOf } from './grammar.js';

/** Whether the grammar of the schema allows the text, as llama.cpp reads it. */
async function allows(schema: JsonValue, text: string): Promise<boolean> {
  const grammar = await grammarOf(
    { type: 'json_schema', schema: schema as { readonly [name: string]: JsonValue } },
    await loadLlama(false),
  );
  if (!grammar) throw new Error('There is no grammar.');
  // What the library tests its own grammars with.
  return (grammar as LlamaGrammar & { _testText(text: string): boolean })._testText(text);
}

const person = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 5 }, age: { type: 'integer' } },
  required: ['name', 'age'],
};
const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: { value: { type: 'number' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
      required: ['value'],
    },
  },
};
const pair = { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false };

describe('the grammar of a schema', () => {
  it.each<[JsonValue, string, boolean]>([
    [person, '{"name": "Ada", "age": 36}', true],
    [person, '{"name": "Ada", "age": 36}\n\n\n\n', false],
    [person, '{"name": "Ada", "age": 3.5}', false],
    [person, '{"name": "Ada", "age": 36e-1}', false],
    [person, '{"name": "Adalbert", "age": 36}', false],
    [person, '{"name": "Ada"}', false],
    [{ type: ['string', 'null'] }, 'null', true],
    [{ enum: ['a', 1, null] }, '1', true],
    [{ enum: ['a', 1, null] }, '2', false],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 }, '[true, false]', true],
    [{ type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 }, '[]', false],
    [{ type: 'string', format: 'date' }, '"2026-02-03"', true],
    [{ type: 'string', format: 'date' }, '"soon"', false],
    [tree, '{"value": 1, "next": {"value": 2, "next": null}}', true],
    [tree, '{"value": 1, "next": 7}', false],
    [pair, '["a", 1]', true],
    [pair, '["a", 1, 2]', false],
    [{ ...pair, maxItems: 1 }, '["a", 1]', false],
    [{ ...pair, maxItems: 1 }, '["a"]', true],
    [{ ...pair, maxItems: 0 }, '[]', true],
    [{ ...pair, maxItems: 0 }, '["a"]', false],
    [{ type: 'array', items: { type: 'null' }, maxItems: 900 }, `[${Array(901).fill('null').join(', ')}]`, false],
  ])('%j: %s is allowed: %s', async (schema, text, expected) => {
    expect(await allows(schema, text)).toBe(expected);
  });
});
