import { FerrumError } from '@ferrum/registry/errors';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FoundText, runSearch, searchOf } from '../testing/expected-search.js';
import { type OpenRunner, openRunner } from '../testing/open-runner.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import {
  copyTinyModel,
  type ExpectedSearch,
  expectedOf,
  floats,
  largestDifference,
  melOf,
} from '../testing/tiny-models.js';
import { detectLanguage } from '../transcribe/detect-language.js';
import type { SpeechModel } from '../transcribe/speech-model.js';
import { alignSegments } from '../transcribe/time-words.js';
import { checkTranscribeOptions } from '../transcribe/transcribe-settings.js';
import { DecodingLoop } from './decoding-loop.js';
import type { WhisperRunner } from './whisper-runner.js';

const folder = temporaryFolder();
const { melBins, searches, runs, alignments } = expectedOf('huggingface');

let open: OpenRunner;
let loop: DecodingLoop;

beforeAll(async () => {
  open = await openRunner(copyTinyModel('huggingface', folder), folder, { maxWindows: 4, maxRows: 12 });
  loop = new DecodingLoop(open.runner);
});
afterAll(() => open.runner.dispose());
afterEach(async () => {
  await loop.idle();
  expect([loop.activeWindows, loop.waitingWindows]).toEqual([0, 0]);
});

/** Hears the audio of a search, runs it, and leaves. */
async function decode(expected: ExpectedSearch, signal?: AbortSignal): Promise<FoundText> {
  const window = await loop.encode(melOf(expected.melSeed, melBins), signal, 'Hearing');
  try {
    return await runSearch(open, loop, window, expected, signal);
  } finally {
    loop.release(window);
  }
}

function expectSame(found: FoundText, expected: ExpectedSearch): void {
  expect([...expected.prefix, ...found.tokens]).toEqual(expected.tokens);
  expect(found.sumLogProb / expected.tokens.length ** expected.lengthPenalty).toBeCloseTo(expected.score, 3);
}

describe('the decoding loop', () => {
  it('gives many searches at once, of all widths, what each finds alone', async () => {
    const found = await Promise.all(searches.map((expected) => decode(expected)));
    for (const [index, text] of found.entries()) expectSame(text, searches[index] as ExpectedSearch);
  });

  it('runs several searches in one window', async () => {
    const same = searches.slice(0, 6).map((expected) => ({ ...expected, melSeed: 1 }));
    const alone: FoundText[] = [];
    for (const expected of same) alone.push(await decode(expected));
    const window = await loop.encode(melOf(1, melBins), undefined, 'Hearing');
    const together = await Promise.all(same.map((expected) => runSearch(open, loop, window, expected)));
    loop.release(window);
    for (const [index, { tokens, sumLogProb }] of together.entries()) {
      expect(tokens).toEqual(alone[index]?.tokens);
      expect(sumLogProb).toBeCloseTo(alone[index]?.sumLogProb ?? 0, 4);
    }
  });

  it('goes on with the others when some are aborted at any time', async () => {
    const shown = searches.slice(0, 60);
    const outcomes = await Promise.allSettled(
      shown.map((expected, index) => {
        const controller = new AbortController();
        if (index % 3 === 0) abortAfterTurns(controller, 1 + ((index * 7) % 40));
        return decode(expected, controller.signal);
      }),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') expectSame(outcome.value, shown[index] as ExpectedSearch);
      else {
        expect(index % 3).toBe(0);
        expect(outcome.reason).toMatchObject({ code: 'Cancelled' });
      }
    }
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  });

  it('ends a call that is aborted before it begins, or while it waits for room', async () => {
    await expect(loop.encode(melOf(0, melBins), AbortSignal.abort(), 'Hearing')).rejects.toMatchObject({
      code: 'Cancelled',
      message: expect.stringContaining('Hearing'),
    });
    const windows = await Promise.all(
      [0, 1, 2, 3].map((seed) => loop.encode(melOf(seed, melBins), undefined, 'Hearing')),
    );
    const controller = new AbortController();
    const waiting = loop.encode(melOf(4, melBins), controller.signal, 'Hearing');
    const next = loop.encode(melOf(5, melBins), undefined, 'Hearing');
    expect(loop.waitingWindows).toBe(2);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'Cancelled' });
    loop.release(windows[1] as (typeof windows)[number]);
    windows[1] = await next;
    for (const window of windows) loop.release(window);
  });

  it('reads prompts between searches', async () => {
    const searching = Promise.all(searches.slice(0, 12).map((expected) => decode(expected)));
    for (const { melSeed, tokens, logits } of runs) {
      const window = await loop.encode(melOf(melSeed, melBins), undefined, 'Hearing');
      const wanted = tokens.flatMap((_, at) => (at % 4 === 0 ? [at] : []));
      const found = await loop.prompt(window, tokens, wanted, undefined, 'Reading');
      loop.release(window);
      const kept = found.flatMap((one) => [...one.logits.filter((_, id) => id % 23 === 0)]);
      expect(largestDifference(kept, floats(logits))).toBeLessThan(1e-4);
      for (const { logits: all, textLogSum } of found) {
        const text = all.subarray(0, open.tokens.timestampBegin);
        expect(textLogSum).toBeCloseTo(Math.log(text.reduce((total, logit) => total + Math.exp(logit), 0)), 4);
      }
    }
    for (const [index, text] of (await searching).entries()) expectSame(text, searches[index] as ExpectedSearch);
  });

  it('hears the language as transformers does', async () => {
    for (const { melSeed, languages } of runs) {
      const window = await loop.encode(melOf(melSeed, melBins), undefined, 'Hearing');
      const model = { loop, tokens: open.tokens } as unknown as SpeechModel;
      const { language, probability, probabilities } = await detectLanguage(model, window, undefined);
      loop.release(window);
      const [[best] = []] = Object.entries(languages).sort(([, a], [, b]) => b - a);
      expect(`<|${language}|>`).toBe(best);
      expect(probability).toBe(probabilities[language]);
      for (const [token, expected] of Object.entries(languages)) {
        expect(probabilities[token.slice(2, -2)]).toBeCloseTo(expected, 5);
      }
    }
  });

  it('aligns texts as ctranslate2 does', async () => {
    const model = { loop, tokens: open.tokens, config: open.config } as unknown as SpeechModel;
    const settings = checkTranscribeOptions({ language: 'en' }, 'recorded');
    for (const { melSeed, text, frames, pairs, probabilities } of alignments) {
      const window = await loop.encode(melOf(melSeed, melBins), undefined, 'Hearing');
      const segments = [{ start: 0, end: 1, tokens: text }];
      const words = await alignSegments(model, window, { segments, language: 'en', frames }, settings);
      loop.release(window);
      expect(words.flatMap(({ tokens }) => tokens)).toEqual(text);
      let first = 0;
      for (const { tokens, start, probability } of words) {
        expect(Math.round(start * 50)).toBe(pairs.find(([token]) => token === first)?.[1]);
        const own = probabilities.slice(first, first + tokens.length);
        expect(probability).toBeCloseTo(own.reduce((a, b) => a + b) / own.length, 5);
        first += tokens.length;
      }
    }
  });

  it('tells each search what failed, and goes on', async () => {
    const failures: unknown[] = [];
    const failing: WhisperRunner = {
      config: open.config,
      maxWindows: 1,
      maxRows: 12,
      encode: (mel, slot) => open.runner.encode(mel, slot),
      prompt: (run) => open.runner.prompt(run),
      align: (run) => open.runner.align(run),
      step: () => Promise.reject(new FerrumError('Backend', 'no more memory')),
      copyRow: () => {},
      copyWindow: () => Promise.resolve(),
      dispose: () => Promise.resolve(),
    };
    const broken = new DecodingLoop(failing, { onFailure: (error) => failures.push(error) });
    const window = await broken.encode(melOf(0, melBins), undefined, 'Hearing');
    for (let round = 0; round < 2; round++) {
      const both = searches.slice(0, 2).map(({ prompt, ...expected }) => {
        const search = searchOf(open, { prompt, ...expected });
        return broken.search(window, { tokens: prompt }, search, undefined, 'Searching');
      });
      for (const one of both) await expect(one).rejects.toMatchObject({ message: 'no more memory' });
    }
    expect(failures.length).toBeGreaterThanOrEqual(2);
    broken.release(window);
    await broken.idle();
    expect(broken.activeWindows).toBe(0);
  });

  it('reports a search that fails to its caller alone', async () => {
    const [first, second] = searches as [ExpectedSearch, ExpectedSearch];
    const window = await loop.encode(melOf(second.melSeed, melBins), undefined, 'Hearing');
    const failing = searchOf(open, { ...second, prompt: first.prompt });
    let calls = 0;
    const search = {
      width: failing.width,
      results: [],
      next: (rows: Parameters<typeof failing.next>[0]) => {
        calls += 1;
        if (calls === 3) throw new Error('this search failed');
        return failing.next(rows);
      },
    };
    const [bad, good] = await Promise.allSettled([
      loop.search(window, { tokens: second.prompt }, search, undefined, 'Searching'),
      runSearch(open, loop, window, second),
    ]);
    loop.release(window);
    expect(bad).toMatchObject({ status: 'rejected', reason: new Error('this search failed') });
    if (good.status === 'rejected') throw good.reason;
    expectSame(good.value, second);
  });
});

function abortAfterTurns(controller: AbortController, turns: number): void {
  if (turns === 0) controller.abort();
  else setImmediate(() => abortAfterTurns(controller, turns - 1));
}
