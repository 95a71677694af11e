import type { Phonemizer } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { type SpokenToken, toSpokenTokens } from '../text/normalize/spoken-tokens.js';
import { type Clause, type ClauseMark, clausesOf } from '../text/segment/clauses.js';
import { cutQualityBetween } from '../text/segment/cut-quality.js';
import { cutWord } from '../text/segment/cut-word.js';
import { divide } from '../text/segment/divide.js';
import { splitBlocks } from '../text/segment/phoneme-blocks.js';
import { type Sentence, SentenceSplitter } from '../text/segment/sentence-splitter.js';
import type { EncodedPhonemes, SpeechModel } from '../voices/speech-model.js';
import type { SpeechUnit, UnitWord } from './speech-unit.js';
import { type SourceWord, unitWords } from './unit-words.js';

export interface UnitSettings {
  /** BCP 47, of the text. */
  readonly language: string;
  readonly emoji: 'drop' | 'name';
  /** In seconds. */
  readonly sentencePause: number;
  readonly signal: AbortSignal | undefined;
  /** Told of what nothing could be made of; a sentence each. */
  readonly warn: (warnings: readonly string[]) => void;
}

/** What gives the phonemes of a clause; opened when a text has something that is not given in phonemes. */
export type OpenPhonemizer = () => Promise<Phonemizer>;

/** A unit of fewer phonemes than this is not worth a run of its own while more of the sentence follows. */
const leastPhonemes = 18;
/** A sentence of more is spoken in several runs, so that others get their turn and its sound comes sooner. */
const comfortablePhonemes = 250;

/**
 * Turns a text, which may still be being written, into units to be synthesised, in order: each sentence is one, but the first
 * clause of a text is one by itself, so that its sound is there early, and long sentences are divided at their clauses. Nothing is
 * left out but what has no sound.
 */
export async function* speechUnits(
  text: string | AsyncIterable<string>,
  model: Pick<SpeechModel, 'encode' | 'maxIds'>,
  openPhonemizer: OpenPhonemizer,
  settings: UnitSettings,
): AsyncGenerator<SpeechUnit, void, undefined> {
  const maker = new UnitMaker(model, openPhonemizer, settings);
  const splitter = new SentenceSplitter(settings.language);
  if (typeof text === 'string') {
    // Piece by piece, so that the first sentence of a book need not wait for the last.
    for (let from = 0; from < text.length; from += pieceLength) {
      for (const sentence of splitter.push(text.slice(from, from + pieceLength))) yield* maker.unitsOf(sentence);
    }
  } else {
    for await (const piece of text) {
      if (typeof piece !== 'string') {
        throw new FerrumError(
          'RequestValidation',
          `The text to speak came with a piece that is ${typeof piece}, not a string.`,
        );
      }
      for (const sentence of splitter.push(piece)) yield* maker.unitsOf(sentence);
    }
  }
  for (const sentence of splitter.end()) yield* maker.unitsOf(sentence);
}

const pieceLength = 4000;

/** A clause with its phonemes. */
interface SpokenClause {
  readonly encoded: EncodedPhonemes;
  readonly words: readonly SourceWord[];
  readonly mark: ClauseMark;
}

class UnitMaker {
  #isFirst = true;

  constructor(
    private readonly model: Pick<SpeechModel, 'encode' | 'maxIds'>,
    private readonly openPhonemizer: OpenPhonemizer,
    private readonly settings: UnitSettings,
  ) {}

  async *unitsOf(sentence: Sentence): AsyncGenerator<SpeechUnit, void, undefined> {
    const pending = this.#clauses(sentence.text);
    let head: SpokenClause[] = [];
    const rest: SpokenClause[] = [];
    for await (const clause of pending) {
      if (!this.#isFirst) rest.push(clause);
      else {
        head.push(clause);
        if (phonemesOf(head) < leastPhonemes) continue;
        // Whether the sentence goes on decides the pause, so the next clause is looked at first.
        const next = await pending.next();
        this.#isFirst = false;
        if (next.done) break;
        rest.push(next.value);
        yield this.#unit(head, clausePause(head.at(-1)?.mark ?? ''));
        head = [];
      }
    }
    const all = [...head, ...rest];
    if (all.length === 0) return;
    this.#isFirst = false;
    const parts = this.#parts(all);
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const pause = isLast
        ? this.settings.sentencePause * (sentence.endsParagraph ? 2 : 1)
        : clausePause(part.at(-1)?.mark ?? '');
      yield this.#unit(part, pause);
    }
  }

  /** Clauses of a sentence, put together as far as they fit in a run. */
  #parts(clauses: readonly SpokenClause[]): SpokenClause[][] {
    return divide(clauses, {
      limit: Math.min(this.model.maxIds, comfortablePhonemes * this.#idsPerPhoneme()),
      lengthOf: ({ encoded }) => encoded.ids.length + this.#space().ids.length,
      cutQuality: ({ mark }) => (mark === '' ? 0 : mark === ',' ? 1 : 2),
    });
  }

  #unit(clauses: readonly SpokenClause[], pause: number): SpeechUnit {
    const ids: number[] = [];
    const words: UnitWord[] = [];
    const unknown = new Set<string>();
    for (const { encoded, words: source } of clauses) {
      if (ids.length > 0) ids.push(...this.#space().ids);
      words.push(...unitWords(source, encoded, ids.length));
      ids.push(...encoded.ids);
      for (const phoneme of encoded.unknown) unknown.add(phoneme);
    }
    return { ids, words, pause, warnings: [...unknown].map(unknownPhoneme) };
  }

  async *#clauses(text: string): AsyncGenerator<SpokenClause, void, undefined> {
    for (const part of splitBlocks(text)) {
      if (part.kind === 'phonemes') yield* this.#given(part.phonemes);
      else {
        const tokens = toSpokenTokens(part.text, this.settings.language, { emoji: this.settings.emoji });
        for (const clause of joined(clausesOf(tokens.filter(({ spoken }) => spoken !== '')))) {
          yield* this.#spoken(clause);
        }
      }
    }
  }

  /** Phonemes that the text gives itself. */
  *#given(phonemes: string): Generator<SpokenClause, void, undefined> {
    const words = phonemes.split(/\s+/).filter((word) => word !== '');
    const limit = this.#room();
    const pieces = words.flatMap((word) =>
      this.model.encode(word).ids.length > limit
        ? cutWord(word, Math.floor(limit / this.#idsPerPhoneme() / 2))
        : [word],
    );
    const parts = divide(pieces, {
      limit,
      lengthOf: (word) => this.model.encode(word).ids.length + this.#space().ids.length,
      cutQuality: (word) => (/[.,;:!?]$/.test(word) ? 1 : 0),
    });
    for (const part of parts) {
      const clause = this.#clause(
        part.join(' '),
        part.map((word) => ({ source: word, spoken: word })),
        markOf(part.at(-1) ?? ''),
      );
      if (clause) yield clause;
    }
  }

  async *#spoken(clause: Clause): AsyncGenerator<SpokenClause, void, undefined> {
    const { tokens, mark } = clause;
    const text = tokens.map(({ spoken }) => spoken).join(' ');
    if (!/[\p{L}\p{N}\p{S}]/u.test(text)) return;
    const phonemizer = await this.openPhonemizer();
    const { language, signal } = this.settings;
    const phonemes = withMark((await phonemizer.phonemize(text, language, { signal })).join(' '), mark);
    const spoken = this.#clause(phonemes, tokens, mark);
    if (!spoken) return;
    if (spoken.encoded.ids.length <= this.#room()) yield spoken;
    else yield* this.#divided(clause, spoken.encoded);
  }

  /** A clause that is too long for one run, in parts. */
  async *#divided(
    { tokens, mark }: Clause,
    { ids, phonemes }: EncodedPhonemes,
  ): AsyncGenerator<SpokenClause, void, undefined> {
    const [only] = tokens;
    const characters = tokens.reduce((sum, { spoken }) => sum + spoken.length + 1, 0);
    // As many ids a character as the whole has, with some room, since not all words are alike.
    const limit = Math.max(1, Math.floor((0.75 * this.#room() * characters) / ids.length));
    const parts =
      only && tokens.length === 1
        ? pieces(only, limit)
        : divide(tokens, {
            limit,
            lengthOf: ({ spoken }) => spoken.length + 1,
            cutQuality: (token, index) => cutQualityBetween(token, tokens[index + 1], this.settings.language),
          });
    if (parts.length === 1) {
      // A single letter that is read as more than fits.
      yield* this.#given(phonemes);
      return;
    }
    for (const [index, part] of parts.entries()) {
      yield* this.#spoken({ tokens: part, mark: index === parts.length - 1 ? mark : '' });
    }
  }

  /** Undefined for phonemes without a sound: marks alone would be spoken as noise. */
  #clause(phonemes: string, words: readonly SourceWord[], mark: ClauseMark): SpokenClause | undefined {
    const encoded = this.model.encode(phonemes);
    const hasSound = encoded.places.some((place) => place >= 0 && sound.test(encoded.phonemes.charAt(place)));
    if (hasSound) return { encoded, words, mark };
    this.settings.warn(encoded.unknown.map(unknownPhoneme));
    return undefined;
  }

  #room(): number {
    return this.model.maxIds - this.#space().ids.length;
  }

  #space(): EncodedPhonemes {
    return this.model.encode(' ');
  }

  /** Piper's voices have a pad after each phoneme. */
  #idsPerPhoneme(): number {
    return Math.max(1, this.#space().ids.length);
  }
}

/** Stress, length and other signs are of a letter's kind in Unicode, but no sound by themselves. */
const sound = /(?![ˈˌːˑ])\p{L}/u;

function phonemesOf(clauses: readonly SpokenClause[]): number {
  return clauses.reduce((sum, { encoded }) => sum + encoded.places.filter((place) => place >= 0).length, 0);
}

/** Clauses at whose end nobody pauses go on into the next. */
function joined(clauses: readonly Clause[]): Clause[] {
  const result: { tokens: SpokenToken[]; mark: ClauseMark }[] = [];
  for (const { tokens, mark } of clauses) {
    const last = result.at(-1);
    if (last?.mark === '') {
      last.tokens.push(...tokens);
      last.mark = mark;
    } else result.push({ tokens: [...tokens], mark });
  }
  return result;
}

/** The phonemizer says how a clause ends, but for some marks. */
function withMark(phonemes: string, mark: ClauseMark): string {
  const text = phonemes.trim();
  return mark === '' || text === '' || /\p{P}$/u.test(text) ? text : `${text}${mark}`;
}

function markOf(word: string): ClauseMark {
  return (/[.!?,;:—]$/.exec(word)?.[0] ?? '') as ClauseMark;
}

/** In seconds: about what a reader makes. */
function clausePause(mark: ClauseMark): number {
  if (mark === '') return 0.03;
  return mark === ',' ? 0.12 : 0.2;
}

function pieces(token: SpokenToken, limit: number): SpokenToken[][] {
  const words = token.spoken.split(/\s+/);
  const cut =
    words.length > 1
      ? divideWords(words, limit)
      : cutWord(token.spoken, Math.max(1, Math.min(limit, Math.ceil(token.spoken.length / 2))));
  return cut.map((spoken) => [{ ...token, spoken }]);
}

function divideWords(words: readonly string[], limit: number): string[] {
  return divide(words, { limit, lengthOf: (word) => word.length + 1, cutQuality: () => 0 }).map((part) =>
    part.join(' '),
  );
}

function unknownPhoneme(phoneme: string): string {
  const code = (phoneme.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `The voice does not know the phoneme "${phoneme}" (U+${code}); it is left out.`;
}
