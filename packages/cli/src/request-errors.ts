import type { Capability, ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { inWordsOfEmbedding } from './embed/embedding-errors.js';
import { inWordsOfSpeech } from './speak/speech-errors.js';
import { inWordsOfTranscription } from './transcribe/transcription-errors.js';

/** The numbers of a prompt that is longer than the context, in tokens. */
export interface ContextOverflow {
  /** What the context holds, the answer included. */
  readonly contextLength: number;
  /** Absent for a prompt too long to be counted. */
  readonly promptTokens?: number;
}

/** What an engine's error says about the context; undefined when it is about something else. */
export function contextOverflowOf(error: unknown): ContextOverflow | undefined {
  if (!FerrumError.isInstance(error) || error.code !== 'RequestValidation') return undefined;
  const { contextLength, promptTokens } = error.details;
  if (typeof contextLength !== 'number') return undefined;
  return { contextLength, ...(typeof promptTokens === 'number' && { promptTokens }) };
}

/** `, or raise --context-length (at most 8192)`; empty when the model can take no more. */
export function describeLargerContext({ contextLength }: ContextOverflow, manifest: ModelManifest): string {
  const maximum = manifest.contextLength;
  return maximum !== undefined && contextLength < maximum ? `, or raise --context-length (at most ${maximum})` : '';
}

/** An engine's error in the words of the command line: flags in place of the options and requests of the library. */
export function inWordsOfTheCommandLine(
  error: FerrumError,
  capability: Capability,
  manifest: ModelManifest,
): FerrumError {
  if (error.code === 'Unsupported' && 'candidates' in error.details) return wrongCommand(error, capability, manifest);
  switch (capability) {
    case 'text-generation':
      return inWordsOfGeneration(error, manifest);
    case 'transcription':
      return inWordsOfTranscription(error);
    case 'speech':
      return inWordsOfSpeech(error);
    default:
      return inWordsOfEmbedding(error);
  }
}

/** No engine opens the model for this: it may be one for another command. */
function wrongCommand(error: FerrumError, capability: Capability, manifest: ModelManifest): FerrumError {
  const { reference, capabilities = [] } = manifest;
  const commands = capabilities.flatMap((known) => commandOf[known] ?? []);
  if (capabilities.includes(capability) || commands.length === 0) return error;
  const advice = commands.map((command) => `"ferrum ${command} ${reference}"`).join(' or ');
  return new FerrumError(error.code, `${reference} is a model for ${capabilities.join(', ')}. Use ${advice}.`, {
    cause: error,
    details: error.details,
  });
}

const commandOf: Partial<Record<Capability, string>> = {
  'text-generation': 'run',
  embedding: 'embed',
  reranking: 'rerank',
  transcription: 'transcribe FILE --model',
  speech: 'speak TEXT --model',
};

function inWordsOfGeneration(error: FerrumError, manifest: ModelManifest): FerrumError {
  const { code, details } = error;
  const say = (message: string) => new FerrumError(code, message, { cause: error, details });
  const overflow = contextOverflowOf(error);
  if (overflow) {
    const { promptTokens, contextLength } = overflow;
    const size = promptTokens === undefined ? 'is far too long' : `has ${promptTokens} tokens`;
    return say(
      `The prompt ${size}, but the context holds ${contextLength}, the answer included. ` +
        `Shorten the prompt${describeLargerContext(overflow, manifest)}.`,
    );
  }
  // Messages are all it could be about: the command sends at least one, each with a role and a text.
  if (code === 'RequestValidation' && details.parameter === 'messages') {
    return say(
      `${manifest.reference} has no chat template: it is a base model, which goes on with a text and knows no conversation. ` +
        'Add --raw, and give it the beginning of a text as PROMPT.',
    );
  }
  if (details.parameter === 'contextLength') return say(error.message.replaceAll('contextLength', '--context-length'));
  return error;
}
