/** Where one batch begins and ends in a list. */
export interface BatchRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export interface BatchLimits {
  /** Tokens of a batch, padding included; one sequence that is longer makes a batch of its own. */
  readonly maxTokens: number;
  /** What running one batch costs beside its tokens, in tokens. */
  readonly overheadTokens: number;
}

/**
 * Cuts sequences, sorted by length, into batches so that the least is computed: every sequence of a batch is padded to its
 * longest, and a batch costs something in itself. Dynamic programming over where the first batch ends.
 * @param lengths ascending
 */
export function planBatches(lengths: readonly number[], { maxTokens, overheadTokens }: BatchLimits): BatchRange[] {
  const count = lengths.length;
  /** Of the sequences from each on: the least cost, and where their first batch ends. */
  const costs = new Float64Array(count + 1);
  const ends = new Uint32Array(count + 1);
  for (let start = count - 1; start >= 0; start--) {
    let best = Number.POSITIVE_INFINITY;
    for (let end = start + 1; end <= count; end++) {
      const tokens = (end - start) * (lengths[end - 1] as number);
      if (tokens > maxTokens && end > start + 1) break;
      const cost = tokens + overheadTokens + (costs[end] as number);
      // Of equals the larger batch, so that the first of one length are not the ones that are left over.
      if (cost > best) continue;
      best = cost;
      ends[start] = end;
    }
    costs[start] = best;
  }
  const ranges: BatchRange[] = [];
  for (let start = 0; start < count; start = ends[start] as number) ranges.push({ start, end: ends[start] as number });
  return ranges;
}
