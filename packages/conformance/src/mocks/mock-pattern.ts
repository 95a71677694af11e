import { FerrumError } from '@ferrum/registry/errors';

/** Gives a text that fits. @param rule the text of another rule, by its name */
export type Sample = (rule: (name: string, depth: number) => string, depth: number) => string;

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', d: '0', w: 'a', s: ' ' };

/** Reads a regular expression, or the right side of a rule of a GBNF grammar: they differ in literals, names and spaces only. */
export class PatternReader {
  readonly named = new Set<string>();
  #at = 0;

  constructor(
    private readonly source: string,
    private readonly field: 'pattern' | 'grammar',
  ) {}

  readAll(): Sample {
    const sample = this.#alternatives();
    if (this.#at < this.source.length) throw this.#unexpected();
    return sample;
  }

  #alternatives(): Sample {
    const first = this.#sequence();
    // Read for what may be wrong with them; the first one is the answer.
    while (this.#take('|')) this.#sequence();
    return first;
  }

  #sequence(): Sample {
    const items: Sample[] = [];
    for (let next = this.#next(); next !== undefined && next !== '|' && next !== ')'; next = this.#next()) {
      const item = this.#item();
      const least = this.#leastRepeats();
      items.push((rule, depth) => item(rule, depth).repeat(least));
    }
    return (rule, depth) => items.map((item) => item(rule, depth)).join('');
  }

  #item(): Sample {
    const character = this.#read();
    if (character === '(') {
      if (this.field === 'pattern' && this.source.startsWith('?', this.#at) && !this.#take('?:')) {
        throw unfollowed(this.field);
      }
      const group = this.#alternatives();
      if (!this.#take(')')) throw this.#unexpected();
      return group;
    }
    if (character === '[') return text(this.#classMember());
    if (character === '.') return text('a');
    if (this.field === 'pattern') {
      if (character === '^' || character === '$') return text('');
      return text(character === '\\' ? this.#escaped() : character);
    }
    if (character === '"') return text(this.#literal());
    const name = /^[a-zA-Z][\w-]*/.exec(this.source.slice(this.#at - 1))?.[0];
    if (name === undefined) throw this.#unexpected();
    this.#at += name.length - 1;
    this.named.add(name);
    return (rule, depth) => rule(name, depth);
  }

  #leastRepeats(): number {
    const suffix = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.source.slice(this.#at));
    if (!suffix) return 1;
    this.#at += suffix[0].length;
    return suffix[1] === undefined ? Number(suffix[0].startsWith('+')) : Number(suffix[1]);
  }

  #classMember(): string {
    const first = this.#read();
    if (first === '^' || first === ']') throw unfollowed(this.field);
    const member = first === '\\' ? this.#escaped() : first;
    for (let next = this.#read(); next !== ']'; next = this.#read()) if (next === '\\') this.#read();
    return member;
  }

  #literal(): string {
    let literal = '';
    for (let next = this.#read(); next !== '"'; next = this.#read()) literal += next === '\\' ? this.#escaped() : next;
    return literal;
  }

  #escaped(): string {
    const character = this.#read();
    const known = escapes[character];
    if (known === undefined && /\w/.test(character)) throw unfollowed(this.field);
    return known ?? character;
  }

  /** In a grammar spaces, line ends and comments mean nothing. */
  #next(): string | undefined {
    if (this.field === 'grammar') {
      this.#at += /^(?:\s|#[^\n]*)*/.exec(this.source.slice(this.#at))?.[0].length ?? 0;
    }
    return this.source[this.#at];
  }

  #read(): string {
    const character = String.fromCodePoint(this.source.codePointAt(this.#at) ?? 0);
    if (this.#at >= this.source.length) throw this.#unexpected();
    this.#at += character.length;
    return character;
  }

  #take(expected: string): boolean {
    this.#next();
    if (!this.source.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #unexpected() {
    const rest = this.source.slice(this.#at, this.#at + 10);
    return malformed(this.field, rest === '' ? 'it ends too early' : `"${rest}" does not fit here`);
  }
}

const text =
  (value: string): Sample =>
  () =>
    value;

export function malformed(field: string, problem: string, cause?: unknown): FerrumError {
  const parameter = `sampling.responseFormat.${field}`;
  return new FerrumError('InvalidParameter', `Invalid request: ${parameter}: ${problem}.`, {
    details: { parameter },
    cause,
  });
}

export function unfollowed(field: string): FerrumError {
  const parameter = `sampling.responseFormat.${field}`;
  const message = `The mock cannot find a text for ${parameter}: it takes the first alternative everywhere; write it otherwise.`;
  return new FerrumError('Unsupported', message, { details: { parameter } });
}
