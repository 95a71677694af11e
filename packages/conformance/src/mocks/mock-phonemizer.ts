import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallOptions, Phonemizer } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';

export interface MockPhonemizerOptions {
  /** BCP 47. Default `en-US`. */
  readonly languages?: readonly string[];
}

export interface MockPhonemizer {
  readonly engine: Phonemizer;
  /** Texts that it was asked for, as they came. */
  readonly texts: readonly string[];
}

/** Reads each letter as itself, in lower case. */
export function mockPhonemizer({ languages = ['en-US'] }: MockPhonemizerOptions = {}): MockPhonemizer {
  const texts: string[] = [];
  let isDisposed = false;
  const engine: Phonemizer = {
    specificationVersion: '1',
    languages: async () => languages,
    async phonemize(text: string, language: string, { signal }: CallOptions = {}) {
      if (isDisposed) throw new FerrumError('Cancelled', 'The phonemizer is disposed; open another one.');
      throwIfAborted(signal, 'Turning the text into phonemes');
      if (typeof text !== 'string') throw new FerrumError('InvalidParameter', 'text must be a string.');
      if (!languages.includes(language)) {
        throw new FerrumError('Unsupported', `There is no language ${JSON.stringify(language)}.`);
      }
      texts.push(text);
      await nextTurn();
      throwIfAborted(signal, 'Turning the text into phonemes');
      const clauses = text.toLowerCase().match(/[^,.;:!?]+[,.;:!?]?/g) ?? [];
      return clauses.map((clause) => clause.replaceAll(/[^a-z ,.;:!?]/g, '').trim()).filter((clause) => clause !== '');
    },
    [Symbol.asyncDispose]: async () => {
      isDisposed = true;
    },
  };
  return { engine, texts };
}
