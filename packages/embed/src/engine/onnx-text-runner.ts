import type { Session, Tensor } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { hiddenInput } from '../architecture/head-graph.js';
import { type PoolingMode, weightedModes } from '../architecture/pooling.js';
import { encoderOutput, textInputs } from '../architecture/text-encoder-graph.js';
import type { BatchRunner } from '../batching/batch-queue.js';
import { lengthsTensor, paddedTensor, poolingTensor, type TextInput, takeRows } from './text-tensors.js';

/** Inputs of ready-made graphs that can be given. */
const inputMakers: Readonly<Record<string, (texts: readonly TextInput[], padding: number) => Tensor>> = {
  input_ids: (texts, padding) => paddedTensor(texts, ({ ids }) => ids, padding),
  attention_mask: (texts) => paddedTensor(texts, ({ ids }) => ids.map(() => 1), 0),
  token_type_ids: (texts) => paddedTensor(texts, ({ ids, types }) => types ?? ids.map(() => 0), 0),
  position_ids: (texts) => paddedTensor(texts, ({ ids }) => ids.keys(), 0),
};

/** What a ready-made graph gives: vectors that are finished, or hidden states that a head of ours pools. */
export type OnnxTextOutput =
  | { readonly kind: 'vectors'; readonly name: string }
  | { readonly kind: 'hidden'; readonly name: string; readonly hiddenSize: number };

/** Names of finished vectors, then of hidden states, most wanted first. */
const vectorNames = { embedding: ['sentence_embedding', 'text_embeds'], reranking: ['logits'] } as const;
const hiddenNames = ['last_hidden_state', 'token_embeddings', 'hidden_states'];

/** @throws FerrumError `Unsupported` for a graph whose inputs or outputs are not known. */
export function outputOf(session: Session, purpose: keyof typeof vectorNames, graph: string): OnnxTextOutput {
  const unknown = [...session.inputs.keys()].filter((name) => !Object.hasOwn(inputMakers, name));
  if (unknown.length > 0) {
    throw unsupportedGraph(graph, `needs the inputs ${unknown.join(', ')}`, Object.keys(inputMakers));
  }
  for (const { name, type } of session.inputs.values()) {
    if (type !== 'int64') throw unsupportedGraph(graph, `takes ${name} as ${type}`, ['int64']);
  }
  const outputs = [...vectorNames[purpose], ...(purpose === 'embedding' ? hiddenNames : [])];
  const found = outputs.flatMap((name) => session.outputs.get(name) ?? [])[0];
  if (found && found.type !== 'float32') {
    throw unsupportedGraph(graph, `gives ${found.name} as ${found.type}`, ['float32']);
  }
  const vectors = vectorNames[purpose].find((name) => session.outputs.has(name));
  if (vectors !== undefined) return { kind: 'vectors', name: vectors };
  const hidden = purpose === 'embedding' ? hiddenNames.find((name) => session.outputs.has(name)) : undefined;
  const hiddenSize = hidden === undefined ? undefined : session.outputs.get(hidden)?.dims.at(-1);
  if (hidden !== undefined && typeof hiddenSize === 'number') return { kind: 'hidden', name: hidden, hiddenSize };
  throw unsupportedGraph(graph, `gives ${[...session.outputs.keys()].join(', ')}`, outputs);
}

function unsupportedGraph(graph: string, what: string, known: readonly string[]): FerrumError {
  return new FerrumError('Unsupported', `${graph} ${what}; known are ${known.join(', ')}.`);
}

/** Runs a ready-made text encoder over padded batches. */
export class OnnxTextRunner implements BatchRunner<TextInput> {
  readonly #modes: readonly PoolingMode[];

  constructor(
    private readonly encoder: Session,
    private readonly output: OnnxTextOutput,
    /** Pools; present for hidden states. */
    private readonly head: Session | undefined,
    modes: readonly PoolingMode[],
    private readonly padding: number,
  ) {
    this.#modes = weightedModes(modes);
  }

  async run(texts: readonly TextInput[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    const options = signal ? { signal } : {};
    const inputs: Record<string, Tensor> = {};
    for (const name of this.encoder.inputs.keys()) {
      const make = inputMakers[name];
      if (make) inputs[name] = make(texts, this.padding);
    }
    const { [this.output.name]: output } = await this.encoder.run(inputs, [this.output.name], options);
    if (!this.head) return takeRows(output as Tensor, texts.length);
    const pooled = await this.head.run(
      {
        [hiddenInput]: output as Tensor,
        ...(this.head.inputs.has(textInputs.lengths) ? { [textInputs.lengths]: lengthsTensor(texts) } : {}),
        ...(this.#modes.length > 0 ? { [textInputs.pooling]: poolingTensor(texts, this.#modes) } : {}),
      },
      [encoderOutput],
      options,
    );
    (output as Tensor).dispose();
    return takeRows(pooled[encoderOutput] as Tensor, texts.length);
  }

  async dispose(): Promise<void> {
    await Promise.all([this.encoder.dispose(), this.head?.dispose()]);
  }
}
