import type { ReasoningOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { EngineFlags } from '../engine-flags.js';
import type { FormatFlags } from './response-format.js';
import type { ToolFlags } from './tools.js';

/** The flags of `ferrum run` as commander hands them over, in range already. */
export interface RunFlags extends EngineFlags, FormatFlags, ToolFlags {
  readonly system?: string;
  /** Paths. */
  readonly image?: readonly string[];
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** False: `--no-think`. */
  readonly think?: boolean;
  readonly reasoningEffort?: NonNullable<ReasoningOptions['effort']>;
  /** In tokens. */
  readonly thinkingBudget?: number;
  readonly hideThinking?: true;
  readonly raw?: true;
  readonly json?: true;
}

export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

/** @throws FerrumError `InvalidParameter` for flags that contradict each other. */
export function checkRunFlags(flags: RunFlags): void {
  const { think, reasoningEffort: effort, lora = {} } = flags;
  if (flags.raw) {
    const misplaced = conversationFlags.find(({ isGiven }) => isGiven(flags));
    if (misplaced) {
      throw contradiction(
        `--raw sends the prompt alone, so ${misplaced.name} has no place in it. Leave one of them out.`,
      );
    }
  }
  if (think !== undefined && effort !== undefined && think === (effort === 'none')) {
    const name = think ? '--think' : '--no-think';
    throw contradiction(`${name} contradicts --reasoning-effort ${effort}. Leave one of them out.`);
  }
  const adapters = Object.keys(lora);
  if (adapters.length > 1) {
    throw contradiction(
      `--lora is given for ${adapters.join(' and ')}, but an answer is given with one adapter. Leave the others out.`,
    );
  }
}

/** Undefined: as the model's template has it. */
export function reasoningOf({ think, reasoningEffort, thinkingBudget }: RunFlags): ReasoningOptions | undefined {
  if (think === undefined && reasoningEffort === undefined && thinkingBudget === undefined) return undefined;
  return {
    ...(think !== undefined && { enabled: think }),
    ...(reasoningEffort !== undefined && { effort: reasoningEffort }),
    ...(thinkingBudget !== undefined && { maxTokens: thinkingBudget }),
  };
}

/** What makes sense around a chat template only. */
const conversationFlags: readonly { readonly name: string; readonly isGiven: (flags: RunFlags) => boolean }[] = [
  { name: '--system', isGiven: ({ system }) => system !== undefined },
  { name: '--image', isGiven: ({ image }) => image !== undefined },
  { name: '--think', isGiven: ({ think }) => think === true },
  { name: '--no-think', isGiven: ({ think }) => think === false },
  { name: '--reasoning-effort', isGiven: ({ reasoningEffort }) => reasoningEffort !== undefined },
  { name: '--thinking-budget', isGiven: ({ thinkingBudget }) => thinkingBudget !== undefined },
  { name: '--tools', isGiven: ({ tools }) => tools !== undefined },
];

function contradiction(message: string): FerrumError {
  return new FerrumError('InvalidParameter', message);
}
