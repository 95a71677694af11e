import type { EmbedInput } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
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

/** RFC 2397, base64 only. A URL or a path never gets as far as an engine. */
function decodeDataUrl(url: string, name: string): Uint8Array {
  const data = /^data:(?:[\w.+-]+\/[\w.+-]+)?(?:;[\w.+-]+=[\w.+-]*)*;base64,/i.exec(url)?.[0];
  if (data === undefined) {
    throw badRequest(
      name,
      `\`${name}\` must be a data: URL in base64, e.g. data:image/png;base64,… Nothing is fetched from a URL, and no file is read.`,
    );
  }
  const digits = url.slice(data.length);
  if (digits === '' || digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) {
    throw badRequest(name, `\`${name}\` is a data: URL whose data is not base64.`);
  }
  return Buffer.from(digits, 'base64');
}
