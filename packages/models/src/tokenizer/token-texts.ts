import { FerrumError } from '@ferrum/registry/errors';
import type { Step, TokenizerDefinition, Vocabulary } from './definition.js';
import { MapVocabulary } from './map-vocabulary.js';
import { compileDecoder, type TokenBytes } from './text-decoder.js';
import type { DecodeOptions, IncrementalDecoder } from './tokenizer.js';

/** The vocabulary in both directions, and the text that ids stand for. */
export class TokenTexts {
  readonly #source: string;
  readonly #decoder: Step | undefined;
  /** One more than the highest id. */
  readonly size: number;
  readonly #vocabulary: Vocabulary;
  readonly #addedIds = new Map<string, number>();
  readonly #added = new Map<number, string>();
  readonly #special = new Set<number>();
  readonly #bytes: (Uint8Array | undefined)[] = [];
  #tokenBytes: TokenBytes | undefined;

  constructor({ source, decoder, model, addedTokens }: TokenizerDefinition) {
    this.#source = source;
    this.#decoder = decoder;
    this.#vocabulary =
      model.kind === 'unigram'
        ? new MapVocabulary(new Map(model.pieces.map(([text], id) => [text, id])))
        : model.vocabulary;
    this.size = this.#vocabulary.size;
    for (const { content, id, special } of addedTokens) {
      this.#added.set(id, content);
      this.#addedIds.set(content, id);
      if (special) this.#special.add(id);
      this.size = Math.max(this.size, id + 1);
    }
  }

  id(text: string): number | undefined {
    return this.#addedIds.get(text) ?? this.#vocabulary.get(text);
  }

  text(id: number): string | undefined {
    return this.#added.get(id) ?? this.#vocabulary.text(id);
  }

  /** What a token adds inside a text; a copy. */
  bytes(id: number): Uint8Array {
    return this.#bytesOf(id, this.#checkedText(id), false).slice();
  }

  isSpecial(id: number): boolean {
    return this.#special.has(id);
  }

  createDecoder({ skipSpecialTokens = true, continuation = false }: DecodeOptions): IncrementalDecoder {
    // Compiled late: a tokenizer with a decoder we do not support can still encode.
    this.#tokenBytes ??= compileDecoder(this.#decoder, this.#source);
    const { strip } = this.#tokenBytes;
    // A byte order mark is text like any other.
    const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
    let first = !continuation;
    let toStrip = first ? (strip?.count ?? 0) : 0;
    const emit = (text: string): string => {
      if (strip === undefined || toStrip === 0 || text === '') return text;
      let start = 0;
      for (; toStrip > 0 && text.startsWith(strip.content, start); toStrip--) start += strip.content.length;
      if (start < text.length) toStrip = 0;
      return text.slice(start);
    };
    return {
      push: (id) => {
        const token = this.#checkedText(id);
        if (skipSpecialTokens && this.#special.has(id)) return '';
        const bytes = this.#bytesOf(id, token, first);
        first = false;
        return emit(utf8.decode(bytes, { stream: true }));
      },
      flush: () => {
        const rest = emit(utf8.decode());
        first = !continuation;
        toStrip = first ? (strip?.count ?? 0) : 0;
        return rest;
      },
    };
  }

  #bytesOf(id: number, token: string, first: boolean): Uint8Array {
    this.#tokenBytes ??= compileDecoder(this.#decoder, this.#source);
    const compiled = this.#tokenBytes;
    const isAdded = this.#added.has(id);
    if (first && compiled.dependsOnPosition) return compiled.bytes(token, isAdded, true);
    this.#bytes[id] ??= compiled.bytes(token, isAdded, false);
    return this.#bytes[id];
  }

  #checkedText(id: number): string {
    const text = this.text(id);
    if (text !== undefined) return text;
    throw new FerrumError(
      'InvalidParameter',
      `Token id ${String(id)} is not in the vocabulary of ${this.#source} (ids 0 to ${this.size - 1}).`,
      { details: { parameter: 'id' } },
    );
  }
}
