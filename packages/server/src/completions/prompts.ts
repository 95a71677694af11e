import type { InferenceRequest, LlmInferenceEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { badRequest } from '../http/api-error.js';
import type { CompletionsFields } from './completions-schema.js';

type Prompt = string | readonly number[];

/** @throws FerrumError `RequestValidation` for more prompts than the operator allows. */
export function promptsOf(prompt: CompletionsFields['prompt'], limit: number): readonly Prompt[] {
  const prompts = isSeveral(prompt) ? prompt : [prompt];
  if (prompts.length <= limit) return prompts;
  throw badRequest('prompt', `\`prompt\` has ${prompts.length} prompts, but a request may have ${limit}.`);
}

/**
 * The text of each prompt if it is to be part of the answer, else an empty one.
 * @throws FerrumError `Unsupported` for token ids where the engine cannot turn them into text.
 */
export function echoedTexts(
  engine: LlmInferenceEngine,
  { echo }: CompletionsFields,
  requests: readonly InferenceRequest[],
): Promise<readonly string[]> {
  return Promise.all(
    requests.map(async ({ prompt = '' }) => {
      if (!echo) return '';
      if (typeof prompt === 'string') return prompt;
      if (engine.detokenize) return engine.detokenize(prompt);
      throw new FerrumError('Unsupported', 'This model cannot echo token ids. Send the prompt as text.', {
        details: { parameter: 'echo' },
      });
    }),
  );
}

function isSeveral(prompt: CompletionsFields['prompt']): prompt is string[] | number[][] {
  return Array.isArray(prompt) && typeof prompt[0] !== 'number';
}
