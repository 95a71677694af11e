import { expect, it } from 'vitest';
import { npyHeader, npyHeaderBytes } from './npy.js';

// As numpy.save of NumPy 2 writes them.
it.each([
  ['float', [2, 3], "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"],
  ['int8', [100_000, 384], "{'descr': '|i1', 'fortran_order': False, 'shape': (100000, 384), }"],
  ['binary', [0, 48], "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 48), }"],
] as const)('the header of a %s array of shape %j is the one that NumPy writes', (encoding, shape, facts) => {
  const header = Buffer.from(npyHeader(encoding, shape));
  expect(header.toString('latin1')).toBe(`\x93NUMPY\x01\x00v\x00${facts.padEnd(117)}\n`);
});

it('a header is as long whatever the shape', () => {
  expect(npyHeader('float', [0, 0])).toHaveLength(npyHeaderBytes);
  expect(npyHeader('float', [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER])).toHaveLength(npyHeaderBytes);
});
