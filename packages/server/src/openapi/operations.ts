import type { ServedCapability } from '../models/model-directory.js';

/** What the API document says of a route beside its schema. */
export interface Operation {
  /** Name for clients made from the document; OpenAI's where it has the route. */
  readonly operationId: string;
  /** What comes back, where the route's schema does not say it. */
  readonly answer?: string;
  /** Of the model of the example. */
  readonly capability?: ServedCapability;
  /** The body of a request that works, less the model. */
  readonly example?: object;
  readonly isOpenToAll?: boolean;
}

/** By method and path, as the route is registered. */
export const operations: Readonly<Record<string, Operation>> = {
  'POST /v1/chat/completions': {
    operationId: 'createChatCompletion',
    capability: 'text-generation',
    example: { messages: [{ role: 'user', content: 'Why is the sky blue?' }] },
  },
  'POST /v1/completions': {
    operationId: 'createCompletion',
    capability: 'text-generation',
    example: { prompt: 'Once upon a time' },
  },
  'POST /v1/embeddings': {
    operationId: 'createEmbedding',
    answer: 'The vectors, in the order of the texts.',
    capability: 'embedding',
    example: { input: ['A cat sits on the mat.', 'A dog lies on the rug.'] },
  },
  'POST /v1/rerank': {
    operationId: 'createRerank',
    answer: 'The documents, best first.',
    capability: 'reranking',
    example: { query: 'Where do cats sit?', documents: ['A cat sits on the mat.', 'Rust is a fungus.'] },
  },
  'POST /v1/audio/transcriptions': { operationId: 'createTranscription' },
  'POST /v1/audio/translations': { operationId: 'createTranslation' },
  'POST /v1/audio/speech': {
    operationId: 'createSpeech',
    capability: 'speech',
    example: { input: 'Hello from Ferrum.', response_format: 'wav' },
  },
  'GET /v1/audio/voices': { operationId: 'listVoices', answer: 'The voices.' },
  'GET /v1/models': { operationId: 'listModels', answer: 'The models, in the order in which the operator named them.' },
  'GET /v1/models/:id': { operationId: 'retrieveModel', answer: 'The model.' },
  'POST /v1/load_lora_adapter': { operationId: 'loadLoraAdapter', answer: 'The adapter, as a model of its own.' },
  'POST /v1/unload_lora_adapter': { operationId: 'unloadLoraAdapter', answer: 'That it is gone.' },
  'POST /v1/messages': {
    operationId: 'createMessage',
    capability: 'text-generation',
    example: { max_tokens: 100, messages: [{ role: 'user', content: 'Why is the sky blue?' }] },
  },
  'POST /v1/messages/count_tokens': {
    operationId: 'countMessageTokens',
    answer: 'The count.',
    capability: 'text-generation',
    example: { messages: [{ role: 'user', content: 'Why is the sky blue?' }] },
  },
  'POST /v1/responses': {
    operationId: 'createResponse',
    capability: 'text-generation',
    example: { input: 'Why is the sky blue?' },
  },
  'POST /tokenize': {
    operationId: 'tokenize',
    answer: 'The token ids.',
    capability: 'text-generation',
    example: { content: 'Once upon a time', with_pieces: true },
  },
  'POST /detokenize': {
    operationId: 'detokenize',
    answer: 'The text.',
    capability: 'text-generation',
    example: { tokens: [1, 2, 3] },
  },
  'GET /metrics': { operationId: 'getMetrics' },
  'GET /health': { operationId: 'getHealth', isOpenToAll: true },
  'GET /health/live': { operationId: 'getLiveness', isOpenToAll: true },
  'GET /health/ready': { operationId: 'getReadiness', isOpenToAll: true },
};
