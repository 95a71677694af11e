import { describe } from 'vitest';
import { answering, asking, itIsFound, sampling } from './testing/broken-models.js';

const carries = 'answers with a text, the reason why it ended, and counts of tokens that add up';
const measures = 'measures the time it took';
const ids = 'gives back the id and the metadata of the request, and else an id of its own';
const length = 'ends at maxTokens with the reason length, having begun as a longer answer does';
const temperature = 'gives the same answer at temperature 0, and others at a high one or refuses it';
const neverStop = { stopSequences: undefined };
const stops = 'stop-sequences: ends before a text that goes from one word into the next, and gives nothing of it';
const late = 'ends a call that takes longer than its timeoutMs with Timeout, and goes on';
const deadline = 'ends a call whose deadline has passed with Timeout';

describe('the contract of text generation finds', () => {
  itIsFound([
    { it: 'answers nothing', test: carries, by: (engine) => answering(engine, () => ({ text: '' })) },
    { it: 'ends for no reason', test: carries, by: (engine) => answering(engine, () => ({ finishReason: 'error' })) },
    {
      it: 'adds up wrongly',
      test: carries,
      by: (engine) => answering(engine, ({ usage }) => ({ usage: { ...usage, totalTokens: usage.totalTokens + 1 } })),
    },
    {
      it: 'counts no number of tokens',
      test: carries,
      by: (engine) => answering(engine, ({ usage }) => ({ usage: { ...usage, cachedTokens: Number.NaN } })),
    },
    { it: 'loses ids of tokens', test: carries, by: (engine) => answering(engine, () => ({ tokens: [] })) },
    {
      it: 'gives choices that nobody asked for',
      test: carries,
      by: (engine) => answering(engine, (response) => ({ choices: [response] })),
    },
    {
      it: 'measures no time',
      test: measures,
      by: (engine) => answering(engine, ({ timing }) => ({ timing: { ...timing, totalMs: Number.NaN } })),
    },
    { it: 'takes less than no time', test: measures, by: (engine) => answering(engine, () => ({ latencyMs: -1 })) },
    {
      it: 'rates what it did not measure',
      test: measures,
      by: (engine) =>
        answering(engine, ({ timing }) => ({ timing: { ...timing, decodeTokensPerSecond: Number.POSITIVE_INFINITY } })),
    },
    { it: 'lives in the past', test: measures, by: (engine) => answering(engine, () => ({ createdAt: new Date(0) })) },
    { it: 'forgets the id', test: ids, by: (engine) => asking(engine, ({ id: _, ...request }) => request) },
    { it: 'forgets the metadata', test: ids, by: (engine) => answering(engine, () => ({ metadata: {} })) },
    {
      it: 'has one id for all',
      test: ids,
      by: (engine) => answering(engine, ({ requestId }, { id }) => ({ requestId: id ? requestId : 'request' })),
    },
    {
      it: 'counts prompts at random',
      test: 'counts the same prompt the same, and a longer one more',
      by: (engine) => {
        let calls = 0;
        return answering(engine, ({ usage }) => {
          calls += 1;
          return { usage: { ...usage, promptTokens: usage.promptTokens + calls } };
        });
      },
    },
    {
      it: 'reads the beginning of a prompt only',
      test: 'counts the same prompt the same, and a longer one more',
      by: (engine) =>
        asking(engine, (request) => ({ ...request, prompt: String(request.prompt).split(' ').slice(0, 5).join(' ') })),
    },
    { it: 'ignores maxTokens', test: length, by: (engine) => sampling(engine, { maxTokens: 20 }) },
    {
      it: 'gives another reason than length',
      test: length,
      by: (engine) => answering(engine, () => ({ finishReason: 'eos' })),
    },
    { it: 'ignores temperature', test: temperature, by: (engine) => sampling(engine, { temperature: 0 }) },
    { it: 'always samples', test: temperature, by: (engine) => sampling(engine, { temperature: 5 }) },
    {
      it: 'trips over undefined',
      test: 'takes a field that is undefined for one that is left out',
      by: (engine) => asking(engine, (request) => ('id' in request ? { ...request, id: request.id ?? '' } : request)),
    },
    { it: 'ignores stop sequences', test: stops, by: (engine) => sampling(engine, neverStop) },
    {
      it: 'leaves a stop sequence in',
      test: stops,
      by: (engine) =>
        answering(engine, ({ text, finishReason }, { sampling: asked }) => ({
          text: finishReason === 'stop' ? text + asked?.stopSequences?.at(-1) : text,
        })),
    },
    {
      it: 'gives another reason than stop',
      test: stops,
      by: (engine) =>
        answering(engine, ({ finishReason }) => ({ finishReason: finishReason === 'stop' ? 'eos' : finishReason })),
    },
    {
      it: 'looks for the first stop sequence only',
      test: 'stop-sequences: ends before the first of several',
      by: (engine) =>
        asking(engine, (request) => {
          const [first] = request.sampling?.stopSequences ?? [];
          return { ...request, sampling: { ...request.sampling, ...(first ? { stopSequences: [first] } : {}) } };
        }),
    },
    {
      it: 'keeps back what might have been a stop sequence',
      test: 'stop-sequences: gives the whole text where none of them comes, also one that only begins',
      by: (engine) =>
        answering(engine, ({ text }, { sampling: asked }) => ({
          text: asked?.stopSequences ? text.slice(0, -3) : text,
        })),
    },
    {
      it: 'ignores topK',
      test: 'sampling: topK 1 leaves only the most probable token, or is refused',
      by: (engine) => sampling(engine, { topK: undefined }),
    },
    {
      it: 'ignores topP',
      test: 'sampling: a tiny topP leaves only the most probable token, or is refused',
      by: (engine) => sampling(engine, { topP: undefined }),
    },
    {
      it: 'ignores minP',
      test: 'sampling: minP 1 leaves only the most probable token, or is refused',
      by: (engine) => sampling(engine, { minP: undefined }),
    },
    {
      it: 'ignores banned tokens',
      test: 'sampling: bannedTokens and a logitBias of -100 keep a token out, or are refused',
      by: (engine) => sampling(engine, { bannedTokens: undefined }),
    },
    {
      it: 'ignores forced tokens',
      test: 'sampling: an answer begins with forcedTokens, or they are refused',
      by: (engine) => sampling(engine, { forcedTokens: undefined }),
    },
    {
      it: 'ignores stop tokens',
      test: 'sampling: an answer ends before one of stopTokens with the reason stop, or they are refused',
      by: (engine) => sampling(engine, { stopTokens: undefined }),
    },
    { it: 'ignores timeoutMs', test: late, by: (engine) => asking(engine, ({ timeoutMs: _, ...request }) => request) },
    { it: 'ignores deadline', test: deadline, by: (engine) => asking(engine, ({ deadline: _, ...rest }) => rest) },
    {
      it: 'keeps the timers of calls',
      test: 'keeps no timer of calls that ended in time',
      by: (engine) =>
        asking(engine, (request) => {
          if (request.timeoutMs) setTimeout(() => {}, 5000);
          return request;
        }),
    },
    {
      it: 'takes a temperature below 0',
      test: 'refuses a bad value of sampling.temperature',
      by: (engine) => sampling(engine, { temperature: 0 }),
    },
    {
      it: 'takes both a prompt and messages',
      test: 'refuses what is no request, and one with both a prompt and messages',
      by: (engine) => asking(engine, (request) => (request?.prompt ? { ...request, messages: undefined } : request)),
    },
    {
      it: 'ignores fields that it does not know',
      test: 'refuses a bad value of nonsense',
      by: (engine) => asking(engine, (request) => ({ ...request, nonsense: undefined })),
    },
    {
      it: 'cuts a prompt that is too long',
      test: 'refuses a prompt that is longer than the context, and goes on',
      by: (engine) => asking(engine, (request) => ({ ...request, prompt: String(request.prompt).slice(0, 500) })),
    },
    {
      it: 'cancels what runs when one that waits is cancelled',
      test: 'ends a call that waits for its turn when its signal fires, and answers those before it',
      by: (engine) => {
        const all = new AbortController();
        return {
          infer: (request) => {
            request.signal?.addEventListener('abort', () => all.abort());
            return engine.infer({ ...request, signal: all.signal });
          },
        };
      },
    },
  ]);
});
