import type { JsonValue } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** So many characters of a key are too few to tell anything, and may be part of a word. */
const fewCharacters = 8;

/** Takes API keys out of what servers repeat, so that no message, detail or log shows one. */
export class KeyFilter {
  readonly #patterns: readonly RegExp[];

  constructor(keys: readonly string[]) {
    const forms = keys.flatMap((key) => [key, inJson(key), inJson(inJson(key)), encodeURIComponent(key)]);
    const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
    this.#patterns = [...longestFirst.map(quoted), ...longestFirst.filter(isLong).map(startOf)].map(
      (source) => new RegExp(source, 'g'),
    );
  }

  text(text: string): string {
    return this.#patterns.reduce((rest, pattern) => rest.replaceAll(pattern, '***'), text);
  }

  /** The same error where it holds no key. */
  error(error: FerrumError): FerrumError {
    const message = this.text(error.message);
    const details = this.#value(error.details) as FerrumError['details'];
    const cause = this.#cause(error.cause);
    const isClean =
      message === error.message && cause === error.cause && JSON.stringify(details) === JSON.stringify(error.details);
    if (isClean) return error;
    return new FerrumError(error.code, message, {
      details,
      ...(cause !== undefined && { cause }),
      ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    });
  }

  #value(value: JsonValue | FerrumError['details']): JsonValue {
    if (typeof value === 'string') return this.text(value);
    if (Array.isArray(value)) return value.map((item: JsonValue) => this.#value(item));
    if (typeof value !== 'object' || value === null) return value as JsonValue;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.#value(field)]));
  }

  /** Errors of libraries quote what came; one that quotes a key is left out. */
  #cause(cause: unknown): unknown {
    if (FerrumError.isInstance(cause)) return this.error(cause);
    if (typeof cause === 'string') return this.text(cause);
    if (!(cause instanceof Error)) return cause;
    const texts = [cause.message, cause.stack, ...Object.values(cause)].filter((value) => typeof value === 'string');
    return texts.every((text) => this.text(text) === text) ? cause : undefined;
  }
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function quoted(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function isLong(text: string): boolean {
  return text.length > fewCharacters;
}

/** Messages are cut, and may be in the middle of a key. */
function startOf(key: string): string {
  return `${quoted(key.slice(0, Math.max(fewCharacters, Math.ceil(key.length / 2))))}[^\\s"',;<>]*`;
}
