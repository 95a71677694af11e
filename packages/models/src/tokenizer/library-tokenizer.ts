import { FerrumError } from '@ferrum/registry/errors';
import type { Step, TokenizerDefinition } from './definition.js';
import { type FewestTokens, fewestTokensOf } from './fewest-tokens.js';
import { flattenSteps } from './flatten-steps.js';
import { Library, type LibraryModel } from './library.js';
import { createModel } from './library-model.js';
import { adaptNormalizer, adaptPreTokenizer, sequence } from './library-steps.js';
import { PartCache } from './part-cache.js';
import { type TextParts, textPartsOf } from './text-parts.js';
import { TokenTexts } from './token-texts.js';
import type {
  DecodeOptions,
  EncodedPrefix,
  EncodeOptions,
  IncrementalDecoder,
  PrefixOptions,
  Tokenizer,
} from './tokenizer.js';
import { findOnlyAsWritten } from './written-tokens.js';

/**
 * Builds the tokenizer. Throws `Unsupported` for a step that is not known here and `InvalidFormat` for one that is malformed.
 *
 * `@huggingface/tokenizers` splits text into tokens. It runs twice over one shared model: once finding every added token in
 * the text, once only the ordinary ones, so that special tokens in untrusted text stay text. For the same reason the
 * model itself does not know the special tokens. Ids, decoding and what surrounds a text are handled here.
 */
export function buildTokenizer(definition: TokenizerDefinition): Tokenizer {
  const { source, addedTokens } = definition;
  const normalizer = definition.normalizer && adaptNormalizer(definition.normalizer, source);
  const steps = flattenSteps(
    definition.preTokenizer && adaptPreTokenizer(definition.preTokenizer, source),
    'pretokenizers',
  );
  // The model can write bytes itself, and then only those of words that it has not met lately.
  const writesBytes = definition.model.kind === 'bpe' && isByteLevel(steps.at(-1));
  const preTokenizer = sequence(...(writesBytes ? steps.slice(0, -1) : steps));
  try {
    const model = createModel(definition, writesBytes);
    const build = (tokens: TokenizerDefinition['addedTokens']) => {
      const library = new Library(
        {
          // A stand-in; the real model is set below, for both.
          model: { type: 'BPE', vocab: {}, merges: [] },
          added_tokens: tokens,
          normalizer: normalizer ?? null,
          pre_tokenizer: preTokenizer,
          post_processor: null,
          decoder: null,
        },
        {},
      );
      library.model = model;
      if (normalizer !== undefined) findOnlyAsWritten(library);
      return library;
    };
    return new LibraryTokenizer(
      definition,
      build(addedTokens),
      build(addedTokens.filter((token) => !token.special)),
      model,
    );
  } catch (cause) {
    if (FerrumError.isInstance(cause)) throw cause;
    throw new FerrumError('InvalidFormat', `${source}: cannot build the tokenizer: ${messageOf(cause)}`, { cause });
  }
}

class LibraryTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly specialTokens: Tokenizer['specialTokens'];
  readonly surroundingTokens: Tokenizer['surroundingTokens'];
  readonly pairTokens: Tokenizer['pairTokens'];
  readonly endOfGenerationTokens: Tokenizer['endOfGenerationTokens'];
  // Of the definition only this, so that what it was read from can go.
  readonly #source: string;
  readonly #texts: TokenTexts;
  readonly #parts: TextParts | undefined;
  readonly #fewest: FewestTokens | undefined;
  /** By whether special tokens are read as such. */
  readonly #known = { parsing: new PartCache<number>(), plain: new PartCache<number>() };

  constructor(
    definition: TokenizerDefinition,
    private readonly parsing: Library,
    private readonly plain: Library,
    private readonly model: LibraryModel,
  ) {
    this.#source = definition.source;
    this.#texts = new TokenTexts(definition);
    this.#parts = textPartsOf(definition, parsing.added_tokens_map.keys());
    this.#fewest = fewestTokensOf(definition, parsing.added_tokens_map.keys());
    this.vocabSize = this.#texts.size;
    this.specialTokens = definition.specialTokens;
    this.surroundingTokens = definition.surroundingTokens;
    this.pairTokens = definition.pairTokens;
    this.endOfGenerationTokens = definition.endOfGenerationTokens;
  }

  encode(text: string, options: EncodeOptions = {}): number[] {
    const { addSpecialTokens = true, parseSpecialTokens = true } = options;
    const ids = addSpecialTokens ? [...this.surroundingTokens.before] : [];
    for (const part of this.#encodeParts(text, parseSpecialTokens)) for (const id of part) ids.push(id);
    if (addSpecialTokens) ids.push(...this.surroundingTokens.after);
    return ids;
  }

  encodePrefix(text: string, maxTokens: number, options: PrefixOptions = {}): EncodedPrefix {
    const { parseSpecialTokens = true, allOrNone = false } = options;
    if (!Number.isInteger(maxTokens) || maxTokens < 0) {
      throw new FerrumError('InvalidParameter', `maxTokens is ${maxTokens}; it must be a whole number from 0.`, {
        details: { parameter: 'maxTokens' },
      });
    }
    if (allOrNone && this.#hasMoreTokens(text, maxTokens, parseSpecialTokens)) return { ids: [], isComplete: false };
    const ids: number[] = [];
    for (const part of this.#encodeParts(text, parseSpecialTokens)) {
      for (const id of part) {
        if (ids.length === maxTokens) return { ids: allOrNone ? [] : ids, isComplete: false };
        ids.push(id);
      }
    }
    return { ids, isComplete: true };
  }

  decode(ids: Iterable<number>, options?: DecodeOptions): string {
    const decoder = this.createDecoder(options);
    let text = '';
    for (const id of ids) text += decoder.push(id);
    return text + decoder.flush();
  }

  createDecoder(options: DecodeOptions = {}): IncrementalDecoder {
    return this.#texts.createDecoder(options);
  }

  tokenId(text: string): number | undefined {
    return this.#texts.id(text);
  }

  tokenText(id: number): string | undefined {
    return this.#texts.text(id);
  }

  tokenBytes(id: number): Uint8Array {
    return this.#texts.bytes(id);
  }

  isSpecial(id: number): boolean {
    return this.#texts.isSpecial(id);
  }

  /** Whether a text certainly has more tokens, as far as that can be told without encoding it. */
  #hasMoreTokens(text: string, maxTokens: number, parseSpecialTokens: boolean): boolean {
    if (this.#fewest === undefined || text.length <= Math.max(shortText, maxTokens)) return false;
    const { added_tokens_map: added, normalizer, splitter_unnormalized: splitter } = this.#library(parseSpecialTokens);
    const sections = normalizer === null ? [text] : splitter.split(wellFormed(text));
    const normalized = sections.map((section) => (added.has(section) ? section : (normalizer?.(section) ?? section)));
    return this.#fewest(normalized.join(''), maxTokens) > maxTokens;
  }

  *#encodeParts(text: string, parseSpecialTokens: boolean): Generator<readonly number[]> {
    if (this.#parts === undefined) {
      yield this.#encodePart(text, parseSpecialTokens);
      return;
    }
    const known = parseSpecialTokens ? this.#known.parsing : this.#known.plain;
    const encode = (part: string) => this.#encodePart(part, parseSpecialTokens);
    for (const part of this.#parts(text)) yield known.get(part, encode);
  }

  #encodePart(text: string, parseSpecialTokens: boolean): readonly number[] {
    const library = this.#library(parseSpecialTokens);
    return this.#split(wellFormed(text), library).map((token) => {
      // Unknown characters can add up to the text of a special token; the model hides it, so they do not get its id.
      const known = library.added_tokens_map.get(token)?.id ?? this.model.tokens_to_ids.get(token);
      const id = known ?? this.model.unk_token_id;
      if (id === undefined) throw this.#failure(`has no token for ${JSON.stringify(token)} and none for unknown text.`);
      return id;
    });
  }

  #library(parseSpecialTokens: boolean): Library {
    return parseSpecialTokens ? this.parsing : this.plain;
  }

  #split(text: string, library: Library): string[] {
    try {
      return library.tokenize(text);
    } catch (cause) {
      throw this.#failure(`could not encode the text: ${messageOf(cause)}`, cause);
    }
  }

  #failure(what: string, cause?: unknown): FerrumError {
    return new FerrumError('Tokenizer', `The tokenizer of ${this.#source} ${what}`, { cause });
  }
}

/** In UTF-16 units: nothing about a shorter text takes long. */
const shortText = 4096;

/** Lone surrogates have no UTF-8. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** Turns a word into characters that stand for its bytes, and does nothing else. */
function isByteLevel(step: Step | undefined): boolean {
  return step?.type === 'ByteLevel' && step.use_regex === false && step.add_prefix_space !== true;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
