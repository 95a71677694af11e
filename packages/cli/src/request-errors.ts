import type { Capability, ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { inWordsOfEmbedding } from './embed/embedding-errors.js';
import { inWordsOfGeneration } from './run/generation-errors.js';
import { inWordsOfSpeech } from './speak/speech-errors.js';
import { inWordsOfTranscription } from './transcribe/transcription-errors.js';

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
