import { FerrumError } from '@ferrum/registry/errors';
import { expect, it } from 'vitest';
import { fileSystemError } from './file-system-error.js';

it.each([
  ['ENOSPC', 'ResourceExhausted'],
  ['EDQUOT', 'ResourceExhausted'],
  ['EACCES', 'PermissionDenied'],
  ['EPERM', 'PermissionDenied'],
  ['EROFS', 'PermissionDenied'],
  ['ENOTDIR', 'IO'],
  ['EIO', 'IO'],
])('%s becomes %s and names the path', (systemCode, code) => {
  const cause = Object.assign(new Error(`${systemCode}: refused, '/home/x'`), { code: systemCode });
  const error = fileSystemError(cause, '/home/x', 'write the cache', 'HF_HOME');
  expect(error).toMatchObject({ code, cause, details: { path: '/home/x', systemCode } });
  expect(error.message).toContain('/home/x');
  if (systemCode !== 'EIO') expect(error.message).toContain('HF_HOME');
});

it('lets a FerrumError pass', () => {
  const error = new FerrumError('Cancelled', 'stopped');
  expect(fileSystemError(error, '/x', 'write')).toBe(error);
});
