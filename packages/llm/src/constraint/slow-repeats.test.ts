import { describe, expect, it } from 'vitest';
import type { ConstraintSpec } from './constraint-spec.js';
import { specGrammar } from './spec-grammar.js';

const regex = (pattern: string): ConstraintSpec => ({ type: 'regex', pattern });
const refused = (spec: ConstraintSpec, vocabularySize: number): unknown => {
  try {
    specGrammar(spec, new Map(), vocabularySize);
    return undefined;
  } catch (cause) {
    return cause;
  }
};

describe('counts that are bound to take too long to compile', () => {
  it.each<[ConstraintSpec, string, string, string]>([
    [regex('.{1,201}'), 'pattern', '201', '{1,128}'],
    [regex('(a.{0,500}b)?'), 'pattern', '500', '{0,128}'],
    [regex('[^é]{300}'), 'pattern', '300', '{20,128}'],
    [{ type: 'grammar', grammar: 'root ::= "a" b\nb ::= [^é]{1,200}\n' }, 'grammar', '200', '{1,128}'],
    [{ type: 'sequence', parts: [{ type: 'choice', choices: ['a'] }, regex('.{9,129}')] }, 'pattern', '129', '{9,128}'],
  ])('are refused, with those that would do: %j', (spec, field, count, fits) => {
    expect(refused(spec, 50_000)).toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(
        new RegExp(
          `\`sampling\\.responseFormat\\.${field}\`: .* ${count} times.*\`${fits.replace(/[{}]/g, '\\$&')}\` would do`,
        ),
      ),
      details: { parameter: `sampling.responseFormat.${field}` },
    });
  });

  it.each([
    '.{1,128}',
    '.{5,}',
    '[a-z]{1,2000}',
    '[а-я]{1,1000}',
    '\\S{1,300}',
    '[a-z ]{1,300}',
    '[^<]{1,1000}',
    '\\d{500}',
  ])('are not those of %s', (pattern) => {
    expect(refused(regex(pattern), 50_000)).toBeUndefined();
  });

  it('depend on the vocabulary, and on what else there is', () => {
    expect(refused(regex('.{1,201}'), 256)).toBeUndefined();
    expect(refused(regex('[^<]{1,201}'), 260_000)).toMatchObject({ code: 'RequestValidation' });
    expect(refused(regex('[^<]{1,201}x[^<]{1,201}x[^<]{1,201}x[^<]{1,201}'), 50_000)).toBeUndefined();
    const different = '[^<]{1,201}x[^<]{1,202}x[^<]{1,203}x[^<]{1,204}';
    expect(refused(regex(different), 50_000)).toMatchObject({ code: 'RequestValidation' });
  });

  it('are no matter where a schema counts characters beside the grammar', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', pattern: '^.{1,2000}$', maxLength: 1000 } } };
    expect(refused({ type: 'json_schema', schema }, 260_000)).toBeUndefined();
  });
});
