import { expect, it } from 'vitest';
import { nearest } from './nearest.js';

const names = ['af_heart', 'af_bella', 'am_adam', 'bf_emma', 'am_michael'];

it.each([
  ['heart', ['af_heart']],
  ['AF_HEART', ['af_heart']],
  ['af_hart', ['af_heart']],
  ['am_adm', ['am_adam']],
  ['zzzzzzzzzzzz', []],
])('%s is like %j', (wanted, found) => {
  expect(nearest(wanted, names).slice(0, 1)).toEqual(found);
  expect(nearest(wanted, names).length).toBeLessThanOrEqual(3);
});
