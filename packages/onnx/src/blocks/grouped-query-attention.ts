import type { GraphBuilder, Value } from '../graph/graph-builder.js';

export interface GroupedQueryAttentionOptions {
  readonly heads: number;
  readonly kvHeads: number;
  /** Tokens that each token sees, itself included; absent: all before it. */
  readonly slidingWindow?: number;
}

export interface GroupedQueryAttentionInputs {
  /** Queries, keys and values side by side: [batch, sequence, (heads + 2 · kvHeads) · headDim]. */
  readonly queryKeyValue: Value;
  /** [batch, kvHeads, capacity, headDim]. Bind the same memory to the present output: it is updated in place. */
  readonly pastKey: Value;
  readonly pastValue: Value;
  /** int32 [batch]: tokens of each row after this run, less one. */
  readonly seqlensK: Value;
  /** int32 scalar: the largest of them, not less one. */
  readonly totalSequenceLength: Value;
  /** float32 [positions, headDim / 2]. */
  readonly cos: Value;
  readonly sin: Value;
  /** For a past in int8: what one step of it means, float32 [1, kvHeads, 1, headDim]. */
  readonly keyScale?: Value | undefined;
  readonly valueScale?: Value | undefined;
}

/**
 * Causal attention with rotary positions inside (half-split pairs: element i turns with i + headDim / 2).
 * Both present outputs must become graph outputs: the kernel writes the cache through them.
 */
export function groupedQueryAttention(
  graph: GraphBuilder,
  inputs: GroupedQueryAttentionInputs,
  options: GroupedQueryAttentionOptions,
  name: string,
): { readonly output: Value; readonly presentKey: Value; readonly presentValue: Value } {
  const { queryKeyValue, pastKey, pastValue, seqlensK, totalSequenceLength, cos, sin, keyScale, valueScale } = inputs;
  const scales = keyScale && valueScale ? [undefined, undefined, undefined, keyScale, valueScale] : [];
  const [output, presentKey, presentValue] = graph.nodes(
    'GroupQueryAttention',
    [queryKeyValue, undefined, undefined, pastKey, pastValue, seqlensK, totalSequenceLength, cos, sin, ...scales],
    {
      name,
      domain: 'com.microsoft',
      outputs: 3,
      attributes: {
        num_heads: options.heads,
        kv_num_heads: options.kvHeads,
        do_rotary: 1,
        rotary_interleaved: 0,
        ...(scales.length === 0
          ? {}
          : { k_quant_type: 'PER_CHANNEL', v_quant_type: 'PER_CHANNEL', kv_cache_bit_width: 8 }),
        ...(options.slidingWindow === undefined ? {} : { local_window_size: options.slidingWindow }),
      },
    },
  );
  return { output, presentKey, presentValue };
}
