import type { InferenceRequest, LlmInferenceEngine, ToolCall } from '@ferrum/interfaces';
import type { CommandContext } from '../context.js';
import { type Generation, generate, type Piece } from '../generate.js';
import { formatFooter } from '../output/footer.js';
import { writeJsonLine } from '../output/json-line.js';
import type { Output } from '../output/output.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { ThinkingOutput } from '../output/thinking-output.js';

export interface AnswerOptions {
  readonly json: boolean;
  /** Keeps what the model thinks to itself. */
  readonly hidesThinking: boolean;
}

/** Writes one answer as it grows, for people or for programs. */
export async function answer(
  engine: LlmInferenceEngine,
  request: InferenceRequest,
  { json, hidesThinking }: AnswerOptions,
  context: CommandContext,
): Promise<void> {
  const { stdout, stderr, verbose } = context;
  const thinking = new ThinkingOutput(context, { isHidden: hidesThinking });
  let endsLine = true;
  const show = async ({ type, text }: Piece) => {
    if (type === 'reasoning') return await thinking.write(text);
    await thinking.end();
    endsLine = text.endsWith('\n');
    await stdout.write(shown(text, stdout));
  };
  const tell = async ({ type, text }: Piece) => {
    if (type === 'reasoning' && hidesThinking) return;
    await writeJsonLine(stdout, { type: type === 'text' ? 'delta' : 'reasoning', text });
  };
  let generation: Generation;
  try {
    generation = await generate(engine, request, json ? tell : show);
  } catch (error) {
    // What is said of the error begins on a line of its own.
    await thinking.end();
    if (stdout.isTerminal && !endsLine) await stdout.write('\n');
    throw error;
  }
  await thinking.end();
  if (json) await writeJsonLine(stdout, finishLine(generation, hidesThinking));
  else {
    if (!endsLine) await stdout.write('\n');
    for (const call of generation.toolCalls) await stdout.writeLine(shown(formatCall(call), stdout));
  }
  if (verbose || (stderr.isTerminal && !json)) await stderr.writeLine(stderr.colors.dim(formatFooter(generation)));
  else if (!json && isCut(generation, request)) await stderr.writeLine(`${stderr.colors.yellow('ferrum:')} ${cutOff}`);
}

const cutOff =
  'The answer was cut off: the token limit or the context is full. Its format or its calls may be incomplete. ' +
  'Raise --max-tokens.';

/** Whether a program that reads the answer may trip over its end. */
function isCut({ finishReason }: Generation, { sampling, tools }: InferenceRequest): boolean {
  return finishReason === 'length' && (sampling?.responseFormat !== undefined || tools !== undefined);
}

function shown(text: string, stdout: Output): string {
  return stdout.isTerminal ? cleanForTerminal(text) : text;
}

/** `get_weather({"city":"Paris"})` */
function formatCall({ name, arguments: given }: ToolCall): string {
  return `${name}(${given})`;
}

function finishLine(generation: Generation, hidesThinking: boolean): object {
  const { text, reasoning, toolCalls, tokens, finishReason, usage, timing } = generation;
  return {
    type: 'finish',
    text,
    ...(reasoning !== '' && !hidesThinking && { reasoning }),
    ...(toolCalls.length > 0 && { toolCalls }),
    tokens,
    finishReason,
    usage,
    timing: {
      timeToFirstTokenMs: timing.timeToFirstTokenMs,
      // null: too short to measure.
      decodeTokensPerSecond: timing.decodeTokensPerSecond ?? null,
      prefillTokensPerSecond: timing.prefillTokensPerSecond ?? null,
      totalMs: timing.totalMs,
    },
  };
}
