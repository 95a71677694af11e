import type { PreparedRun, Session, Tensor } from '@ferrum/onnx';
import { type PoolingMode, weightedModes } from '../architecture/pooling.js';
import { encoderOutput, textInputs } from '../architecture/text-encoder-graph.js';
import type { BatchRunner } from '../batching/batch-queue.js';
import { lengthsTensor, paddedTensor, poolingTensor, type TextInput, takeRows } from './text-tensors.js';

/** Runs a text encoder of ours over padded batches. */
export class TextRunner implements BatchRunner<TextInput> {
  readonly #session: Session;
  readonly #modes: readonly PoolingMode[];
  readonly #readsTypes: boolean;
  /** Encoded once: the queue computes one batch at a time. */
  #prepared: PreparedRun<string> | undefined;

  /** @param modes in which the graph pools */
  constructor(session: Session, modes: readonly PoolingMode[]) {
    this.#session = session;
    this.#modes = weightedModes(modes);
    this.#readsTypes = session.inputs.has(textInputs.tokenTypes);
  }

  async run(texts: readonly TextInput[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    const inputs = this.#inputs(texts);
    if (this.#prepared) for (const [name, tensor] of Object.entries(inputs)) this.#prepared.set(name, tensor);
    else this.#prepared = this.#session.prepare(inputs, [encoderOutput]);
    const { [encoderOutput]: output } = await this.#prepared.run(signal ? { signal } : {});
    return takeRows(output as Tensor, texts.length);
  }

  /** @param names of further outputs of the graph, whose values are given back flat */
  async runWith(
    texts: readonly TextInput[],
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ readonly vectors: readonly Float32Array[]; readonly others: ReadonlyMap<string, Float32Array> }> {
    const outputs = await this.#session.run(this.#inputs(texts), [encoderOutput, ...names], signal ? { signal } : {});
    const others = new Map<string, Float32Array>();
    for (const name of names) {
      const output = outputs[name] as Tensor;
      others.set(name, (output.data as Float32Array).slice());
      output.dispose();
    }
    return { vectors: takeRows(outputs[encoderOutput] as Tensor, texts.length), others };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  #inputs(texts: readonly TextInput[]): Record<string, Tensor> {
    return {
      [textInputs.ids]: paddedTensor(texts, ({ ids }) => ids, 0),
      [textInputs.lengths]: lengthsTensor(texts),
      ...(this.#readsTypes ? { [textInputs.tokenTypes]: paddedTensor(texts, ({ types }) => types ?? [], 0) } : {}),
      ...(this.#modes.length > 0 ? { [textInputs.pooling]: poolingTensor(texts, this.#modes) } : {}),
    };
  }
}
