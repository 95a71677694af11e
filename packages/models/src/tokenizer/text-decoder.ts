import { FerrumError } from '@ferrum/registry/errors';
import { byteLevelBytes } from './byte-level.js';
import type { Step } from './definition.js';

/** Turns one token into the bytes of its text. What holds for a text as a whole is applied by the caller. */
export interface TokenBytes {
  /** UTF-8, possibly part of a character. `first`: no token came before it in its text. */
  bytes(token: string, isAdded: boolean, first: boolean): Uint8Array;
  /** The text loses this many leading copies of a character. */
  readonly strip: { readonly content: string; readonly count: number } | undefined;
  /** A first token has other bytes than the same token later on. */
  readonly dependsOnPosition: boolean;
}

/**
 * Reads a `decoder` of tokenizer.json as a function of single tokens, which is what streaming needs. The steps are those
 * of Hugging Face tokenizers (`src/decoders`). Throws `Unsupported` for a decoder that needs to see several tokens.
 */
export function compileDecoder(decoder: Step | undefined, source: string): TokenBytes {
  const compiled: CompiledDecoder = {
    transforms: [],
    dependsOnPosition: false,
    byteLevel: false,
    byteFallback: false,
    strip: undefined,
    fused: false,
  };
  if (decoder !== undefined) addStep(compiled, decoder, source);
  else addPositional(compiled, (token, first) => (first ? token : ` ${token}`));
  const { transforms, byteLevel, byteFallback, strip } = compiled;
  return {
    strip,
    dependsOnPosition: compiled.dependsOnPosition,
    bytes(token, isAdded, first) {
      let text = token;
      for (const transform of transforms) text = transform(text, first);
      if (byteFallback) {
        const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(text)?.[1];
        if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
      }
      return (byteLevel && !isAdded ? byteLevelBytes(text) : undefined) ?? encoder.encode(text);
    },
  };
}

type Transform = (token: string, first: boolean) => string;

interface CompiledDecoder {
  readonly transforms: Transform[];
  dependsOnPosition: boolean;
  byteLevel: boolean;
  byteFallback: boolean;
  strip: TokenBytes['strip'];
  /** Steps after Fuse see the whole text as one token. */
  fused: boolean;
}

function addStep(compiled: CompiledDecoder, step: Step, source: string): void {
  const { transforms } = compiled;
  switch (step.type) {
    case 'Sequence':
      if (!Array.isArray(step.decoders)) break;
      for (const inner of step.decoders) {
        // A sequence in a sequence is legal and unheard of; refusing it bounds the recursion.
        if (!isStep(inner) || inner.type === 'Sequence') throw unsupported(step, source);
        addStep(compiled, inner, source);
      }
      return;
    case 'ByteLevel':
      compiled.byteLevel = true;
      return;
    case 'ByteFallback':
      compiled.byteFallback = true;
      return;
    case 'Fuse':
      compiled.fused = true;
      return;
    case 'Replace': {
      const { pattern, content } = step;
      const text = typeof pattern === 'object' && pattern !== null && 'String' in pattern ? pattern.String : undefined;
      if (typeof text !== 'string' || text === '' || typeof content !== 'string') break;
      // In fused text a longer pattern could lie across two tokens.
      if (compiled.fused && text.length > 1) break;
      transforms.push((token) => token.replaceAll(text, () => content));
      return;
    }
    case 'Strip': {
      const { content, start = 0, stop = 0 } = step;
      if (typeof content !== 'string' || typeof start !== 'number' || typeof stop !== 'number') break;
      if (!compiled.fused) transforms.push((token) => stripStop(stripStart(token, content, start), content, stop));
      else if (stop === 0) compiled.strip = { content, count: start };
      else break;
      return;
    }
    case 'Metaspace': {
      const { replacement = '▁', prepend_scheme: scheme, add_prefix_space: prefix } = step;
      if (typeof replacement !== 'string' || replacement === '' || compiled.fused) break;
      const prepends = scheme === undefined ? prefix !== false : scheme !== 'never';
      addPositional(compiled, (token, first) => token.replaceAll(replacement, first && prepends ? '' : ' '));
      return;
    }
    case 'WordPiece': {
      const { prefix = '##', cleanup = true } = step;
      if (typeof prefix !== 'string' || compiled.fused) break;
      addPositional(compiled, (token, first) => joinWordPiece(token, prefix, first));
      if (cleanup === true) transforms.push(cleanUp);
      return;
    }
  }
  throw unsupported(step, source);
}

function addPositional(compiled: CompiledDecoder, transform: Transform): void {
  compiled.transforms.push(transform);
  compiled.dependsOnPosition = true;
}

function unsupported(step: Step, source: string): FerrumError {
  return new FerrumError(
    'Unsupported',
    `${source}: the decoder "${step.type}" with these settings is not supported, so this tokenizer can encode but not decode.`,
    { details: { decoder: step.type } },
  );
}

function isStep(value: unknown): value is Step {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function stripStart(text: string, content: string, count: number): string {
  let start = 0;
  for (let left = count; left > 0 && text.startsWith(content, start); left--) start += content.length;
  return text.slice(start);
}

function stripStop(text: string, content: string, count: number): string {
  let stop = text.length;
  for (let left = count; left > 0 && text.slice(0, stop).endsWith(content); left--) stop -= content.length;
  return text.slice(0, stop);
}

function joinWordPiece(token: string, prefix: string, first: boolean): string {
  if (first) return token;
  return token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
}

/** English contractions and punctuation, as in Hugging Face tokenizers' `decoders/wordpiece.rs`. */
function cleanUp(token: string): string {
  return token
    .replaceAll(' .', '.')
    .replaceAll(' ?', '?')
    .replaceAll(' !', '!')
    .replaceAll(' ,', ',')
    .replaceAll(" ' ", "'")
    .replaceAll(" n't", "n't")
    .replaceAll(" 'm", "'m")
    .replaceAll(' do not', " don't")
    .replaceAll(" 's", "'s")
    .replaceAll(" 've", "'ve")
    .replaceAll(" 're", "'re");
}

const encoder = new TextEncoder();
