import { readFile } from 'node:fs/promises';
import { FerrumError } from '@ferrum/registry/errors';
import type { Endpoint, Prompt } from './request-shape.js';
import { isRecord } from './server-error.js';

/**
 * The prompts of a file, each of them once: one on a line, or, when the first line begins with `{`, a JSON object on each
 * with `prompt` or `messages`. Blank lines count for nothing.
 *
 * @throws FerrumError `InvalidParameter` when there is no such file, no prompt in it, or a line that is none.
 */
export async function readPromptFile(path: string, name: string, endpoint: Endpoint): Promise<readonly Prompt[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause;
    throw invalid(`--prompts ${name} cannot be read: ${String(code)}. Name a file with a prompt on each line.`, cause);
  });
  return parsePrompts(text, name, endpoint);
}

/** @throws as `readPromptFile`. */
export function parsePrompts(text: string, name: string, endpoint: Endpoint): readonly Prompt[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '');
  const [first] = lines;
  if (!first) throw invalid(`--prompts ${name} holds no prompt. It must have one on each line.`);
  if (!first.line.startsWith('{')) return [...new Set(lines.map(({ line }) => line))];
  const seen = new Map(lines.map(({ line, number }) => [line, parseJsonLine(line, `${name}:${number}`, endpoint)]));
  return [...seen.values()];
}

function parseJsonLine(line: string, place: string, endpoint: Endpoint): Prompt {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw invalid(`--prompts ${place} is no JSON, as the first line is: ${reason(cause)}.`, cause);
  }
  if (!isRecord(value)) throw invalid(`--prompts ${place} is no JSON object.`);
  const { prompt, messages } = value;
  if (typeof prompt === 'string') return prompt;
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isRecord)) {
    throw invalid(`--prompts ${place} has neither "prompt" (a text) nor "messages" (a list of objects).`);
  }
  if (endpoint === 'completions') {
    throw invalid(
      `--prompts ${place} has "messages", which --endpoint completions does not take. Use "prompt" or chat.`,
    );
  }
  return messages;
}

function invalid(message: string, cause?: unknown): FerrumError {
  return new FerrumError('InvalidParameter', message, { cause });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
