import { expect, it } from 'vitest';
import { FileHasher } from './digest.js';

// `printf 'hello\n' | git hash-object --stdin` and `sha256sum`.
const content = Buffer.from('hello\n');
const gitId = 'ce013625030ba8dba906f756967f9e9ca394464a';
const sha256 = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';

it('checks git object ids and returns the SHA-256', () => {
  const hasher = new FileHasher({ algorithm: 'git-sha1', value: gitId, sizeBytes: 6 });
  hasher.update(content.subarray(0, 2));
  hasher.update(content.subarray(2));
  expect(hasher.finish('file')).toBe(sha256);
});

it('rejects other bytes, naming both checksums', () => {
  const hasher = new FileHasher({ algorithm: 'sha256', value: sha256 });
  hasher.update(Buffer.from('hello'));
  expect(() => hasher.finish('file')).toThrow(
    expect.objectContaining({ code: 'InvalidFormat', details: expect.objectContaining({ expected: sha256 }) }),
  );
});
