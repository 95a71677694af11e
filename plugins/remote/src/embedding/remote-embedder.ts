import type {
  CallOptions,
  EmbeddingEncoding,
  EmbeddingResult,
  EmbedEngine,
  EmbedInput,
  EmbedOptions,
  EmbedTextOptions,
  ImageInput,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { inBatches } from '../batches.js';
import { checkCallOptions } from '../call-options.js';
import type { CheckedModel } from '../config/check-config.js';
import { RemoteEngine, type RemoteEngineParts } from '../engine/remote-engine.js';
import { invalidAnswer } from '../http/failure.js';
import { type EmbeddedBatch, embedBatch } from './embed-batch.js';
import { type CheckedEmbedOptions, checkEmbedOptions, checkEmbedTextOptions } from './embed-options.js';
import { toDataUrl } from './read-image.js';
import { cut, encode } from './vectors.js';

type Model = Extract<CheckedModel, { readonly capability: 'embedding' }>;

/** Embeds on servers through `/embeddings`. Prompts, cutting and encodings are done here, so every server has them. */
export class RemoteEmbedder extends RemoteEngine<Model> implements EmbedEngine {
  readonly promptNames?: readonly string[];

  private constructor(
    parts: RemoteEngineParts<Model>,
    private readonly width: number,
  ) {
    super(parts, 'Embedding');
    const { prompts } = parts.model;
    if (prompts !== undefined) this.promptNames = Object.keys(prompts);
  }

  /** @throws FerrumError of the request that asks for the length of an embedding, if it is not configured */
  static async open(parts: RemoteEngineParts<Model>, signal: AbortSignal | undefined): Promise<RemoteEmbedder> {
    const { model, servers, remoteModel } = parts;
    if (model.dimensions !== undefined) return new RemoteEmbedder(parts, model.dimensions);
    const release = servers.hold();
    try {
      const probe = await embedBatch(servers, remoteModel, ['width'], {}, signal ?? new AbortController().signal);
      return new RemoteEmbedder(parts, probe.vectors[0]?.length ?? 0);
    } finally {
      await release();
    }
  }

  embeddingDim(): number {
    return this.width;
  }

  async embedText(text: string, options: EmbedTextOptions = {}): Promise<Float32Array> {
    this.life.requireOpen();
    if (typeof text !== 'string') throw invalidInput('text', 'text must be a string.');
    const { embeddings } = await this.#embed([text], checkEmbedTextOptions(options), 'float');
    return embeddings[0] as Float32Array;
  }

  async embedTexts<E extends EmbeddingEncoding = 'float'>(
    texts: readonly EmbedInput[],
    options: EmbedOptions<E> = {},
  ): Promise<EmbeddingResult<E>> {
    this.life.requireOpen();
    const checked = checkEmbedOptions(options);
    return this.#embed(texts, checked, (checked.encoding ?? 'float') as E);
  }

  async embedImage(image: ImageInput, options: CallOptions = {}): Promise<Float32Array> {
    this.life.requireOpen();
    const signal = checkCallOptions(options);
    this.requireFeature('image', 'embedImage()');
    const url = await toDataUrl(image);
    let embedded: EmbeddedBatch | undefined;
    await this.call(signal, async (either) => {
      embedded = this.#checked(
        await embedBatch(this.parts.servers, this.parts.remoteModel, [{ image: url }], {}, either),
      );
      return embedded.promptTokens;
    });
    return embedded?.vectors[0] as Float32Array;
  }

  protected override modelFacts() {
    return { metadata: { dimensions: this.width } };
  }

  async #embed<E extends EmbeddingEncoding>(
    texts: readonly EmbedInput[],
    options: CheckedEmbedOptions,
    encoding: E,
  ): Promise<EmbeddingResult<E>> {
    const { truncate, dimensions = this.width, promptName, signal, onProgress } = options;
    if (options.dimensions !== undefined) this.requireFeature('dimensions', 'dimensions');
    if (encoding !== 'float') this.requireFeature('output-quantization', 'encoding');
    if (truncate !== undefined) this.requireFeature('truncation', 'truncate');
    if (dimensions > this.width) {
      throw invalidOption(
        'dimensions',
        `dimensions is ${dimensions}, but the model's embeddings have ${this.width} values.`,
      );
    }
    const inputs = this.#inputs(texts, this.#promptOf(promptName));
    const { servers, remoteModel, model } = this.parts;
    const vectors = new Array<Float32Array>(inputs.length);
    let promptTokens = 0;
    let completed = 0;
    await this.call(signal, async (either) => {
      // A request has texts or lists of ids, not both.
      for (const kind of ['string', 'object']) {
        const places = [...inputs.keys()].filter((index) => typeof inputs[index] === kind);
        const batching = { servers, model: remoteModel, signal: either };
        await inBatches(places, model.maxBatchSize, batching, async (batch, _, every) => {
          const input = batch.map((index) => inputs[index] as EmbedInput);
          const fields = truncate === undefined ? {} : { truncate };
          const embedded = this.#checked(await embedBatch(servers, remoteModel, input, fields, every));
          embedded.vectors.forEach((vector, index) => {
            vectors[batch[index] as number] = vector;
          });
          promptTokens += embedded.promptTokens;
          completed += batch.length;
          onProgress?.({ completed, total: inputs.length });
        });
      }
      return promptTokens;
    });
    const embeddings = vectors.map((vector) => encode(cut(vector, dimensions), encoding));
    return { embeddings, encoding, dimensions, model: this.modelId, usage: { promptTokens } };
  }

  #inputs(texts: readonly EmbedInput[], prompt: string): readonly EmbedInput[] {
    if (!Array.isArray(texts)) throw invalidInput('texts', 'texts must be a list of texts, or of lists of token ids.');
    return texts.map((text: unknown, index) => {
      if (typeof text === 'string') {
        if (prompt + text !== '' || this.parts.servers.config.api === 'ferrum') return prompt + text;
        throw invalidInput(`texts[${index}]`, `texts[${index}] is empty, which OpenAI's API refuses. Leave it out.`);
      }
      const areIds = Array.isArray(text) && text.every((id) => Number.isSafeInteger(id) && id >= 0);
      if (areIds && text.length > 0) {
        this.requireFeature('token-input', `texts[${index}]`);
        return text;
      }
      throw invalidInput(
        `texts[${index}]`,
        `texts[${index}] must be a text, or a list of token ids that is not empty.`,
      );
    });
  }

  #promptOf(name: string | undefined): string {
    if (name === undefined) return '';
    const { prompts } = this.parts.model;
    if (prompts === undefined) {
      const message =
        'promptName: the configuration gives this model no prompts; leave it out, or add `prompts` there.';
      throw new FerrumError('Unsupported', message, { details: { parameter: 'promptName' } });
    }
    if (Object.hasOwn(prompts, name)) return prompts[name] ?? '';
    const known = Object.keys(prompts).join(', ');
    throw invalidOption(
      'promptName',
      `promptName ${JSON.stringify(name)} is no prompt of this model; there are ${known}.`,
    );
  }

  #checked(batch: EmbeddedBatch): EmbeddedBatch {
    const length = batch.vectors[0]?.length ?? this.width;
    if (length === this.width) return batch;
    const { servers, remoteModel } = this.parts;
    throw invalidAnswer(
      servers
        .serversOf(remoteModel)
        .map(({ url }) => url)
        .join(', '),
      `gives embeddings of ${length} values, not of ${this.width}. Do all servers have the same model, and is \`dimensions\` right?`,
    );
  }
}

function invalidOption(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}

function invalidInput(input: string, message: string): FerrumError {
  return new FerrumError('RequestValidation', message, { details: { input } });
}
