import { invalid, unsupported } from '../invalid.js';
import type { RequestRules } from '../request.js';
import type { CheckedSampling } from '../request-schema.js';

/** @throws FerrumError `Unsupported` for what llama.cpp cannot honour, `RequestValidation` for what makes no sense. */
export function requireHonoured(sampling: CheckedSampling, rules: Omit<RequestRules, 'recommended'>): void {
  for (const [field, isAsked] of Object.entries(unavailable)) {
    if (isAsked(sampling)) throw unsupported(`sampling.${field}`);
  }
  const { presencePenalty = 0, frequencyPenalty = 0, repetitionPenalty = 1, ignoreEos, responseFormat } = sampling;
  if (repetitionPenalty !== 1 && (presencePenalty !== 0 || frequencyPenalty !== 0)) {
    const other = presencePenalty !== 0 ? 'presencePenalty' : 'frequencyPenalty';
    const why = `counts the answer alone and \`repetitionPenalty\` the prompt too, and llama.cpp has one count for both`;
    throw unsupported(`sampling.${other}`, why);
  }
  if (ignoreEos && responseFormat && responseFormat.type !== 'text') {
    throw invalid('`sampling.ignoreEos`: JSON is over at its end; leave it out', 'sampling.ignoreEos');
  }
  const formats = ['grammar', 'regex', 'choice'];
  if (responseFormat && formats.includes(responseFormat.type)) {
    const why = `is of the type ${responseFormat.type}, and this engine keeps to JSON only`;
    throw unsupported('sampling.responseFormat', why);
  }
  requireBiasable(sampling, rules);
}

type Field = Exclude<keyof CheckedSampling, 'seed'>;

/** Fields that this engine knows only to refuse them, and when they ask for something. */
const unavailable: { readonly [field in Field]?: (sampling: CheckedSampling) => boolean } = {
  tfs: ({ tfs = 1 }) => tfs !== 1,
  typicalP: ({ typicalP = 1 }) => typicalP !== 1,
  mirostat: ({ mirostat }) => mirostat !== undefined,
  dry: ({ dry }) => dry !== undefined && dry.multiplier !== 0,
  forcedTokens: ({ forcedTokens = [] }) => forcedTokens.length > 0,
  minTokens: ({ minTokens = 0 }) => minTokens > 0,
  logprobs: ({ logprobs }) => logprobs === true,
  topLogprobs: ({ topLogprobs = 0 }) => topLogprobs > 0,
  bestOf: ({ bestOf, n = 1 }) => bestOf !== undefined && bestOf !== n,
  echo: ({ echo }) => echo === true,
};

function requireBiasable(sampling: CheckedSampling, { vocabularySize, isEndOfGeneration }: RequestRules): void {
  const { logitBias = {}, bannedTokens = [], stopTokens = [] } = sampling;
  const lists = { logitBias: Object.keys(logitBias).map(Number), bannedTokens, stopTokens };
  for (const [field, tokens] of Object.entries(lists)) {
    const foreign = tokens.find((token) => token >= vocabularySize);
    if (foreign !== undefined) {
      const range = `they go from 0 to ${vocabularySize - 1}`;
      throw invalid(`\`sampling.${field}\`: ${foreign} is no token id; ${range}`, `sampling.${field}`);
    }
    // The library leaves these out without a word.
    const end = field === 'stopTokens' ? undefined : tokens.find(isEndOfGeneration);
    if (end !== undefined) {
      throw unsupported(
        `sampling.${field}`,
        `names ${end}, which ends answers, and such tokens keep their probability`,
      );
    }
  }
}
