import { setTimeout as sleep } from 'node:timers/promises';
import type { ChatMessage } from '@ferrum/interfaces';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionStore } from './session-store.js';

const says = (content: string): ChatMessage[] => [{ role: 'user', content }];

describe('SessionStore', () => {
  let now = 1000;
  beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => now));
  afterEach(() => void vi.restoreAllMocks());
  /** The store looks at the clock once in a millisecond. */
  const pass = async (seconds: number) => {
    now += seconds * 1000;
    await sleep(5);
  };

  it('keeps conversations apart by owner and name', () => {
    const store = new SessionStore({ max: 10, bytes: 10_000, idleSeconds: 60 });
    store.keep('a', 'bc', says('1'));
    store.keep('ab', 'c', says('2'));
    store.keep('', '["a","bc"]', says('3'));
    expect(store.turns('a', 'bc')).toEqual(says('1'));
    expect(store.turns('ab', 'c')).toEqual(says('2'));
    expect(store.turns('b', 'bc')).toEqual([]);
    expect(store.size).toBe(3);
  });

  it('replaces what was kept', () => {
    const store = new SessionStore({ max: 10, bytes: 10_000, idleSeconds: 60 });
    store.keep('a', 's', says('1'));
    store.keep('a', 's', says('2'));
    expect(store.turns('a', 's')).toEqual(says('2'));
    expect([store.size, store.evicted]).toEqual([1, 0]);
  });

  it('forgets the least recently used first, and counts', () => {
    const store = new SessionStore({ max: 2, bytes: 10_000, idleSeconds: 60 });
    store.keep('a', '1', says('1'));
    store.keep('a', '2', says('2'));
    store.turns('a', '1');
    store.keep('a', '3', says('3'));
    expect(['1', '2', '3'].map((name) => store.turns('a', name).length)).toEqual([1, 0, 1]);
    expect([store.size, store.evicted]).toEqual([2, 1]);
  });

  it('holds no more text than it may', () => {
    const store = new SessionStore({ max: 100, bytes: 1000, idleSeconds: 60 });
    for (let index = 0; index < 10; index += 1) store.keep('a', String(index), says('x'.repeat(150)));
    expect(store.size).toBe(3);
    store.keep('a', 'large', says('x'.repeat(1000)));
    expect(store.turns('a', 'large')).toEqual([]);
    expect(store.size).toBeLessThanOrEqual(3);
  });

  it('forgets what it held of a conversation that has grown too large', () => {
    const store = new SessionStore({ max: 100, bytes: 1000, idleSeconds: 60 });
    store.keep('a', 's', says('short'));
    store.keep('a', 's', says('x'.repeat(1000)));
    // Answering as if the last turn had not been would be worse than not to know any.
    expect(store.turns('a', 's')).toEqual([]);
  });

  it('forgets what was not used for long', async () => {
    const store = new SessionStore({ max: 10, bytes: 10_000, idleSeconds: 60 });
    store.keep('a', 's', says('1'));
    for (let times = 0; times < 2; times += 1) {
      await pass(50);
      expect(store.turns('a', 's')).toHaveLength(1);
    }
    await pass(61);
    expect(store.turns('a', 's')).toEqual([]);
    expect([store.size, store.evicted]).toEqual([0, 1]);
  });

  it('forgets it though nobody asks for it again', async () => {
    const store = new SessionStore({ max: 10, bytes: 10_000, idleSeconds: 60 });
    store.keep('a', 's', says('1'));
    store.keep('a', 't', says('1'));
    await pass(61);
    store.keep('b', 's', says('2'));
    expect([store.size, store.evicted]).toEqual([1, 2]);
  });
});
