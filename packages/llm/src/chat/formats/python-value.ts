/** How much of a text is one Python value, up to the `,`, `)` or `]` around it; undefined where that is not known yet. */
export function valueLength(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '"' || character === "'") {
      const end = stringEnd(text, at);
      if (end === undefined) return undefined;
      at = end - 1;
    } else if ('([{'.includes(character)) depth += 1;
    else if (depth === 0 && ',)]'.includes(character)) return at;
    else if (')]}'.includes(character)) depth -= 1;
  }
  return undefined;
}

/**
 * A Python literal as JSON: numbers, texts, lists, tuples, dictionaries, None, True and False, and those words as JSON writes
 * them. Anything else is undefined.
 */
export function pythonToJson(text: string): string | undefined {
  const reader = new LiteralReader(text);
  try {
    const value = reader.value();
    return reader.isAtEnd ? value : undefined;
  } catch {
    return undefined;
  }
}

const words: Readonly<Record<string, string>> = {
  None: 'null',
  null: 'null',
  True: 'true',
  true: 'true',
  False: 'false',
  false: 'false',
};

/** Deeper ones are no arguments that anyone meant. */
const deepest = 100;

class LiteralReader {
  #at = 0;
  #depth = 0;

  constructor(private readonly text: string) {}

  get isAtEnd(): boolean {
    this.#space();
    return this.#at === this.text.length;
  }

  /** @throws SyntaxError */
  value(): string {
    this.#space();
    const character = this.text[this.#at] ?? '';
    if (character === '"' || character === "'") return this.#string();
    if (character === '[' || character === '(')
      return `[${this.#items(character === '[' ? ']' : ')', () => this.value())}]`;
    if (character === '{') return `{${this.#items('}', () => this.#entry())}}`;
    const [word = ''] = /^[^\s,)\]}:]*/.exec(this.text.slice(this.#at)) ?? [];
    this.#at += word.length;
    if (Object.hasOwn(words, word)) return words[word] as string;
    if (!/^[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word)) throw new SyntaxError(word);
    const digits = word.replaceAll('_', '');
    // Integers that a double cannot hold keep their digits.
    if (/^-?(0|[1-9]\d*)$/.test(digits)) return digits;
    const number = Number(digits);
    if (!Number.isFinite(number)) throw new SyntaxError(word);
    return JSON.stringify(number);
  }

  #entry(): string {
    this.#space();
    const key = this.value();
    this.#space();
    if (this.text[this.#at++] !== ':') throw new SyntaxError('no colon');
    return `${key.startsWith('"') ? key : JSON.stringify(key)}: ${this.value()}`;
  }

  #items(close: string, item: () => string): string {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > deepest) throw new SyntaxError('too deep');
    const items: string[] = [];
    for (;;) {
      this.#space();
      if (this.text[this.#at] === close) break;
      items.push(item());
      this.#space();
      if (this.text[this.#at] === ',') this.#at += 1;
      else if (this.text[this.#at] !== close) throw new SyntaxError('no comma');
    }
    this.#at += 1;
    this.#depth -= 1;
    return items.join(', ');
  }

  #string(): string {
    const end = stringEnd(this.text, this.#at);
    if (end === undefined) throw new SyntaxError('no end');
    const quoted = this.text.slice(this.#at, end);
    const quotes = quotesAt(quoted, 0);
    this.#at = end;
    return JSON.stringify(unescaped(quoted.slice(quotes.length, -quotes.length)));
  }

  #space(): void {
    while (/\s/.test(this.text[this.#at] ?? '')) this.#at += 1;
  }
}

/** Where the text that begins at a quote ends, after its closing quote. */
function stringEnd(text: string, start: number): number | undefined {
  const quotes = quotesAt(text, start);
  for (let at = start + quotes.length; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text.startsWith(quotes, at)) return at + quotes.length;
  }
  return undefined;
}

function quotesAt(text: string, at: number): string {
  const quote = text[at] ?? '';
  return text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  a: '\x07',
  v: '\v',
  '0': '\0',
  '\n': '',
};

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})|([\s\S]))/g,
    (
      whole,
      short: string | undefined,
      long: string | undefined,
      longest: string | undefined,
      one: string | undefined,
    ) => {
      if (one !== undefined)
        return Object.hasOwn(escapes, one) ? (escapes[one] as string) : '\\\'"/'.includes(one) ? one : whole;
      return String.fromCodePoint(Number.parseInt(short ?? long ?? longest ?? '', 16));
    },
  );
}
