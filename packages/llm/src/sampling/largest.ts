/**
 * The k tokens with the largest logits of those at or above a floor, in id order; of equal ones those with lower ids.
 *
 * @param into takes them; at least k long. @returns how many there are, at most k.
 */
export function largest(logits: Float32Array, k: number, floor: number, into: Int32Array): number {
  if (k === 0) return 0;
  let size = 0;
  let token = 0;
  // The first k make the heap: its root is the one to drop first.
  for (; token < logits.length && size < k; token++) {
    if (!((logits[token] as number) >= floor)) continue;
    let at = size++;
    for (; at > 0; at = (at - 1) >> 1) {
      const parent = into[(at - 1) >> 1] as number;
      if (!ranksBelow(logits, token, parent)) break;
      into[at] = parent;
    }
    into[at] = token;
  }
  let least = logits[into[0] as number] as number;
  for (; token < logits.length; token++) {
    // A later token that equals the root ranks below it.
    if (!((logits[token] as number) > least)) continue;
    let at = 0;
    for (let child = 1; child < k; child = 2 * at + 1) {
      if (child + 1 < k && ranksBelow(logits, into[child + 1] as number, into[child] as number)) child += 1;
      if (!ranksBelow(logits, into[child] as number, token)) break;
      into[at] = into[child] as number;
      at = child;
    }
    into[at] = token;
    least = logits[into[0] as number] as number;
  }
  into.subarray(0, size).sort();
  return size;
}

function ranksBelow(logits: Float32Array, a: number, b: number): boolean {
  const x = logits[a] as number;
  const y = logits[b] as number;
  return x < y || (x === y && a > b);
}
