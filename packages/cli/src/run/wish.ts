import type { ImagePart, ReasoningOptions, ResponseFormat, SamplingParams } from '@ferrum/interfaces';
import { requireAdapters } from '../adapter-argument.js';
import { readImages } from './images.js';
import { featureOf, readResponseFormat } from './response-format.js';
import { checkRunFlags, type RunFlags, reasoningOf } from './run-flags.js';
import { readTools, type ToolWish } from './tools.js';

/** How an answer is to be given, whatever the question. */
export interface Wish {
  readonly sampling: Partial<SamplingParams>;
  readonly responseFormat: ResponseFormat | undefined;
  readonly reasoning: ReasoningOptions | undefined;
  readonly tools: ToolWish;
  /** Shown with the question. */
  readonly images: readonly ImagePart[];
  /** Its name in the engine. */
  readonly adapter: string | undefined;
  /** What an engine has to have for it. */
  readonly features: readonly string[];
}

/**
 * What the flags ask for, with the files that they name.
 *
 * @throws FerrumError `InvalidParameter` for everything that can be known to be wrong before a model is opened.
 */
export async function readWish(flags: RunFlags, workingDirectory: string): Promise<Wish> {
  checkRunFlags(flags);
  const { lora = {} } = flags;
  await requireAdapters(lora, workingDirectory);
  const [adapter] = Object.keys(lora);
  const responseFormat = await readResponseFormat(flags, workingDirectory);
  const reasoning = reasoningOf(flags);
  const tools = await readTools(flags, workingDirectory);
  const images = await readImages(flags, workingDirectory);
  return {
    sampling: samplingOf(flags),
    responseFormat,
    reasoning,
    tools,
    images,
    adapter,
    features: [
      responseFormat && featureOf(responseFormat),
      reasoning && 'reasoning',
      tools.tools && 'tools',
      adapter && 'lora',
      images.length > 0 ? 'image' : undefined,
    ].filter((feature) => feature !== undefined),
  };
}

function samplingOf(flags: RunFlags): Partial<SamplingParams> {
  const { maxTokens, temperature, topP, topK, seed, stop } = flags;
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && { stopSequences: stop }),
  };
}
