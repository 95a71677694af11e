import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  CallOptions,
  EmbeddingEncoding,
  EmbeddingResult,
  EmbeddingVectors,
  EmbedEngine,
  EmbedInput,
  EmbedOptions,
  EmbedTextOptions,
  ImageInput,
} from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { type MockEngineOptions, mockEngineBase, mockLife } from './mock-engine.js';
import { checkFeature, checkNumber, checkOptionNames, invalidParameter } from './mock-request-checks.js';
import { encodeVector, unitLength, vectorOf } from './mock-vectors.js';

export const mockEmbedderFeatures: readonly string[] = [
  'batching',
  'dimensions',
  'prompts',
  'token-input',
  'output-quantization',
  'truncation',
  'image',
];

export interface MockEmbedderOptions extends MockEngineOptions {
  /** Features that it has; a request that uses another is refused. Default: all in `mockEmbedderFeatures`. */
  readonly features?: readonly string[];
  /** Values of an embedding. Default 32. */
  readonly dimensions?: number;
  /** Awaited before each text or image: for delays, and for what a test does in the middle. An error that it throws is the call's. */
  readonly beforeInput?: (index: number) => unknown;
}

export interface MockEmbedder {
  readonly engine: EmbedEngine;
  /** Texts, token ids and images that it was asked for, as they came. */
  readonly inputs: readonly (EmbedInput | ImageInput)[];
}

const prompts: Readonly<Record<string, string>> = { query: 'query: ', document: 'passage: ' };
const maxWords = 256;
const vocabularySize = 1000;
const textOptions = ['truncate', 'dimensions', 'promptName', 'signal'];

/** Embeds texts by the groups of letters in them: texts of like words are alike. The same each time; length 1. */
export function mockEmbedder(options: MockEmbedderOptions = {}): MockEmbedder {
  const { features = mockEmbedderFeatures, dimensions: width = 32, beforeInput } = options;
  const life = mockLife('mock-embedder', 'Embedding', options);
  const inputs: (EmbedInput | ImageInput)[] = [];

  async function turn(index: number, signal: AbortSignal): Promise<void> {
    await (beforeInput ? beforeInput(index) : nextTurn());
    throwIfAborted(signal, 'Embedding');
  }

  async function embedTexts<E extends EmbeddingEncoding = 'float'>(
    texts: readonly EmbedInput[],
    call: EmbedOptions<E> = {},
  ): Promise<EmbeddingResult<E>> {
    life.requireOpen();
    checkOptionNames(call, [...textOptions, 'encoding', 'onProgress']);
    checkEmbedOptions(call, features, width);
    const { dimensions = width, encoding = 'float' as E, promptName, truncate, onProgress } = call;
    if (!Array.isArray(texts)) throw new FerrumError('RequestValidation', 'texts must be a list.');
    const embeddings: EmbeddingVectors[E][] = [];
    let promptTokens = 0;
    await life.call(call.signal, async (signal) => {
      throwIfAborted(signal, 'Embedding');
      for (const [index, input] of texts.entries()) {
        inputs.push(input);
        checkFeature(features, 'token-input', Array.isArray(input));
        const words = wordsOf(input, promptName, truncate, `texts[${index}]`);
        await turn(index, signal);
        promptTokens += words.length;
        const values = unitLength(vectorOf(words.join(' '), width).subarray(0, dimensions));
        embeddings.push(encodeVector(values, encoding));
        onProgress?.({ completed: index + 1, total: texts.length });
      }
      return promptTokens;
    });
    return { embeddings, encoding, dimensions, model: life.modelId, usage: { promptTokens } };
  }

  const engine: EmbedEngine = {
    ...mockEngineBase(life),
    promptNames: features.includes('prompts') ? Object.keys(prompts) : [],
    embeddingDim: () => width,
    embedTexts,
    async embedText(text: string, call: EmbedTextOptions = {}) {
      checkOptionNames(call, textOptions);
      if (typeof text !== 'string') throw new FerrumError('RequestValidation', 'text must be a string.');
      return (await embedTexts([text], call)).embeddings[0] as Float32Array;
    },
    async embedImage(image: ImageInput, { signal }: CallOptions = {}) {
      life.requireOpen();
      checkFeature(features, 'image', true);
      let vector = new Float32Array(width);
      await life.call(signal, async (either) => {
        throwIfAborted(either, 'Embedding');
        inputs.push(image);
        const bytes = pngBytes(image);
        await turn(0, either);
        vector = unitLength(vectorOf(bytes.toString('latin1'), width));
        return 1;
      });
      return vector;
    },
  };
  return { engine, inputs };
}

function checkEmbedOptions(
  { dimensions, encoding, promptName, truncate }: EmbedOptions,
  features: readonly string[],
  width: number,
): void {
  checkFeature(features, 'dimensions', dimensions !== undefined);
  checkNumber('dimensions', dimensions, { from: 1, to: width, isWhole: true });
  checkFeature(features, 'output-quantization', encoding !== undefined && encoding !== 'float');
  if (encoding !== undefined && !['float', 'int8', 'binary'].includes(encoding)) {
    throw invalidParameter('encoding', `is ${encoding}; there are float, int8, binary`);
  }
  checkFeature(features, 'prompts', promptName !== undefined);
  if (promptName !== undefined && !Object.hasOwn(prompts, promptName)) {
    throw invalidParameter('promptName', `is ${promptName}; there are ${Object.keys(prompts).join(', ')}`);
  }
  checkFeature(features, 'truncation', truncate !== undefined);
  if (truncate !== undefined && truncate !== 'error' && truncate !== 'end') {
    throw invalidParameter('truncate', `is ${truncate}; there are error, end`);
  }
}

function wordsOf(
  input: EmbedInput,
  promptName: string | undefined,
  truncate: 'error' | 'end' = 'end',
  name: string,
): readonly string[] {
  if (typeof input !== 'string' && !Array.isArray(input)) throw invalid(`${name} is neither a text nor token ids.`);
  const words = typeof input === 'string' ? (prompts[promptName ?? ''] ?? '').concat(input).match(/\S+/g) : ids(input);
  if (!words || words.length === 0) throw invalid(`${name} has no token.`);
  if (words.length > maxWords && truncate === 'error') throw invalid(`${name} has more than ${maxWords} tokens.`);
  return words.slice(0, maxWords);
}

function ids(input: readonly number[]): readonly string[] {
  const wrong = input.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (wrong !== undefined) throw invalid(`${wrong} is no token; they go from 0 to ${vocabularySize - 1}.`);
  return input.map((id) => `token${id}`);
}

function pngBytes(image: ImageInput): Buffer {
  const isUrl = typeof image === 'string' && image.startsWith('data:');
  if (!isUrl && !(image instanceof Uint8Array)) {
    throw new FerrumError('NotFound', `There is no image ${String(image)}; a mock takes bytes and data URLs.`);
  }
  const bytes = isUrl ? Buffer.from(image.slice(image.indexOf(',') + 1), 'base64') : Buffer.from(image as Uint8Array);
  const isWhole = bytes.includes('PNG') && bytes.includes('IEND');
  if (!isWhole) throw new FerrumError('InvalidFormat', 'The image is no PNG file, or not all of one.');
  return bytes;
}

function invalid(message: string): FerrumError {
  return new FerrumError('RequestValidation', message);
}
