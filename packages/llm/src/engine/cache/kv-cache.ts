import { Tensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { Pacer } from '../pacer.js';

export interface KvCacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly slots: number;
  /** Tokens of a slot. */
  readonly capacity: number;
  readonly type: 'float32' | 'float16' | 'int8';
}

/** Keys and values of some tokens, dense: [2 · layers, kvHeads, tokens, headDim]; float16 as bit patterns. */
export type KvArray = Float32Array | Uint16Array | Int8Array;

/** Where in an array of `capacity` tokens some of them lie: from which one on. */
export interface KvPlace {
  readonly capacity: number;
  readonly token: number;
}

/**
 * Keys and values of every slot, [slots, kvHeads, capacity, headDim] per layer and side. Runs extend them in place; the
 * operating system commits the memory page by page as it is first written.
 */
export class KvCache {
  /** Key and value of layer 0, of layer 1 … */
  readonly #tensors: readonly Tensor[];

  constructor(readonly shape: KvCacheShape) {
    const { layers, slots, kvHeads, capacity, headDim, type } = shape;
    this.#tensors = Array.from({ length: 2 * layers }, () =>
      Tensor.allocate(type, [slots, kvHeads, capacity, headDim]),
    );
  }

  /** Elements of one token over all layers, keys and values. */
  get tokenElements(): number {
    return tokenElements(this.shape);
  }

  get bytesPerToken(): number {
    return bytesPerToken(this.shape);
  }

  /** Views on rows of the cache, by the names that graphs have for them. */
  views(firstSlot: number, rows: number): { past: Record<string, Tensor>; present: Record<string, Tensor> } {
    const { kvHeads, capacity, headDim } = this.shape;
    const past: Record<string, Tensor> = {};
    const present: Record<string, Tensor> = {};
    for (const [index, tensor] of this.#tensors.entries()) {
      const name = `${index >> 1}.${index % 2 === 0 ? 'key' : 'value'}`;
      const view = tensor.view([rows, kvHeads, capacity, headDim], firstSlot * kvHeads * capacity * headDim);
      past[`past_key_values.${name}`] = view;
      present[`present.${name}`] = view;
    }
    return { past, present };
  }

  newArray(tokens: number): KvArray {
    const length = tokens * this.tokenElements;
    return new arrays[this.shape.type](length);
  }

  /** Copies tokens `from` … `to` of a slot to a place in an array; by default to one of exactly these. */
  async read(slot: number, from: number, to: number, target: KvArray, place = whole(to - from)): Promise<void> {
    await this.#eachRun(slot, from, to, place, (data, start, length, at) =>
      target.set(data.subarray(start, start + length), at),
    );
  }

  /** The reverse of `read`. */
  async write(slot: number, from: number, to: number, source: KvArray, place = whole(to - from)): Promise<void> {
    await this.#eachRun(slot, from, to, place, (data, start, length, at) =>
      data.set(source.subarray(at, at + length), start),
    );
  }

  /** Copies the first tokens of one slot to another. */
  async move(from: number, to: number, tokens: number): Promise<void> {
    const { kvHeads, capacity, headDim } = this.shape;
    const shift = (to - from) * kvHeads * capacity * headDim;
    await this.#eachRun(from, 0, tokens, whole(tokens), (data, start, length) =>
      data.copyWithin(start + shift, start, start + length),
    );
  }

  dispose(): void {
    for (const tensor of this.#tensors) tensor.dispose();
  }

  /** Visits the contiguous parts of some tokens of a slot: one per layer, side and head. The event loop turns in between. */
  async #eachRun(
    slot: number,
    from: number,
    to: number,
    place: KvPlace,
    visit: (data: KvArray, start: number, length: number, at: number) => void,
  ): Promise<void> {
    const { kvHeads, capacity, headDim } = this.shape;
    const length = (to - from) * headDim;
    const pacer = new Pacer();
    let at = place.token * headDim;
    for (const tensor of this.#tensors) {
      const data = tensor.data as KvArray;
      for (let head = 0; head < kvHeads; head++) {
        visit(data, ((slot * kvHeads + head) * capacity + from) * headDim, length, at);
        at += place.capacity * headDim;
      }
      await pacer.spent(kvHeads * length * data.BYTES_PER_ELEMENT);
    }
  }
}

const arrays = { float32: Float32Array, float16: Uint16Array, int8: Int8Array } as const;

function whole(tokens: number): KvPlace {
  return { capacity: tokens, token: 0 };
}

export function tokenElements({
  layers,
  kvHeads,
  headDim,
}: Pick<KvCacheShape, 'layers' | 'kvHeads' | 'headDim'>): number {
  return 2 * layers * kvHeads * headDim;
}

export function bytesPerToken(shape: Omit<KvCacheShape, 'slots' | 'capacity'>): number {
  return tokenElements(shape) * arrays[shape.type].BYTES_PER_ELEMENT;
}

/** What to throw instead of `cause`, which came when a cache of this shape was made: one that says what to do about memory. */
export function cacheFailure(cause: unknown, shape: KvCacheShape): unknown {
  if (!FerrumError.isInstance(cause) || cause.code !== 'ResourceExhausted') return cause;
  const { slots, capacity } = shape;
  const bytes = bytesPerToken(shape) * slots * capacity;
  return new FerrumError(
    'ResourceExhausted',
    `There is no memory for a cache of ${slots} requests of ${capacity} tokens (${bytes} bytes); open the model with ` +
      'a smaller contextLength, maxRunningRequests or kvCacheBytes.',
    { cause, details: { parameter: 'contextLength', bytes } },
  );
}
