import type { Phonemizer } from '@ferrum/interfaces';
import { onAbort, TurnTaker } from '@ferrum/registry/concurrency';
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
import { type SourceWord, soundsOfWords, spokenParts, unitWords } from './unit-words.js';

export interface UnitSettings {
  /** BCP 47, of the text. */
  readonly language: string;
  readonly emoji: 'drop' | 'name';
  /** In seconds. */
  readonly sentencePause: number;
  /** 2 is twice as fast: pauses are half as long. */
  readonly speed: number;
  /** How much longer than usual each sound is made; units are shorter then. */
  readonly stretch: number;
  readonly wordTimestamps: boolean;
  readonly signal: AbortSignal | undefined;
  /** Told of what nothing could be made of; a sentence each. */
  readonly warn: (warnings: readonly string[]) => void;
}

/** What gives the phonemes of a clause; opened when a text has something that is not given in phonemes. */
export type OpenPhonemizer = () => Promise<Phonemizer>;

/** A unit of fewer phonemes than this is not worth a run of its own while more of the sentence follows. */
const leastPhonemes = 18;
/** Words whose sounds are remembered. */
const mostSounds = 5000;
/** However slowly it is spoken. */
const leastIds = 40;
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
  const turns = new TurnTaker({ signal: settings.signal, what: 'Speaking' });
  if (typeof text === 'string') {
    // Piece by piece, so that the first sentence of a book need not wait for the last.
    for (let from = 0; from < text.length; from += pieceLength) {
      for (const sentence of splitter.push(text.slice(from, from + pieceLength))) {
        await turns.next();
        yield* maker.unitsOf(sentence);
      }
    }
  } else {
    for await (const piece of orIdle(text, settings.signal)) {
      if (piece === idle) {
        const sentence = splitter.takeFinished();
        if (sentence) yield* maker.unitsOf(sentence);
        continue;
      }
      if (typeof piece !== 'string') {
        throw new FerrumError(
          'RequestValidation',
          `The text to speak came with a piece that is ${typeof piece}, not a string.`,
        );
      }
      for (const sentence of splitter.push(piece)) {
        await turns.next();
        yield* maker.unitsOf(sentence);
      }
      yield* await maker.firstOf(splitter);
    }
  }
  for (const sentence of splitter.end()) yield* maker.unitsOf(sentence);
}

const pieceLength = 4000;
/** A writer who pauses as long has finished the sentence, if it can be one; in ms. */
const pauseOfWriter = 400;
const idle = Symbol('idle');

/** The pieces, and after each for which the next one lets wait, that it does. */
async function* orIdle(
  text: AsyncIterable<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string | typeof idle, void, undefined> {
  const pieces = text[Symbol.asyncIterator]();
  // Not awaited: a text that is never finished would hold it up.
  const end = () => void Promise.resolve(pieces.return?.()).catch(() => undefined);
  // Whoever leaves does not wait for the piece that is awaited here; the writer is to know at once.
  const stop = onAbort(signal, end);
  try {
    for (;;) {
      const next = pieces.next();
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise<typeof idle>((resolve) => {
        timer = setTimeout(resolve, pauseOfWriter, idle);
      });
      const first = await Promise.race([next, pause]).finally(() => clearTimeout(timer));
      if (first === idle) yield idle;
      const { value, done } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    stop();
    end();
  }
}

/** A clause with its phonemes. */
interface SpokenClause {
  readonly encoded: EncodedPhonemes;
  readonly words: readonly SourceWord[];
  readonly mark: ClauseMark;
}

class UnitMaker {
  #isFirst = true;
  /** Characters of the first sentence in which no clause of its own was found. */
  #heard = 0;
  /** Of words by themselves. */
  readonly #sounds = new Map<string, Promise<number>>();

  /** What stands between two words. */
  readonly #space: EncodedPhonemes;

  constructor(
    private readonly model: Pick<SpeechModel, 'encode' | 'maxIds'>,
    private readonly openPhonemizer: OpenPhonemizer,
    private readonly settings: UnitSettings,
  ) {
    this.#space = model.encode(' ');
  }

  /** The first clause of a text whose first sentence is still being written, as soon as it is long enough to be spoken by itself. */
  async firstOf(splitter: SentenceSplitter): Promise<SpeechUnit[]> {
    if (!this.#isFirst) return [];
    for (const head of splitter.heads()) {
      if (head.length <= this.#heard) continue;
      this.#heard = head.length;
      const clauses: SpokenClause[] = [];
      for await (const clause of this.#clauses(head)) clauses.push(clause);
      if (phonemesOf(clauses) < leastPhonemes) continue;
      splitter.take(head);
      this.#isFirst = false;
      return this.#units(clauses);
    }
    return [];
  }

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
        yield* this.#units(head);
        head = [];
      }
    }
    const all = [...head, ...rest];
    if (all.length === 0) return;
    this.#isFirst = false;
    yield* this.#units(all, (this.settings.sentencePause * (sentence.endsParagraph ? 2 : 1)) / this.settings.speed);
  }

  /** @param lastPause that after the last one, in seconds; by default that of the clause it ends with */
  #units(clauses: readonly SpokenClause[], lastPause?: number): SpeechUnit[] {
    const parts = this.#parts(clauses);
    return parts.map((part, index) => {
      const pause = usualPause(part.at(-1)?.mark ?? '') / this.settings.speed;
      return this.#unit(part, index === parts.length - 1 ? (lastPause ?? pause) : pause);
    });
  }

  /** Clauses of a sentence, put together as far as they fit in a run. */
  #parts(clauses: readonly SpokenClause[]): SpokenClause[][] {
    return divide(clauses, {
      limit: Math.min(
        this.#room(),
        Math.ceil(comfortablePhonemes / Math.max(1, this.settings.stretch)) * this.#idsPerPhoneme(),
      ),
      lengthOf: ({ encoded }) => encoded.ids.length + this.#space.ids.length,
      cutQuality: ({ mark }) => (mark === '' ? 0 : mark === ',' ? 1 : 2),
    });
  }

  #unit(clauses: readonly SpokenClause[], pause: number): SpeechUnit {
    const ids: number[] = [];
    const words: UnitWord[] = [];
    const unknown = new Set<string>();
    for (const { encoded, words: source } of clauses) {
      if (ids.length > 0) ids.push(...this.#space.ids);
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
      lengthOf: (word) => this.model.encode(word).ids.length + this.#space.ids.length,
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
    const said = await phonemizer.phonemize(text, language, { signal });
    const phonemes = withMark(inOneClause(said), mark);
    const spoken = this.#clause(phonemes, await this.#withSounds(tokens, phonemizer), mark);
    if (!spoken) return;
    if (spoken.encoded.ids.length <= this.#room()) yield spoken;
    else yield* this.#divided(clause, spoken.encoded);
  }

  /** The phonemizer runs words together and takes others apart: how many sounds each has by itself tells which is which. */
  async #withSounds(tokens: readonly SpokenToken[], phonemizer: Phonemizer): Promise<readonly SourceWord[]> {
    if (!this.settings.wordTimestamps) return tokens;
    return Promise.all(
      tokens.map(async (token) => ({
        ...token,
        sounds: await Promise.all(spokenParts(token.spoken).map((part) => this.#soundsOf(part, phonemizer))),
      })),
    );
  }

  #soundsOf(word: string, phonemizer: Phonemizer): Promise<number> {
    const { language, signal } = this.settings;
    let sounds = this.#sounds.get(word);
    if (!sounds) {
      sounds = phonemizer
        .phonemize(word, language, { signal })
        .then((phonemes) => soundsOfWords(phonemes.join(' ')).reduce((sum, count) => sum + count, 0));
      if (this.#sounds.size >= mostSounds) this.#sounds.clear();
      this.#sounds.set(word, sounds);
    }
    return sounds;
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
    const said = words.map(({ source }) => source).join(' ');
    this.settings.warn(
      encoded.unknown.length > 0
        ? encoded.unknown.map(unknownPhoneme)
        : [`No sound was found for "${said}"; it is left out.`],
    );
    return undefined;
  }

  /** Ids that a run can take, fewer where each lasts longer. */
  #room(): number {
    const most = this.model.maxIds / Math.max(1, this.settings.stretch);
    return Math.max(leastIds, Math.floor(most)) - this.#space.ids.length;
  }

  /** Piper's voices have a pad after each phoneme. */
  #idsPerPhoneme(): number {
    return Math.max(1, this.#space.ids.length);
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

/** A full stop inside is that of an abbreviation ("z. B."), which the phonemizer took for the end of a sentence. */
function inOneClause(clauses: readonly string[]): string {
  return clauses.map((clause, index) => (index < clauses.length - 1 ? clause.replace(/\.$/, '') : clause)).join(' ');
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
function usualPause(mark: ClauseMark): number {
  if (mark === '') return 0.03;
  return mark === ',' ? 0.12 : 0.2;
}

function pieces(token: SpokenToken, limit: number): SpokenToken[][] {
  const words = token.spoken.split(/\s+/);
  const cut =
    words.length > 1
      ? divideWords(words, limit)
      : cutWord(token.spoken, Math.max(1, Math.min(limit, Math.ceil(token.spoken.length / 2))));
  // Listed once, where it begins.
  return cut.map((spoken, index) => [{ ...token, source: index === 0 ? token.source : '', spoken }]);
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
