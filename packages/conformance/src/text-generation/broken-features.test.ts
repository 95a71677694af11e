import { describe } from 'vitest';
import { answering, asking, itIsFound, type MockEngine, sampling } from './testing/broken-models.js';

const chat = 'chat: the model reads the system message and every turn';
const wizard = 'chat: refuses what is no conversation, and goes on';
const raw = 'raw-prompt: the model gets a raw prompt as it is, without a chat template';
const tokenPrompt = 'token-prompt: token ids are answered as the text they were made of';
const text = 'tokenizer: a text becomes ids with a piece each, and they become the text again';
const seed = 'seed: the same seed gives the same text, and others give others';
const several = 'multiple-choices: several answers come in choices, the first of them as the answer';
const logprobs = 'logprobs: each token has its log-probability and the most probable tokens beside it';

type Logprobs = NonNullable<Awaited<ReturnType<MockEngine['infer']>>['logprobs']>;

const withLogprobs = (engine: MockEngine, change: (all: Logprobs) => Logprobs) =>
  answering(engine, ({ logprobs: given }) => (given ? { logprobs: change(given) } : {}));

describe('the contract of features finds', () => {
  itIsFound([
    {
      it: 'reads no system message',
      test: chat,
      by: (engine) =>
        asking(engine, (request) =>
          request.messages
            ? { ...request, messages: request.messages.filter(({ role }) => role !== 'system') }
            : request,
        ),
    },
    {
      it: 'reads the last turn only',
      test: chat,
      by: (engine) =>
        asking(engine, (request) =>
          request.messages ? { ...request, messages: request.messages.slice(-1) } : request,
        ),
    },
    {
      it: 'takes a prompt for something else than what the user says',
      test: 'chat: a prompt is what the user says',
      by: (engine) =>
        asking(engine, (request) =>
          typeof request.prompt === 'string' ? { ...request, prompt: `User: ${request.prompt}` } : request,
        ),
    },
    {
      it: 'takes any role',
      test: wizard,
      by: (engine) =>
        asking(engine, (request) =>
          Array.isArray(request?.messages) && request.messages[0]?.content
            ? { ...request, messages: [{ role: 'user', content: 'Hi' }] }
            : request,
        ),
    },
    { it: 'ignores raw', test: raw, by: (engine) => asking(engine, ({ raw: _, ...request }) => request) },
    {
      it: 'turns token ids round',
      test: tokenPrompt,
      by: (engine) =>
        asking(engine, (request) =>
          typeof request.prompt === 'object' ? { ...request, prompt: [...request.prompt].reverse() } : request,
        ),
    },
    {
      it: 'takes what are no token ids',
      test: 'token-prompt: refuses what are no token ids',
      by: (engine) => asking(engine, (request) => ({ ...request, prompt: 'Hi' })),
    },
    {
      it: 'loses text in its ids',
      test: text,
      by: (engine) => ({ detokenize: async (tokens) => (await engine.detokenize(tokens)).toLowerCase() }),
    },
    {
      it: 'has fewer pieces than ids',
      test: text,
      by: (engine) => ({ tokenize: async (input) => ({ ...(await engine.tokenize(input)), pieces: [] }) }),
    },
    { it: 'lacks tokenize()', test: text, by: () => ({ tokenize: undefined as never }) },
    {
      it: 'tokenizes a conversation otherwise than it reads it',
      test: 'tokenizer: a conversation has as many ids as infer counts',
      by: (engine) => ({
        tokenize: async (input) => {
          const { tokens, pieces, ...result } = await engine.tokenize(input);
          return { ...result, tokens: tokens.slice(1), pieces: pieces.slice(1) };
        },
      }),
    },
    {
      it: 'takes any input for a text',
      test: 'tokenizer: refuses what is neither a text nor a conversation, and what are no ids',
      by: (engine) => ({ tokenize: () => engine.tokenize({ prompt: 'a' }) }),
    },
    {
      it: 'tokenizes for nobody',
      test: 'tokenizer: refuses a call whose signal has fired',
      by: (engine) => ({ tokenize: ({ signal: _, ...input }) => engine.tokenize(input) }),
    },
    {
      it: 'gives ids of another text',
      test: 'tokenizer: the ids of an answer spell its text',
      by: (engine) => answering(engine, ({ tokens }) => ({ tokens: [...tokens].reverse() })),
    },
    { it: 'ignores the seed', test: seed, by: (engine) => sampling(engine, { seed: undefined }) },
    { it: 'takes every seed for the same', test: seed, by: (engine) => sampling(engine, { seed: 1 }) },
    { it: 'ignores n', test: several, by: (engine) => sampling(engine, { n: 1 }) },
    {
      it: 'gives one answer several times',
      test: several,
      by: (engine) =>
        answering(engine, (response, { sampling: asked }) => ({ choices: Array(asked?.n).fill(response) })),
    },
    {
      it: 'counts the first answer only',
      test: several,
      by: (engine) =>
        answering(engine, ({ usage, tokens }) => ({
          usage: { ...usage, completionTokens: tokens.length, totalTokens: usage.promptTokens + tokens.length },
        })),
    },
    {
      it: 'streams several answers as one',
      test: 'multiple-choices: each is a whole answer',
      by: (engine) => ({
        async *inferStream(request) {
          for await (const { choice: _, ...chunk } of engine.inferStream(request)) yield chunk;
        },
      }),
    },
    { it: 'ignores logprobs', test: logprobs, by: (engine) => answering(engine, () => ({ logprobs: undefined })) },
    { it: 'loses a logprob', test: logprobs, by: (engine) => withLogprobs(engine, (all) => all.slice(1)) },
    {
      it: 'finds a token more than certain',
      test: logprobs,
      by: (engine) => withLogprobs(engine, (all) => all.map((one) => ({ ...one, logprob: 0.1 }))),
    },
    {
      it: 'lists the least probable token first',
      test: logprobs,
      by: (engine) => withLogprobs(engine, (all) => all.map((one) => ({ ...one, top: [...one.top].reverse() }))),
    },
    {
      it: 'finds three tokens nearly certain',
      test: logprobs,
      by: (engine) =>
        withLogprobs(engine, (all) =>
          all.map((one) => ({ ...one, top: one.top.map((each) => ({ ...each, logprob: -0.1 })) })),
        ),
    },
    {
      it: 'lists other tokens than it chose',
      test: logprobs,
      by: (engine) => withLogprobs(engine, (all) => all.map((one) => ({ ...one, token: one.token + 1 }))),
    },
    {
      it: 'takes topLogprobs alone',
      test: 'logprobs: refuses topLogprobs alone, and ones out of range',
      by: (engine) => sampling(engine, { topLogprobs: undefined }),
    },
    {
      it: 'ignores json_object',
      test: 'json-object: the answer is a JSON object, streamed too',
      by: (engine) => sampling(engine, { responseFormat: undefined }),
    },
    {
      it: 'gives any JSON for a schema',
      test: 'json-schema: the answer fits the schema',
      by: (engine) => sampling(engine, { responseFormat: { type: 'json_object' } }),
    },
    {
      it: 'takes anything for a schema',
      test: 'json-schema: refuses what is no schema',
      by: (engine) => sampling(engine, { responseFormat: { type: 'json_object' } }),
    },
  ]);
});
