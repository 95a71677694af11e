import { FerrumError } from '@ferrum/registry/errors';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';

export interface GroupedQueryAttentionOptions {
  readonly heads: number;
  readonly kvHeads: number;
  /** Factor of the scores before the softmax. Default: 1 / √headDim. */
  readonly scale?: number;
  /** Scaled scores s become softcap · tanh(s / softcap) (Gemma 2). Default: they stay. */
  readonly softcap?: number;
  /** Tokens that each token sees, itself included; absent: all before it. */
  readonly slidingWindow?: number;
}

export type GroupedQueryAttentionInputs = AttentionHeads & AttentionCache & RotaryTables;

/** All side by side, or apart; the sequence is the run's tokens. */
export type AttentionHeads =
  | {
      /** Queries, keys and values side by side: [batch, sequence, (heads + 2 · kvHeads) · headDim]. */
      readonly queryKeyValue: Value;
    }
  | {
      /** [batch, sequence, heads · headDim]. */
      readonly query: Value;
      /** [batch, sequence, kvHeads · headDim]. */
      readonly key: Value;
      readonly value: Value;
    };

export interface AttentionCache {
  /** [batch, kvHeads, capacity, headDim]. Bind the same memory to the present output: it is updated in place. */
  readonly pastKey: Value;
  readonly pastValue: Value;
  /** int32 [batch]: tokens of each row after this run, less one. */
  readonly seqlensK: Value;
  /** int32 scalar: the largest of them, not less one. */
  readonly totalSequenceLength: Value;
  /** For a past in int8: what one step of it means, float32 [1, kvHeads, 1, headDim]. */
  readonly keyScale?: Value | undefined;
  readonly valueScale?: Value | undefined;
}

export interface RotaryTables {
  /**
   * float32 [positions, width], width a multiple of 8 up to headDim / 2: the first 2 · width elements of each head are rotated,
   * element i with i + width (half-split pairs). Absent: nothing is, and the model knows no positions here.
   */
  readonly cos?: Value | undefined;
  readonly sin?: Value | undefined;
}

/**
 * Causal grouped-query attention (Ainslie et al. 2023) over a cache, with rotary positions inside. headDim is a multiple of 8, or of
 * 16 where it is rotated. ONNX Runtime 1.30 takes several rows in a run only with one token each or with no past.
 * Both present outputs must become graph outputs: the kernel writes the cache through them.
 * @throws FerrumError `InvalidParameter` for shapes that do not fit, `Unsupported` for a rotated width that the kernel lacks.
 */
export function groupedQueryAttention(
  graph: GraphBuilder,
  inputs: GroupedQueryAttentionInputs,
  options: GroupedQueryAttentionOptions,
  name: string,
): { readonly output: Value; readonly presentKey: Value; readonly presentValue: Value } {
  const { pastKey, pastValue, seqlensK, totalSequenceLength, cos, sin, keyScale, valueScale } = inputs;
  requireOptions(options, name);
  requireRotaryWidth(cos, name);
  const heads = 'queryKeyValue' in inputs ? [inputs.queryKeyValue] : [inputs.query, inputs.key, inputs.value];
  const [query, key, value] = heads;
  const scales = keyScale && valueScale ? [undefined, undefined, undefined, keyScale, valueScale] : [];
  const [output, presentKey, presentValue] = graph.nodes(
    'GroupQueryAttention',
    [query, key, value, pastKey, pastValue, seqlensK, totalSequenceLength, cos, sin, ...scales],
    {
      name,
      domain: 'com.microsoft',
      outputs: 3,
      attributes: {
        num_heads: options.heads,
        kv_num_heads: options.kvHeads,
        do_rotary: cos ? 1 : 0,
        rotary_interleaved: 0,
        ...(scales.length === 0
          ? {}
          : { k_quant_type: 'PER_CHANNEL', v_quant_type: 'PER_CHANNEL', kv_cache_bit_width: 8 }),
        ...(options.scale === undefined ? {} : { scale: options.scale }),
        ...(options.softcap === undefined ? {} : { softcap: options.softcap }),
        ...(options.slidingWindow === undefined ? {} : { local_window_size: options.slidingWindow }),
      },
    },
  );
  return { output, presentKey, presentValue };
}

/** The kernel takes 0 for "not given", and a window below 1 for none: neither is what was asked for. */
function requireOptions({ scale, softcap, slidingWindow }: GroupedQueryAttentionOptions, name: string): void {
  for (const [option, value] of Object.entries({ scale, softcap, slidingWindow })) {
    if (value === undefined || (value > 0 && value < Number.POSITIVE_INFINITY)) continue;
    throw new FerrumError('InvalidParameter', `Attention "${name}" has the ${option} ${value}; expected more than 0.`);
  }
  if (slidingWindow !== undefined && !Number.isInteger(slidingWindow)) {
    throw new FerrumError('InvalidParameter', `Attention "${name}" has the slidingWindow ${slidingWindow}, not whole.`);
  }
}

function requireRotaryWidth(cos: Value | undefined, name: string): void {
  const width = cos?.shape[1];
  if (typeof width !== 'number' || width % 8 === 0) return;
  throw new FerrumError(
    'Unsupported',
    `Attention "${name}" rotates ${2 * width} elements of each head; the kernel needs a multiple of 16.`,
  );
}
