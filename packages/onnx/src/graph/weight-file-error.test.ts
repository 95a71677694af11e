import { expect, it } from 'vitest';
import { weightFileError } from './weight-file-error.js';

it.each([
  ['ENOSPC', 'ResourceExhausted', /disk is full .*FERRUM_HOME/],
  ['EDQUOT', 'ResourceExhausted', /quota .*FERRUM_HOME/],
  ['EACCES', 'PermissionDenied', /FERRUM_HOME/],
  ['EPERM', 'PermissionDenied', /FERRUM_HOME/],
  ['EROFS', 'PermissionDenied', /FERRUM_HOME/],
  ['EIO', 'IO', /EIO: refused/],
])('%s becomes %s', (systemCode, code, advice) => {
  const cause = Object.assign(new Error(`${systemCode}: refused`), { code: systemCode });
  const error = weightFileError(cause, '/cache/weights.bin', 'write 5 bytes of /cache/weights.bin');
  expect(error).toMatchObject({ code, cause, details: { path: '/cache/weights.bin', systemCode } });
  expect(error.message).toContain('Cannot write 5 bytes of /cache/weights.bin: ');
  expect(error.message).toMatch(advice);
});
