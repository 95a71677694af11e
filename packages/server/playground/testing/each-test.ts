import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchChromium } from './browser.js';
import { Playground } from './open-playground.js';

/** One browser for the tests of a group. */
export function useChromium(executablePath: string | undefined): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchChromium(executablePath ?? '');
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error('no browser was started');
    return browser;
  };
}

/** A page for each test of a group, on which nothing may go wrong that is seen only in the console. */
export function usePlayground(executablePath: string | undefined, opened: (playground: Playground) => void): void {
  const browser = useChromium(executablePath);
  let playground: Playground;
  beforeEach(async () => {
    playground = await Playground.open(browser());
    opened(playground);
  });
  afterEach(async () => {
    await playground.close();
    expect(playground.problems).toEqual([]);
  });
}

/** Waits for a value: the machine may be busy. */
export function until<T>(read: () => Promise<T> | T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(read, { timeout: 15_000 });
}
