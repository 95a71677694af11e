import type { JsonObject } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { afterAll, describe, expect, it } from 'vitest';
import { accepts, openPieceEngine } from './testing/random-answers.js';

const engine = openPieceEngine();
afterAll(() => engine.dispose());

const node: JsonObject = {
  type: 'object',
  properties: { name: { type: 'string' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
  required: ['name', 'next'],
  additionalProperties: false,
};

describe('texts of a schema', () => {
  it.each<[JsonObject, readonly string[], readonly string[]]>([
    [
      { type: 'string', minLength: 2, maxLength: 3 },
      ['"ab"', '"日本語"', '"\\n\\u00e9x"'],
      ['"a"', '"abcd"', '"ab', '"\n\n"'],
    ],
    [
      { type: 'string', pattern: '^[a-z0-9-]{1,63}$' },
      ['"a"', `"${'x'.repeat(63)}"`],
      ['""', `"${'x'.repeat(64)}"`, '"A"'],
    ],
    [
      { type: 'string', pattern: '^[a-z][a-z0-9_]*$', maxLength: 20 },
      ['"a"', `"a${'0'.repeat(19)}"`],
      [`"a${'0'.repeat(20)}"`, '"0"'],
    ],
    [{ type: 'string', pattern: '^[A-Z]{2}\\d{4}$', maxLength: 10 }, ['"AB1234"'], ['"AB123"']],
    [{ type: 'string', format: 'email', maxLength: 9 }, ['"a@b.de"'], ['"abc.d@e.fg"', '"a.b@example.com"']],
    [{ type: 'string', format: 'email', maxLength: 254 }, ['"a.b@example.com"'], ['"a@b"', '"@example.com"']],
    [
      {
        anyOf: [
          { type: 'string', maxLength: 1 },
          { type: 'string', minLength: 3 },
        ],
      },
      ['"a"', '"abc"'],
      ['"ab"'],
    ],
    [{ enum: ['a', 1, null] }, ['"a"', '1', 'null'], ['"b"', '2']],
    [{ type: 'integer', minimum: -3, exclusiveMaximum: 12 }, ['-3', '0', '11'], ['-4', '12', '1.5', '01']],
    [
      { type: 'array', items: { type: 'boolean' }, minItems: 1, maxItems: 2 },
      ['[true]', '[true,false]'],
      ['[]', '[true,true,true]'],
    ],
    [
      { type: 'array', prefixItems: [{ type: 'null' }, { const: 1 }], items: false },
      ['[]', '[null]', '[null, 1]'],
      ['[1]', '[null,1,1]'],
    ],
    [
      {
        type: 'object',
        properties: { a: { type: 'null' }, b: { type: 'null' } },
        required: ['b'],
        additionalProperties: false,
      },
      ['{"a":null,"b":null}', '{"b": null}'],
      ['{}', '{"b":null,"a":null}', '{"b":null,"c":null}'],
    ],
    [
      { type: 'object', properties: { a: { type: 'null' } }, additionalProperties: { type: 'boolean' } },
      ['{}', '{"a":null,"b":true}', '{"ab":true}'],
      ['{"a":true}', '{"b":null}'],
    ],
    [{ $ref: '#/$defs/node', $defs: { node } }, ['{"name":"a","next":{"name":"b","next":null}}'], ['{"name":"a"}']],
    [
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'null' } } },
          { required: ['a'], additionalProperties: true },
        ],
      },
      ['{"a":null}'],
      ['{}', '[]'],
    ],
    [{ oneOf: [{ type: 'string' }, { type: ['number', 'null'] }] }, ['"a"', '1.5', 'null'], ['true']],
  ])('%j', async (schema, good, bad) => {
    const spec = { type: 'json_schema', schema } as const;
    for (const text of good) expect(await accepts(engine, spec, text), text).toBe(true);
    for (const text of bad) expect(await accepts(engine, spec, text), text).toBe(false);
  });
});

describe('a schema that cannot be followed', () => {
  const deep = (depth: number): JsonObject => (depth === 0 ? {} : { type: 'array', items: deep(depth - 1) });
  it.each<[string, JsonObject, string | undefined, RegExp]>([
    ['', { if: {} }, 'if', /uses `if`/],
    [
      '/properties/a~1b',
      { properties: { 'a/b': { patternProperties: {} } } },
      'patternProperties',
      /`patternProperties`/,
    ],
    ['/items', { items: { type: 'text' } }, 'type', /"text"/],
    ['/anyOf/1', { anyOf: [true, 5] }, undefined, /must be an object/],
    ['', { anyOf: [] }, 'anyOf', /at least one/],
    ['', { enum: 'a' }, 'enum', /must be a list/],
    ['', { enum: ['a'], minLength: 2 }, 'minLength', /beside `enum`/],
    ['', { $ref: 'https://example.com' }, '$ref', /must point into/],
    ['', { $ref: '#/$defs/a' }, '$ref', /points to nothing/],
    ['', { $ref: '#/$defs/a', minLength: 1, $defs: { a: { $ref: '#/$defs/a' } } }, '$ref', /circle/],
    ['', { type: 'string', maxLength: -1 }, 'maxLength', /whole number/],
    ['', { type: 'string', pattern: '^(a|bc)*d*$', maxLength: 90_000 }, 'maxLength', /counts into the pattern/],
    ['', { type: 'string', format: 'color' }, 'format', /there are date,/],
    ['', { type: 'array', maxItems: 20_000 }, 'maxItems', /10000/],
    ['', { type: 'object', minProperties: 1 }, 'minProperties', /required/],
    ['', { type: 'number', minimum: 5e14, maximum: 6e14 + 0.5 }, 'minimum', /digits/],
    ['', { type: 'integer', minimum: '1' }, 'minimum', /must be a number/],
    ['', { oneOf: [{ type: 'string' }, { maxLength: 3 }] }, 'oneOf', /branches 0 and 1/],
    [`${'/items'.repeat(65)}`, deep(70), undefined, /nested more than 64/],
    ['', { description: 'x'.repeat(300_000) }, undefined, /characters/],
  ])('is refused at "%s"', async (path, schema, keyword, message) => {
    const error: unknown = await engine.compile({ type: 'json_schema', schema }).ready.catch((cause) => cause);
    if (!FerrumError.isInstance(error)) throw new Error('was not refused');
    expect(error).toMatchObject({ code: 'RequestValidation', message: expect.stringMatching(message) });
    expect(error.details).toMatchObject({ parameter: 'sampling.responseFormat.schema', path });
    expect(error.details?.keyword).toBe(keyword);
  });

  it.each<[JsonObject]>([
    [{ type: 'string', minLength: 3, maxLength: 2 }],
    [{ type: 'string', pattern: '^[a-z]{3}$', maxLength: 2 }],
    [{ type: 'array', items: false, minItems: 1 }],
    [{ type: 'number', minimum: 2, exclusiveMaximum: 2 }],
    [{ type: 'string', enum: [1, 2] }],
    [{ allOf: [{ type: 'string' }, { type: 'null' }] }],
    [{ type: 'array', items: { $ref: '#' }, minItems: 1 }],
  ])('has no value: %j', async (schema) => {
    await expect(engine.compile({ type: 'json_schema', schema }).ready).rejects.toThrow(/no finite answer/);
  });
});
