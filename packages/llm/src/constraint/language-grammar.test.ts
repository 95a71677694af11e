import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, describe, expect, it } from 'vitest';
import { accepts, openPieceEngine, randomAnswer } from './testing/random-answers.js';

const engine = openPieceEngine();
afterAll(() => engine.dispose());
const ajv = new Ajv2020({ strict: false, logger: false });
addFormats.default(ajv);

// As zod 4 writes z.uuid(), z.email(), z.iso.datetime(), z.ipv4(), z.cuid(), …
const date =
  '(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-' +
  '(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))';
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9][0-9]|[0-9])';
const email =
  "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$";
const schemas = [
  {
    format: 'uuid',
    pattern:
      '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|00000000-0000-0000-0000-000000000000)$',
  },
  { format: 'email', pattern: email },
  { format: 'email', pattern: email, maxLength: 100 },
  {
    format: 'email',
    pattern: "^(?!\\.)(?!.*\\.\\.)([A-Za-z0-9_'+\\-\\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
  },
  { format: 'date', pattern: `^${date}$` },
  { format: 'date-time', pattern: `^${date}T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$` },
  { format: 'ipv4', pattern: `^(?:${byte}\\.){3}${byte}$` },
  { format: 'cuid', pattern: '^[cC][0-9a-z]{6,}$' },
  { format: 'starts_with', pattern: '^ab.*' },
  { format: 'includes', pattern: 'x', minLength: 3, maxLength: 9 },
  { pattern: '^(?=.*\\d)(?=.*[a-z])(?!.*\\s).{4,12}$' },
  { pattern: '^(?!a|b$)[a-z]{1,3}$' },
  { pattern: '^a*b*$', maxLength: 5 },
  { allOf: [{ pattern: '^[a-z"]+$' }, { pattern: '^q.*' }, { pattern: '.*z$' }, { minLength: 4 }, { minLength: 3 }] },
].map((schema) => ({ type: 'string', ...schema }));

describe('a pattern beside a format, a length, or with lookaheads', () => {
  it.each(schemas.map((schema) => [JSON.stringify(schema), schema] as const))('%s', async (_, schema) => {
    const validate = ajv.compile(schema);
    let finished = 0;
    for (let seed = 0; seed < 12; seed++) {
      const { text, isFinished } = await randomAnswer(engine, { type: 'json_schema', schema }, seed, 400);
      if (!isFinished) continue;
      finished += 1;
      expect(validate(JSON.parse(text)), text).toBe(true);
    }
    expect(finished).toBeGreaterThan(0);
  });

  it('takes what both allow and nothing else', async () => {
    const schema = { type: 'string', pattern: '^(?=.*[0-9])(?!.*--)[a-z0-9-]{2,6}$' };
    const reference = new RegExp(schema.pattern, 'u');
    for (const text of ['a1', 'a', 'ab', '1--a', '1-a-b', 'abcde1', 'abcdef1', 'A1', '-1']) {
      expect(await accepts(engine, { type: 'json_schema', schema }, JSON.stringify(text)), text).toBe(
        reference.test(text),
      );
    }
    expect(await accepts(engine, { type: 'regex', pattern: '(?!no)[a-z]+' }, 'yes')).toBe(true);
    expect(await accepts(engine, { type: 'regex', pattern: '(?!no)[a-z]+' }, 'none')).toBe(false);
  });

  it.each([
    [{ type: 'string', format: 'ipv4', pattern: '^[a-z]+$' }, /no finite answer/],
    [{ type: 'string', pattern: '^a(?=b)b$' }, /lookahead.*beginning/],
    [{ type: 'string', pattern: '^(?=.{3,2500}$)a*$' }, /too many states/],
    [{ type: 'string', format: 'jwt' }, /`format` "jwt" is not supported/],
  ])('refuses %j', async (schema, message) => {
    await expect(engine.compile({ type: 'json_schema', schema }).ready).rejects.toThrow(message);
  });
});
