import type { CallOptions, Phonemizer } from '@ferrum/interfaces';
import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { LanguageTable } from './languages/language-table.js';
import { cleanText } from './text/clean-text.js';
import { splitText } from './text/split-text.js';
import { EspeakThread } from './thread/espeak-thread.js';

const what = 'Turning the text into phonemes';

/**
 * Phonemes by espeak-ng, computed in a thread of its own, which starts with the first call. Calls take turns after every
 * 1000 characters or so.
 */
export class EspeakPhonemizer implements Phonemizer {
  readonly specificationVersion = '1';
  readonly #thread = new EspeakThread();
  #table: Promise<LanguageTable> | undefined;

  /**
   * IPA with stress marks, a string for each clause that has phonemes, ending in `.` `,` `?` `!` `:` `;`, or in nothing
   * where the text ends, or has an ellipsis, as Piper does it.
   *
   * @param language BCP 47 in any case, `_` for `-` too; a tag of more parts than espeak-ng knows stands for the longest
   * part that it does (RFC 4647, 3.4: `de-AT` is `de`). `en` is `en-GB` and `zh` is `cmn`, as in espeak-ng.
   * @throws FerrumError `Unsupported` for a language that espeak-ng has not, `InvalidParameter`, `Cancelled`, `Backend`
   * when espeak-ng fails or is not installed as it should be.
   */
  async phonemize(text: string, language: string, { signal }: CallOptions = {}): Promise<readonly string[]> {
    throwIfAborted(signal, what);
    requireString('text', text);
    requireString('language', language);
    const { voice } = (await abortable(this.#languages(), signal, what)).find(language);
    const clauses: string[] = [];
    for (const piece of splitText(cleanText(text))) {
      clauses.push(...(await abortable(this.#thread.phonemize(voice, piece, signal), signal, what)));
    }
    return clauses;
  }

  /** BCP 47, sorted; 140 languages and accents. @throws FerrumError `Backend` when espeak-ng is not installed as it should be. */
  async languages(): Promise<readonly string[]> {
    return (await this.#languages()).tags;
  }

  /** Ends the thread; calls that are under way reject with `Cancelled`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.close();
  }

  #languages(): Promise<LanguageTable> {
    this.#table ??= this.#thread.voices().then((voices) => new LanguageTable(voices));
    // A failure is not kept: the next call tries again.
    this.#table.catch(() => {
      this.#table = undefined;
    });
    return this.#table;
  }
}

function requireString(parameter: string, value: unknown): void {
  if (typeof value === 'string') return;
  const message = `${parameter} must be a string, not ${value === null ? 'null' : typeof value}.`;
  throw new FerrumError('InvalidParameter', message, { details: { parameter } });
}
