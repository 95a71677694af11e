import { type LanguageRules, rulesFor } from './languages/language-rules.js';
import { lastLine } from './lines.js';
import { cutOverlong } from './overlong-sentence.js';
import { type Block, findBlocks, longestBlock } from './phoneme-blocks.js';
import { findSentenceEnd, longestLookAhead, type SentenceEnd } from './sentence-end.js';

export interface Sentence {
  /** Trimmed; never empty. At most 1,000 UTF-16 code units. */
  readonly text: string;
  /** Offset in the whole text, UTF-16. */
  readonly start: number;
  /** A paragraph (blank line) ends here. */
  readonly endsParagraph: boolean;
}

/**
 * Splits a text that arrives in pieces into sentences. They are the same however the text is cut into pieces: a sentence is
 * given out once what follows cannot change it any more, which is after the next word and the character that ends it, or
 * after 8 characters of the next line. `[[ phoneme ]]` blocks stay whole. A sentence of more than 1,000 UTF-16 code units is
 * cut after a clause mark, else at white space, else between code points; nothing but white space between sentences is lost.
 *
 * For a whole text: `[...splitter.push(text), ...splitter.end()]`.
 */
export class SentenceSplitter {
  readonly #language: string;
  readonly #rules: LanguageRules;
  readonly #segmenter: Intl.Segmenter;
  /** Text from the start of the sentence on. */
  #buffer = '';
  /** Offset of `#buffer` in the whole text. */
  #offset = 0;
  /** No sentence ends before this index of `#buffer`. */
  #searched = 0;
  /** The start of the line in which `#buffer` begins, up to it. */
  #lineBefore = '';

  /**
   * @param language BCP 47
   * @throws FerrumError `InvalidParameter` for something that is no language tag.
   */
  constructor(language: string) {
    this.#language = language;
    this.#rules = rulesFor(language);
    this.#segmenter = new Intl.Segmenter(language, { granularity: 'sentence' });
  }

  /** @returns the sentences that are certain by now. */
  push(piece: string): Sentence[] {
    this.#buffer += piece;
    return this.#takeSentences(false);
  }

  /**
   * Of the sentence that is still being written, what ends in a clause mark after which it certainly goes on, shortest first. Not
   * before a digit: "March 3rd, 1999" is read together.
   */
  heads(): readonly string[] {
    const { text } = settledText(this.#buffer.slice(0, this.#searched), false);
    return [...text.matchAll(/[,;:—，；：、](?=\s+[^\s\d])/gu)].map(({ index }) => this.#buffer.slice(0, index + 1));
  }

  /** Gives out one of the heads; the sentence goes on after it. */
  take(head: string): Sentence {
    const start = this.#offset + head.length - head.trimStart().length;
    const sentence = { text: head.trim(), start, endsParagraph: false };
    this.#drop(head.length);
    this.#searched = 0;
    return sentence;
  }

  /**
   * Gives out what has come, if it is a sentence by itself: for a writer who pauses. "Dr." is none.
   * @returns the sentence, or undefined
   */
  takeFinished(): Sentence | undefined {
    const text = this.#buffer.trimEnd();
    if (text === '' || text.length > longestSentence || !finished.test(text)) return undefined;
    const probe = new SentenceSplitter(this.#language);
    const [first] = probe.push(`${text} Then this follows. `);
    return first?.text === text.trimStart() ? this.take(text) : undefined;
  }

  /** @returns the rest. Afterwards the splitter is ready for another text. */
  end(): Sentence[] {
    const sentences = this.#takeSentences(true);
    this.#buffer = '';
    this.#offset = 0;
    this.#lineBefore = '';
    return sentences;
  }

  #takeSentences(isFinal: boolean): Sentence[] {
    const sentences: Sentence[] = [];
    for (;;) {
      this.#drop(this.#buffer.length - this.#buffer.trimStart().length);
      const found = this.#findEnd(isFinal);
      if (found === undefined) return sentences;
      const text = this.#buffer.slice(0, found.end).trimEnd();
      sentences.push({ text, start: this.#offset, endsParagraph: found.endsParagraph });
      this.#drop(found.next);
      this.#searched = 0;
    }
  }

  #findEnd(isTextFinal: boolean): SentenceEnd | undefined {
    if (this.#buffer === '') return undefined;
    const { text, blocks, isFinal } = settledText(this.#buffer, isTextFinal);
    const context = { text, isFinal, lineBefore: this.#lineBefore, rules: this.#rules, segmenter: this.#segmenter };
    const verdict = findSentenceEnd(context, this.#searched, longestSentence);
    if (verdict.kind === 'end' && verdict.end <= longestSentence) return verdict;
    if (verdict.kind === 'wait' || (text.length <= longestSentence && !isFinal)) {
      this.#searched = verdict.kind === 'end' ? 0 : verdict.from;
      return undefined;
    }
    const cut = text.length <= longestSentence ? text.length : cutOverlong(text, blocks, longestSentence);
    return { kind: 'end', end: cut, next: cut, endsParagraph: false };
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#lineBefore = lastLine(this.#lineBefore + this.#buffer.slice(0, count))
      .trimStart()
      .slice(0, keptOfLine);
    this.#buffer = this.#buffer.slice(count);
    this.#offset += count;
  }
}

const longestSentence = 1000;
const finished = /[.!?…。！？।؟]["'”’»)\]]*$/u;
/** Enough to tell a list item. */
const keptOfLine = 16;
/** A block that begins within the look-ahead can be judged within this window. */
const longestWindow = longestSentence + longestLookAhead + longestBlock;

/** The beginning of the text as far as more of it cannot change what it is, with its blocks masked by capitals. */
function settledText(buffer: string, isTextFinal: boolean): { text: string; blocks: Block[]; isFinal: boolean } {
  const isFinal = isTextFinal && buffer.length <= longestWindow;
  let text = buffer.slice(0, longestWindow);
  const { blocks, openAt } = findBlocks(text);
  for (const { start, end } of blocks) text = text.slice(0, start) + 'X'.repeat(end - start) + text.slice(end);
  if (isFinal) return { text, blocks, isFinal };
  if (openAt >= 0) text = text.slice(0, openAt);
  // Half a surrogate pair, or half of `[[`.
  return { text: text.replace(/(?:[\ud800-\udbff]|\[)$/, ''), blocks, isFinal };
}
