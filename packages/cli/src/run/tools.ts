import type { ToolChoice, ToolDefinition } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { readJsonOrFile } from './text-or-file.js';

export interface ToolFlags {
  /** A file, or JSON. */
  readonly tools?: string;
  /** `none`, `auto`, `required`, or the name of a tool. */
  readonly toolChoice?: string;
}

/** What of a request is about tools. */
export interface ToolWish {
  readonly tools?: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
}

/**
 * Tools as OpenAI's `tools` has them: `[{"type":"function","function":{"name","description","parameters","strict"}}]`.
 *
 * @throws FerrumError `InvalidParameter` for a file that cannot be read, for anything else in it, and for a choice without tools.
 * What is in a function, the engine checks.
 */
export async function readTools({ tools, toolChoice }: ToolFlags, workingDirectory: string): Promise<ToolWish> {
  if (tools === undefined) {
    if (toolChoice === undefined) return {};
    throw new FerrumError('InvalidParameter', '--tool-choice goes with --tools. Add them, or leave it out.');
  }
  const given = await readJsonOrFile({ flag: '--tools', value: tools, example, workingDirectory });
  if (!Array.isArray(given) || given.length === 0) throw invalid('it must be a list of tools');
  return {
    tools: given.map(definitionOf),
    ...(toolChoice !== undefined && { toolChoice: choiceOf(toolChoice) }),
  };
}

const example = `'[{"type":"function","function":{"name":"get_time"}}]'`;

function definitionOf(tool: unknown, index: number): ToolDefinition {
  if (isObject(tool) && tool.type === 'function' && isObject(tool.function)) {
    // Checked by the engine, which names what is wrong.
    return tool.function as unknown as ToolDefinition;
  }
  throw invalid(`[${index}] is no function`);
}

function choiceOf(choice: string): ToolChoice {
  return choice === 'none' || choice === 'auto' || choice === 'required' ? choice : { name: choice };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(problem: string): FerrumError {
  return new FerrumError('InvalidParameter', `--tools: ${problem}. Write them as OpenAI's API has them: ${example}.`);
}
