import type { JsonObject } from '@ferrum/interfaces';
import { boundLength, lengthsOf } from './bound-length.js';
import { type Expression, nothing, sequence, text } from './grammar.js';
import { insideString } from './json-text.js';
import { PatternProblem, regexGrammar } from './regex-grammar.js';
import type { SchemaParts } from './schema-parts.js';
import { countIn, SchemaProblem } from './schema-problem.js';
import { stringFormats } from './string-formats.js';

/** Strings of a schema. @throws SchemaProblem */
export function stringGrammar(schema: JsonObject, path: string, { json, builder }: SchemaParts): Expression {
  const { pattern, format } = schema;
  const min = countIn(schema.minLength, path, 'minLength') ?? 0;
  const max = countIn(schema.maxLength, path, 'maxLength') ?? Number.POSITIVE_INFINITY;
  if (max < min) return nothing;
  const limit = max < Number.POSITIVE_INFINITY ? 'maxLength' : 'minLength';
  const counted = (string: Expression | undefined, keyword: string): Expression => {
    if (string) return string;
    throw new SchemaProblem(path, keyword, `\`${keyword}\` is one limit too many: a schema may have 63 different ones`);
  };
  if (pattern === undefined && format === undefined) return counted(json.stringOf(min, max), limit);
  if (pattern !== undefined && format !== undefined) {
    throw new SchemaProblem(path, 'format', '`format` beside `pattern` is not supported; leave one out');
  }
  const keyword = pattern === undefined ? 'format' : 'pattern';
  let texts: Expression | undefined;
  for (const source of sourcesOf(schema, path)) texts ??= boundLength(textsOf(source, path), min, max);
  if (!texts) {
    throw new SchemaProblem(
      path,
      limit,
      pattern === undefined
        ? `\`${limit}\` is not supported beside \`format\` "${format}" with so low a limit; leave it out`
        : `\`${limit}\` is not supported beside this \`pattern\`, of which more than one part varies in length; put a count into it, as in \`^[a-z]{1,20}$\``,
    );
  }
  const long = longEnd(texts);
  if (!long) return sequence(text('"'), builder.define(insideString(texts)), text('"'));
  const { first, more, lengths } = long;
  const of = JSON.stringify([first, more]);
  return counted(json.counted(first.map(insideString), insideString(more), { ...lengths, of }), keyword);
}

/** Regular expressions of which one is enough. */
function sourcesOf({ pattern, format }: JsonObject, path: string): readonly string[] {
  if (pattern !== undefined) {
    if (typeof pattern === 'string') return [pattern];
    throw new SchemaProblem(path, 'pattern', '`pattern` must be a text');
  }
  if (typeof format === 'string' && Object.hasOwn(stringFormats, format)) return stringFormats[format] ?? [];
  throw new SchemaProblem(
    path,
    'format',
    `\`format\` ${JSON.stringify(format)} is not supported; there are ${Object.keys(stringFormats).join(', ')}`,
  );
}

function textsOf(source: string, path: string): Expression {
  try {
    return regexGrammar(source, false);
  } catch (cause) {
    if (cause instanceof PatternProblem) throw new SchemaProblem(path, 'pattern', `\`pattern\` ${cause.message}`);
    throw cause;
  }
}

/** What a grammar repeats more often than this is counted outside of it. */
const longest = 16;

/** A pattern that begins with some single characters and goes on with many of one kind, such as `^[a-z][a-z0-9]{0,63}$`. */
function longEnd(texts: Expression) {
  const parts = flat(texts);
  const last = parts.at(-1);
  const first = parts.slice(0, -1);
  if (last?.kind !== 'repeat' || last.of.kind !== 'class' || first.some((one) => one.kind !== 'class'))
    return undefined;
  if (Math.max(last.min, last.max ?? 0) <= longest) return undefined;
  const { min, max } = lengthsOf(last);
  return { first, more: last.of, lengths: { min: first.length + min, max: first.length + max } };
}

/** The parts of a sequence, characters one by one. */
function flat(expression: Expression): readonly Expression[] {
  if (expression.kind === 'sequence') return expression.parts.flatMap(flat);
  if (expression.kind === 'choice' && expression.of.length === 1) return expression.of.flatMap(flat);
  if (expression.kind === 'repeat' && expression.min === 1 && expression.max === 1) return flat(expression.of);
  if (expression.kind !== 'text') return [expression];
  return Array.from(expression.text, (one): Expression => {
    const code = one.codePointAt(0) ?? 0;
    return { kind: 'class', ranges: [[code, code]] };
  });
}
