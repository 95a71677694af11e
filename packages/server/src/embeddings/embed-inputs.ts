import { setMaxListeners } from 'node:events';
import type { EmbedEngine, EmbedInput, EmbedTextOptions } from '@ferrum/interfaces';
import { eitherSignal } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { badRequest } from '../http/api-error.js';
import type { EmbeddingInput } from './read-inputs.js';

export interface EmbeddedInputs {
  /** One per input, in its order. */
  readonly embeddings: readonly Float32Array[];
  readonly promptTokens: number;
}

/**
 * Embeds the texts together, and each image.
 * @throws FerrumError naming the input or the option in the words of the API.
 */
export async function embedInputs(
  engine: EmbedEngine,
  inputs: readonly EmbeddingInput[],
  { signal, ...options }: EmbedTextOptions & { readonly signal: AbortSignal },
): Promise<EmbeddedInputs> {
  const texts = inputs.flatMap(({ name, content }) => ('text' in content ? [{ name, text: content.text }] : []));
  checkOptions(engine, options, { hasTexts: texts.length > 0, hasImages: texts.length < inputs.length });
  const ended = new AbortController();
  // One that fails ends the others.
  const either = eitherSignal([signal, ended.signal]);
  const call = { signal: either.signal };
  setMaxListeners(0, call.signal);
  try {
    const [ofTexts, images] = await Promise.all([
      texts.length === 0 ? undefined : embedTexts(engine, texts, { ...options, ...call }),
      Promise.all(
        inputs.map(({ name, content }) =>
          'image' in content ? embedImage(engine, content.image, name, call) : undefined,
        ),
      ),
    ]);
    const vectors = ofTexts?.embeddings.values();
    return {
      embeddings: images.map((image) => image ?? (vectors?.next().value as Float32Array)),
      promptTokens: ofTexts?.usage.promptTokens ?? 0,
    };
  } finally {
    ended.abort();
    either.stop();
  }
}

interface Kinds {
  readonly hasTexts: boolean;
  readonly hasImages: boolean;
}

function checkOptions(engine: EmbedEngine, options: EmbedTextOptions, { hasTexts, hasImages }: Kinds): void {
  const { dimensions, promptName, truncate } = options;
  const width = engine.embeddingDim();
  if (dimensions !== undefined && dimensions > width) {
    throw badRequest(
      'dimensions',
      `\`dimensions\` is ${dimensions}, but the embeddings of this model have ${width} values.`,
    );
  }
  if (dimensions !== undefined && hasImages) {
    throw badRequest('dimensions', 'The embedding of an image always has all its values. Leave `dimensions` out.');
  }
  if (promptName !== undefined) {
    if (!hasTexts)
      throw badRequest('prompt_name', 'A prompt goes before texts, and there is none. Leave `prompt_name` out.');
    const known = engine.promptNames ?? [];
    if (!known.includes(promptName)) {
      const names = known.length > 0 ? `Its prompts: ${known.join(', ')}.` : 'It has none; leave `prompt_name` out.';
      throw badRequest('prompt_name', `${JSON.stringify(promptName)} is no prompt of this model. ${names}`);
    }
  }
  if (truncate !== undefined && !hasTexts) {
    throw badRequest('truncate', 'Texts are truncated, and there is none. Leave `truncate` out.');
  }
}

async function embedTexts(
  engine: EmbedEngine,
  texts: readonly { readonly name: string; readonly text: EmbedInput }[],
  options: EmbedTextOptions,
) {
  try {
    return await engine.embedTexts(
      texts.map(({ text }) => text),
      options,
    );
  } catch (error) {
    // Engines name a text by its place in their list.
    const place = FerrumError.isInstance(error) && /^texts\[(\d+)\]$/.exec(String(error.details.input));
    const name = place ? texts[Number(place[1])]?.name : undefined;
    throw name === undefined ? error : inWordsOfTheRequest(error as FerrumError, name);
  }
}

async function embedImage(
  engine: EmbedEngine,
  image: Uint8Array,
  name: string,
  options: { readonly signal: AbortSignal },
): Promise<Float32Array> {
  try {
    return await engine.embedImage(image, options);
  } catch (error) {
    const isOfImage = FerrumError.isInstance(error) && blamesImage.has(error.code);
    throw isOfImage ? inWordsOfTheRequest(error, name) : error;
  }
}

const blamesImage: ReadonlySet<string> = new Set([
  'RequestValidation',
  'InvalidFormat',
  'InvalidParameter',
  'Unsupported',
]);

function inWordsOfTheRequest(error: FerrumError, name: string): FerrumError {
  const { input, ...details } = error.details;
  const message = typeof input === 'string' ? error.message.replaceAll(input, name) : error.message;
  return new FerrumError(error.code, message, { cause: error, details: { ...details, parameter: name } });
}
