import { createHash, timingSafeEqual } from 'node:crypto';
import { FerrumError } from '@ferrum/registry/errors';
import type { ApiKeySettings } from '../options/server-settings.js';

export interface ApiKey {
  readonly name: string;
  /** Hexadecimal SHA-256; what belongs to a key is filed under it. */
  readonly id: string;
  readonly requestsPerMinute: number | undefined;
}

/** The keys that open the API. Only their hashes are kept. */
export class KeyRing {
  readonly #keys: readonly { readonly hash: Buffer; readonly key: ApiKey }[];

  /** @throws FerrumError `Config` for a key that is given twice, or as neither text nor hash. */
  constructor(keys: readonly (string | ApiKeySettings)[]) {
    this.#keys = keys.map((settings, index) => {
      const { key, sha256, name, requestsPerMinute } = typeof settings === 'string' ? { key: settings } : settings;
      if ((key === undefined) === (sha256 === undefined)) {
        throw new FerrumError('Config', `apiKeys.${index}: give either key or sha256.`);
      }
      const hash = key === undefined ? Buffer.from(sha256 ?? '', 'hex') : digest(key);
      return { hash, key: { name: name ?? `key-${index + 1}`, id: hash.toString('hex'), requestsPerMinute } };
    });
    const ids = new Set(this.#keys.map(({ key }) => key.id));
    if (ids.size < this.#keys.length) throw new FerrumError('Config', 'apiKeys: the same key is there twice.');
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  get hasOwnLimits(): boolean {
    return this.#keys.some(({ key }) => key.requestsPerMinute !== undefined);
  }

  /** Takes the same time whichever key it is, and whether it is one. */
  find(presented: string): ApiKey | undefined {
    const hash = digest(presented);
    let found: ApiKey | undefined;
    for (const entry of this.#keys) if (timingSafeEqual(entry.hash, hash)) found = entry.key;
    return found;
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
