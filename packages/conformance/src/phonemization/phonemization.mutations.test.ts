import type { Phonemizer } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { mockPhonemizer } from '../mocks/mock-phonemizer.js';
import { failures } from '../runner/testing/failures.js';
import { describePhonemization } from './describe-phonemization.js';

type Break = (phonemizer: Phonemizer) => Partial<Phonemizer>;

/** What a phonemizer may do wrong, and the tests that fail then, and no others. */
const mutations: readonly (readonly [what: string, broken: Break, found: RegExp])[] = [
  ['is of another version', () => ({ specificationVersion: '2' as '1' }), /version 1/],
  ['lists a language twice', () => ({ languages: async () => ['en-US', 'en-US'] }), /lists its languages/],
  ['lists what is no language', () => ({ languages: async () => ['en-US', 'no language'] }), /lists its languages/],
  [
    'joins the clauses',
    (one) => ({ phonemize: async (...call) => [(await one.phonemize(...call)).join(' ')] }),
    /for each clause/,
  ],
  [
    'drops the marks',
    (one) => ({ phonemize: async (...call) => (await one.phonemize(...call)).map((clause) => clause.slice(0, -1)) }),
    /for each clause/,
  ],
  [
    'gives capital letters',
    (one) => ({ phonemize: async (...call) => (await one.phonemize(...call)).map((clause) => clause.toUpperCase()) }),
    /for each clause/,
  ],
  [
    'differs each time',
    (one) => ({ phonemize: async (...call) => [...(await one.phonemize(...call)), String(Math.random())] }),
    /for each clause|the same each time/,
  ],
  [
    'takes any language',
    (one) => ({ phonemize: (text, _, options) => one.phonemize(text, 'en-US', options) }),
    /a language that there is not/,
  ],
  [
    'ignores the signal',
    (one) => ({ phonemize: (text, language) => one.phonemize(text, language) }),
    /whose signal has fired/,
  ],
  ['goes on when it is disposed', () => ({ [Symbol.asyncDispose]: async () => {} }), /once it is disposed/],
];

const run = (phonemizer: () => Phonemizer) =>
  failures((runner) => describePhonemization(runner, async () => phonemizer()));

describe('the contract of phonemization', () => {
  it('is kept by the mock', async () => {
    expect(await run(() => mockPhonemizer().engine)).toEqual([]);
  });

  it.each(mutations)('finds a phonemizer that %s', async (_, broken, expected) => {
    const found = await run(() => {
      const { engine } = mockPhonemizer();
      return { ...engine, ...broken(engine) };
    });
    expect(found).not.toEqual([]);
    for (const name of found) expect(name).toMatch(expected);
  });
});
