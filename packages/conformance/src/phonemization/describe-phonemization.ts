import assert from 'node:assert/strict';
import type { Phonemizer } from '@ferrum/interfaces';
import type { EngineFactory } from '../conformance-options.js';
import { rejection } from '../engine/rejection.js';
import type { TestRunner } from '../runner/test-runner.js';

export interface PhonemizationOptions {
  /** Shown with the tests. Default: `phonemization`. */
  readonly name?: string;
  /** Longest time for one test, in ms. Default 60 000. */
  readonly timeoutMs?: number;
  /** BCP 47. Default `en-US`. */
  readonly language?: string;
  /** A text of two clauses, the first of which ends in a comma, the second in a full stop. Default: an English one. */
  readonly text?: string;
}

/** Not one letter that no alphabet of phonemes has. */
const notPhonemic = /[A-Z0-9<>{}\\]/;

/** The contract of `phonemization`. */
export function describePhonemization(
  runner: TestRunner,
  open: EngineFactory<Phonemizer>,
  options: PhonemizationOptions = {},
): void {
  const { name = 'phonemization', timeoutMs = 60_000, language = 'en-US' } = options;
  const { text = 'When the rain stopped, we walked home.' } = options;
  runner.describe(name, () => {
    let shared: Phonemizer | undefined;
    runner.beforeAll(timeoutMs, async () => {
      shared = await open();
    });
    runner.afterAll(timeoutMs, async () => shared?.[Symbol.asyncDispose]());
    const test = (title: string, body: (phonemizer: Phonemizer) => Promise<void>) =>
      runner.test(title, timeoutMs, async () => {
        assert.ok(shared, 'The phonemizer did not open.');
        await body(shared);
      });

    test('implements version 1 of the specification', async ({ specificationVersion }) => {
      assert.equal(specificationVersion, '1');
    });

    test('lists its languages, each once', async (phonemizer) => {
      const languages = await phonemizer.languages();
      assert.equal(new Set(languages).size, languages.length, 'A language is listed twice.');
      assert.ok(languages.includes(language), `languages() lacks ${language}.`);
      for (const tag of languages) assert.doesNotThrow(() => new Intl.Locale(tag), `${tag} is no BCP 47 tag.`);
    });

    test('gives a string of phonemes for each clause, which ends in its mark', async (phonemizer) => {
      const clauses = await phonemizer.phonemize(text, language);
      assert.equal(clauses.length, 2, `There are ${clauses.length} clauses: ${JSON.stringify(clauses)}.`);
      assert.match(clauses[0] ?? '', /,\s*$/);
      assert.match(clauses[1] ?? '', /\.\s*$/);
      for (const clause of clauses) assert.doesNotMatch(clause, notPhonemic, 'This is no IPA.');
    });

    test('gives the same each time, for several callers at once', async (phonemizer) => {
      const alone = await phonemizer.phonemize(text, language);
      const together = await Promise.all([1, 2, 3, 4].map(() => phonemizer.phonemize(text, language)));
      for (const clauses of together) assert.deepEqual(clauses, alone);
    });

    test('bears texts without a sound, and odd ones', async (phonemizer) => {
      for (const odd of ['', '  ', '\n', '👩‍👩‍👧', '\u0000', '\ud83d', 'a'.repeat(3000)]) {
        const clauses = await phonemizer.phonemize(odd, language);
        assert.ok(clauses.every((clause) => typeof clause === 'string'));
      }
    });

    test('refuses a language that there is not, and what is no text', async (phonemizer) => {
      for (const wrong of ['qaa', 'not a language', '']) {
        await rejection(() => phonemizer.phonemize(text, wrong), 'Unsupported', 'InvalidParameter');
      }
      for (const wrong of [42, null, undefined]) {
        const codes = ['InvalidParameter', 'RequestValidation'] as const;
        await rejection(() => phonemizer.phonemize(wrong as unknown as string, language), ...codes);
      }
    });

    test('refuses a call whose signal has fired already, and ends one whose signal fires', async (phonemizer) => {
      const reason = new Error('not needed any more');
      const aborted = AbortSignal.abort(reason);
      const error = await rejection(() => phonemizer.phonemize(text, language, { signal: aborted }), 'Cancelled');
      assert.equal(error.cause, reason, "The error's cause must be the signal's reason.");
      const controller = new AbortController();
      const long = `${text} `.repeat(2000);
      const running = rejection(() => phonemizer.phonemize(long, language, { signal: controller.signal }), 'Cancelled');
      controller.abort();
      await running;
      await phonemizer.phonemize(text, language);
    });

    runner.test('refuses calls once it is disposed, which may happen twice', timeoutMs, async () => {
      const phonemizer = await open();
      await phonemizer.phonemize(text, language);
      await phonemizer[Symbol.asyncDispose]();
      await phonemizer[Symbol.asyncDispose]();
      await rejection(() => phonemizer.phonemize(text, language), 'Cancelled');
    });
  });
}
