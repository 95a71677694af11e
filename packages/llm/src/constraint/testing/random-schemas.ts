import type { JsonObject } from '@ferrum/interfaces';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';

export const ajv = new Ajv2020({ strict: false, allErrors: false });
addFormats.default(ajv);

const name = fc.constantFrom('a', 'ab', 'b', 'name', 'x"y');
const range = (keywords: readonly [string, string], max: number) =>
  fc
    .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }), fc.boolean(), fc.boolean())
    .map(([a, b, hasMin, hasMax]) => ({
      ...(hasMin ? { [keywords[0]]: Math.min(a, b) } : {}),
      ...(hasMax ? { [keywords[1]]: Math.max(a, b) } : {}),
    }));
const bounds = fc
  .tuple(
    fc.double({ min: -50, max: 50, noNaN: true }),
    fc.double({ min: 1, max: 50, noNaN: true }),
    fc.constantFrom(0, 1, 2),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([low, width, decimals, isExclusive, hasHigh]) => {
    const from = Number(low.toFixed(decimals));
    return {
      [isExclusive ? 'exclusiveMinimum' : 'minimum']: from,
      ...(hasHigh ? { maximum: Number((from + width + 1).toFixed(decimals)) } : {}),
    };
  });
const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom<JsonObject>(
    { type: 'boolean' },
    { type: 'null' },
    { type: 'string' },
    { type: 'integer' },
    { type: 'number' },
    {},
    { $ref: '#/$defs/short' },
  ),
  fc.constantFrom<JsonObject>(
    { enum: ['a', 1, null, { b: [] }] },
    { const: 'x"\n' },
    { type: ['string', 'null'], enum: ['q', null] },
  ),
  range(['minLength', 'maxLength'], 6).map((lengths) => ({ type: 'string', ...lengths })),
  fc
    .constantFrom('^[a-c]+$', 'x', '^\\d{2,4}(-[A-Z])?', '"q"\\\\$', '\\s[^a]')
    .map((pattern) => ({ type: 'string', pattern })),
  fc
    .constantFrom('date', 'time', 'date-time', 'uuid', 'email', 'ipv4', 'ipv6', 'hostname', 'uri', 'duration')
    .map((format) => ({ type: 'string', format })),
  fc.tuple(fc.constantFrom('integer', 'number'), bounds).map(([type, limits]) => ({ type, ...limits })),
);
/** `#/$defs/short` must be there. */
export const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc
      .tuple(
        fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
        fc.subarray(['a', 'ab', 'b']),
        fc.oneof(fc.boolean(), tie('schema')),
      )
      .map(([properties, required, additionalProperties]) => ({
        type: 'object',
        properties,
        required: required.filter((one) => additionalProperties !== false || Object.hasOwn(properties, one)),
        additionalProperties,
      })),
    fc
      .tuple(tie('schema'), range(['minItems', 'maxItems'], 3))
      .map(([items, counts]) => ({ type: 'array', items, ...counts })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.tuple(tie('schema'), tie('schema')).map((prefixItems) => ({ type: 'array', prefixItems, items: false })),
  ),
}));

/** What random schemas refer to. */
export const definitions: JsonObject = {
  short: { type: 'array', items: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/short' }] }, maxItems: 2 },
};
