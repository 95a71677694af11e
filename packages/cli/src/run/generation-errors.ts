import type { ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { contextOverflowOf, describeLargerContext } from './context-overflow.js';

/** An engine's error about an answer in the words of the command line: flags in place of options and requests. */
export function inWordsOfGeneration(error: FerrumError, manifest: ModelManifest): FerrumError {
  const { code, details } = error;
  const overflow = contextOverflowOf(error);
  if (overflow) {
    const { promptTokens, contextLength } = overflow;
    const size = promptTokens === undefined ? 'is far too long' : `has ${promptTokens} tokens`;
    return reworded(
      error,
      `The prompt ${size}, but the context holds ${contextLength}, the answer included. ` +
        `Shorten the prompt${describeLargerContext(overflow, manifest)}.`,
    );
  }
  // Messages are all it could be about: the command sends at least one, each with a role and a text.
  if (code === 'RequestValidation' && details.parameter === 'messages') {
    return reworded(
      error,
      `${manifest.reference} has no chat template: it is a base model, which goes on with a text and knows no conversation. ` +
        'Add --raw, and give it the beginning of a text as PROMPT.',
    );
  }
  if (details.parameter === 'contextLength') {
    return reworded(error, error.message.replaceAll('contextLength', '--context-length'));
  }
  return inWordsOfFlags(error);
}

/** What an engine says of a field of the request, in words of the flag that it comes from; other errors as they are. */
export function inWordsOfFlags(error: FerrumError): FerrumError {
  const { parameter } = error.details;
  if (typeof parameter !== 'string' || !fields.some(([field]) => field.test(parameter))) return error;
  if (parameter === 'reasoning') {
    const wish = /turn thinking (on|off)/.exec(error.message)?.[1];
    if (wish === 'on')
      return reworded(
        error,
        `${noWay} on. Leave out --think and --reasoning-effort; in a conversation say /think auto.`,
      );
    if (wish === 'off')
      return reworded(error, `${noWay} off. Give --thinking-budget 0 instead; in a conversation say /think auto.`);
  }
  const message = error.message
    .replace(/^Invalid request: /, '')
    .replaceAll(/`([\w.[\]]+)`/g, (quoted, name: string) => {
      const [field, flag] = fields.find(([known]) => known.test(name)) ?? [];
      return field === undefined || flag === undefined ? quoted : name.replace(field, flag);
    });
  return reworded(error, message);
}

const noWay = 'The chat template of this model has no way to turn thinking';

/** Fields of a request, and the flags that fill them; what follows in a name stays. */
const fields: readonly (readonly [field: RegExp, flag: string])[] = [
  [/^sampling\.responseFormat\.schema\b/, '--schema'],
  [/^sampling\.responseFormat\.grammar\b/, '--grammar'],
  [/^sampling\.responseFormat\.pattern\b/, '--regex'],
  [/^sampling\.responseFormat\.choices\b/, '--choice'],
  [/^sampling\.responseFormat\b/, '--format'],
  [/^reasoning\.maxTokens\b/, '--thinking-budget'],
  [/^reasoning\.effort\b/, '--reasoning-effort'],
  [/^reasoning\b(\.enabled\b)?/, '--think'],
  // Where the flag has OpenAI's shape, requests have the function alone.
  [/^tools(?:\.(\d+)|\[(\d+)\])/, '--tools [$1$2].function'],
  [/^toolChoice\b/, '--tool-choice'],
];

function reworded(error: FerrumError, message: string): FerrumError {
  return new FerrumError(error.code, message, { cause: error, details: error.details });
}
