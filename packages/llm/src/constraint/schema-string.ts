import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import { boundLength, lengthsOf } from './bound-length.js';
import { anyCharacter, type Expression, nothing, repeat, sequence, text } from './grammar.js';
import { insideString } from './json-text.js';
import { and, isExpression, type Language } from './language.js';
import { languageGrammar } from './language-grammar.js';
import { PatternProblem, regexLanguage } from './regex-grammar.js';
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
  const patterns = pattern === undefined ? [] : [patternOf(pattern, path)];
  const formats = format === undefined || (patterns.length > 0 && !isKnown(format)) ? [] : formatOf(format, path);
  const [own = []] = [patterns, formats].filter(({ length }) => length > 0);
  const isOne = patterns.length === 0 || formats.length === 0;
  let texts: Expression | undefined;
  if (isOne) for (const one of own.filter(isExpression)) texts ??= boundLength(one, min, max);
  if (!texts) {
    const rules = together(patterns, formats, { min, max }, builder);
    if (rules) return rules === nothing ? nothing : sequence(text('"'), rules, text('"'));
    const isLimited = min > 0 || max < Number.POSITIVE_INFINITY;
    throw new SchemaProblem(path, isLimited ? limit : 'pattern', tooManyStates(schema, isLimited ? limit : undefined));
  }
  const long = longEnd(texts);
  if (!long) return sequence(text('"'), builder.define(insideString(texts)), text('"'));
  const { first, more, lengths } = long;
  const of = JSON.stringify([first, more]);
  const keyword = pattern === undefined ? 'format' : 'pattern';
  return counted(json.counted(first.map(insideString), insideString(more), { ...lengths, of }), keyword);
}

/** Texts that the pattern and one of the formats allow, of such a length. */
function together(
  patterns: readonly Language[],
  formats: readonly Language[],
  { min, max }: { readonly min: number; readonly max: number },
  builder: SchemaParts['builder'],
): Expression | undefined {
  const isShort = (language: Language): boolean => {
    if (!isExpression(language)) return false;
    const own = lengthsOf(language);
    return own.min >= min && own.max <= max;
  };
  const length = repeat(anyCharacter, min, finite(max));
  const sets = formats.length === 0 ? [patterns] : formats.map((format) => [...patterns, format]);
  const short = sets.find((set) => set.some(isShort));
  const isFree = min === 0 && max === Number.POSITIVE_INFINITY;
  const [first = []] = sets;
  return languageGrammar(short ? and(...short) : isFree ? and(...first) : and(...first, length), builder, insideString);
}

function finite(count: number): number | undefined {
  return count === Number.POSITIVE_INFINITY ? undefined : count;
}

function tooManyStates({ pattern, format }: JsonObject, limit: string | undefined): string {
  const beside = [
    ...(pattern === undefined ? [] : ['this `pattern`']),
    ...(format === undefined ? [] : ['this `format`']),
  ];
  if (limit) return `\`${limit}\` beside ${beside.join(' and ')} needs too many states; put counts into the pattern`;
  return `${beside.join(' beside ')} needs too many states`;
}

function patternOf(pattern: JsonValue, path: string): Language {
  if (typeof pattern !== 'string') throw new SchemaProblem(path, 'pattern', '`pattern` must be a text');
  return languageOf(pattern, path);
}

/** Others beside a pattern are only its name, as zod writes `cuid` or `starts_with`: the pattern says it. */
function isKnown(format: JsonValue): boolean {
  return typeof format !== 'string' || Object.hasOwn(stringFormats, format);
}

/** Expressions of which one is enough. */
function formatOf(format: JsonValue, path: string): readonly Language[] {
  if (typeof format === 'string' && Object.hasOwn(stringFormats, format)) {
    return (stringFormats[format] ?? []).map((source) => languageOf(source, path));
  }
  throw new SchemaProblem(
    path,
    'format',
    `\`format\` ${JSON.stringify(format)} is not supported; there are ${Object.keys(stringFormats).join(', ')}`,
  );
}

function languageOf(source: string, path: string): Language {
  try {
    return regexLanguage(source, false);
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
