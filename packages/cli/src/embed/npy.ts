import type { EmbeddingEncoding } from '@ferrum/interfaces';

/** Bytes of a header, whatever the shape: NumPy asks for a multiple of 64. */
export const npyHeaderBytes = 128;

/**
 * The header of a NumPy array file, version 1.0
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html); the values follow it row by row.
 */
export function npyHeader(
  encoding: EmbeddingEncoding,
  [rows, columns]: readonly [rows: number, columns: number],
): Uint8Array {
  const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 0, 0]);
  prefix.writeUInt16LE(npyHeaderBytes - prefix.length, 8);
  const facts = `{'descr': '${descriptions[encoding]}', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  return Buffer.concat([prefix, Buffer.from(`${facts.padEnd(npyHeaderBytes - prefix.length - 1)}\n`, 'latin1')]);
}

/** NumPy's names of the types; Ferrum runs on little-endian machines only. */
const descriptions: Readonly<Record<EmbeddingEncoding, string>> = { float: '<f4', int8: '|i1', binary: '|u1' };
