import { asList, asMap, asText, isUndefined, type RuntimeValue } from './runtime-value.js';

/** Python's `str(value)`, which Jinja writes; nothing for what is undefined. */
export function textOf(value: RuntimeValue): string {
  if (isUndefined(value)) return '';
  return asText(value) ?? repr(value);
}

/** Python's `repr(value)`. */
function repr(value: RuntimeValue): string {
  const text = asText(value);
  if (text !== undefined) return reprOfText(text);
  const list = asList(value);
  if (list) {
    const items = list.map(repr).join(', ');
    if (value.type !== 'TupleValue') return `[${items}]`;
    return list.length === 1 ? `(${items},)` : `(${items})`;
  }
  const map = asMap(value);
  if (map) return `{${[...map].map(([key, item]) => `${reprOfText(key)}: ${repr(item)}`).join(', ')}}`;
  if (value.type === 'BooleanValue') return value.value ? 'True' : 'False';
  if (value.type === 'NullValue') return 'None';
  if (value.type === 'FloatValue') return reprOfFloat(Number(value.value));
  return isUndefined(value) ? 'Undefined' : String(value.value);
}

/** In single quotes, unless there are such and no double ones. What is not printable is escaped. */
function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let written = '';
  for (const character of text) {
    if (character === '\\' || character === quote) written += `\\${character}`;
    else written += named[character] ?? (unprintable.test(character) ? escaped(character) : character);
  }
  return quote + written + quote;
}

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Separators but the space, and what is control, format, surrogate, private or unassigned (`str.isprintable`). */
const unprintable = /^(?! )[\p{Z}\p{C}]$/u;

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

/** The shortest digits that give the number again, with an exponent from 1e16 on and below 1e-4. */
function reprOfFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
