import type { EmbedInput } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
import { decodeDataUrl } from '../http/data-url.js';
import type { EmbeddingsRequest } from './embeddings-schema.js';

/** What is to be embedded, in the order of the request. */
export interface EmbeddingInput {
  /** Its path in the request, e.g. `input[3].image`. */
  readonly name: string;
  readonly content: { readonly text: EmbedInput } | { readonly image: Uint8Array };
}

/**
 * @param most inputs of one request
 * @throws FerrumError `RequestValidation` for too many, and for an image that is not a data URL.
 */
export function readInputs(input: EmbeddingsRequest['input'], most: number): readonly EmbeddingInput[] {
  if (typeof input === 'string' || isTokens(input)) return [{ name: 'input', content: { text: input } }];
  if (input.length > most)
    throw badRequest('input', `\`input\` has ${input.length} items, more than ${most}. Send several requests.`);
  return input.map((item, index) => {
    const name = `input[${index}]`;
    if (typeof item === 'string' || Array.isArray(item)) return { name, content: { text: item } };
    if ('text' in item) return { name: `${name}.text`, content: { text: item.text } };
    return { name: `${name}.image`, content: { image: decodeDataUrl(item.image, `${name}.image`) } };
  });
}

function isTokens(input: EmbeddingsRequest['input']): input is number[] {
  return typeof input[0] === 'number';
}
