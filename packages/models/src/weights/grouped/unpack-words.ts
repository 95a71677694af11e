/** Which column of eight each nibble of a word is for, lowest first, in AWQ's layout "gemm". */
const awqColumns = [0, 2, 4, 6, 1, 3, 5, 7];

/** Words of little-endian bytes. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/**
 * Unpacks words of quants that stand side by side in a row: [rows, columns · bits / 32] → [rows, columns].
 * @param order `awq`: nibbles in the order of its kernel
 */
export function unpackColumns(words: Uint32Array, bits: 4 | 8, order: 'plain' | 'awq'): Uint8Array {
  const perWord = 32 / bits;
  const mask = 2 ** bits - 1;
  const quants = new Uint8Array(words.length * perWord);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    for (let k = 0; k < perWord; k++) {
      const column = order === 'awq' ? (awqColumns[k] as number) : k;
      quants[i * perWord + column] = (word >>> (bits * k)) & mask;
    }
  }
  return quants;
}

/** Unpacks words of quants that stand below each other in a column: [rows · bits / 32, columns] → [rows, columns]. */
export function unpackRows(words: Uint32Array, bits: 4 | 8, columns: number): Uint8Array {
  const perWord = 32 / bits;
  const mask = 2 ** bits - 1;
  const quants = new Uint8Array(words.length * perWord);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    const column = i % columns;
    const first = ((i - column) / columns) * perWord;
    for (let k = 0; k < perWord; k++) quants[(first + k) * columns + column] = (word >>> (bits * k)) & mask;
  }
  return quants;
}
