import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyRing } from './key-ring.js';

const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');

describe('KeyRing', () => {
  it('finds a key that was given as text or as hash, and no other', () => {
    const keys = new KeyRing([
      'first-key',
      { sha256: sha256('second-key').toUpperCase(), name: 'second', requestsPerMinute: 5 },
    ]);
    expect(keys.find('first-key')).toEqual({ name: 'key-1', id: sha256('first-key'), requestsPerMinute: undefined });
    expect(keys.find('second-key')).toEqual({ name: 'second', id: sha256('second-key'), requestsPerMinute: 5 });
    for (const wrong of ['', 'first-key ', 'First-key', sha256('second-key'), 'x'.repeat(100_000), 'é\uD800']) {
      expect(keys.find(wrong)).toBeUndefined();
    }
  });

  it('keeps no key as it is', () => {
    const keys = new KeyRing(['first-key']);
    const all = [...Reflect.ownKeys(keys), keys.find('first-key')];
    expect(JSON.stringify([keys, all])).not.toContain('first-key');
  });

  it('knows whether there are keys, and limits of their own', () => {
    expect(new KeyRing([])).toMatchObject({ isEmpty: true, hasOwnLimits: false });
    expect(new KeyRing(['first-key'])).toMatchObject({ isEmpty: false, hasOwnLimits: false });
    expect(new KeyRing([{ key: 'first-key', requestsPerMinute: 1 }]).hasOwnLimits).toBe(true);
  });

  it.each([
    ['twice', ['first-key', { sha256: sha256('first-key') }], /twice/],
    ['as neither text nor hash', [{ name: 'a' }], /apiKeys.0: give either/],
    ['as both', ['other-key', { key: 'first-key', sha256: sha256('first-key') }], /apiKeys.1: give either/],
  ])('refuses a key that is there %s', (_, keys, message) => {
    expect(() => new KeyRing(keys)).toThrow(
      expect.objectContaining({ code: 'Config', message: expect.stringMatching(message) }),
    );
  });
});
