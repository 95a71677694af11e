import { createHash, type Hash } from 'node:crypto';
import { FerrumError } from '@ferrum/registry/errors';

/** What a file must be: the SHA-256 of its bytes, or git's object id (SHA-1 of a `blob` header and the bytes). */
export type Digest =
  | { readonly algorithm: 'sha256'; readonly value: string }
  | { readonly algorithm: 'git-sha1'; readonly value: string; readonly sizeBytes: number };

/** Hashes a file as it streams by. */
export class FileHasher {
  readonly #sha256 = createHash('sha256');
  readonly #git: Hash | undefined;
  readonly #expected: Digest | undefined;

  constructor(expected: Digest | undefined) {
    this.#expected = expected;
    if (expected?.algorithm === 'git-sha1') {
      this.#git = createHash('sha1').update(`blob ${expected.sizeBytes}\0`);
    }
  }

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#git?.update(chunk);
  }

  /**
   * @returns the SHA-256, whichever digest was expected
   * @throws FerrumError `InvalidFormat` when the bytes are not the expected ones.
   */
  finish(what: string): string {
    const sha256 = this.#sha256.digest('hex');
    if (this.#expected === undefined) return sha256;
    const { algorithm, value } = this.#expected;
    const actual = this.#git === undefined ? sha256 : this.#git.digest('hex');
    if (actual !== value) {
      throw new FerrumError(
        'InvalidFormat',
        `${what} has the wrong checksum (${algorithm} ${actual}, expected ${value}): it was damaged on the way or replaced.`,
        { details: { algorithm, actual, expected: value } },
      );
    }
    return sha256;
  }
}
