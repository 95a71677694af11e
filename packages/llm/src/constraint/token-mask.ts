/** A token's bit in a mask of 32 tokens a word. */
export function hasBit(mask: Uint32Array, id: number): boolean {
  return (((mask[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
}

export function setBit(mask: Uint32Array, id: number, isSet: boolean): void {
  const word = mask[id >>> 5] ?? 0;
  mask[id >>> 5] = isSet ? word | (1 << (id & 31)) : word & ~(1 << (id & 31));
}

/** The tokens before `end` that a mask has. */
export function* tokensIn(mask: Uint32Array, end: number): Generator<number> {
  for (let word = 0; word * 32 < end; word++) {
    for (let bits = mask[word] ?? 0; bits !== 0; bits &= bits - 1) {
      const id = word * 32 + 31 - Math.clz32(bits & -bits);
      if (id < end) yield id;
    }
  }
}
