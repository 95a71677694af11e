import { createParser, type EventSourceParser } from 'eventsource-parser';
import type { FailureKind, StreamTrace } from './outcome.js';
import { isRecord, messageIn } from './server-error.js';

/** The first thing that was wrong with a stream. */
export interface StreamProblem {
  readonly kind: FailureKind;
  readonly detail: string;
}

/**
 * Reads the stream of an answer as the OpenAI specification has it (`chat.completion.chunk`, `text_completion`) and
 * notices what is wrong with it. A chunk that brings text is a piece, of one token as a rule.
 */
export class AnswerReader {
  readonly #parser: EventSourceParser;
  readonly #pieceMs: number[] = [];
  #nowMs = 0;
  #endMs = 0;
  #text = '';
  #id: string | undefined;
  #doneCount = 0;
  #usage: StreamTrace['usage'];
  #problem: StreamProblem | undefined;

  constructor() {
    this.#parser = createParser({
      onEvent: ({ data }) => this.#takeEvent(data),
      onError: ({ message }) => this.#note('malformedStream', message),
    });
  }

  /** @param nowMs When it came, in the time that the trace has. */
  feed(chunk: string, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#parser.feed(chunk);
  }

  get pieces(): number {
    return this.#pieceMs.length;
  }

  get trace(): StreamTrace {
    const trace = { pieceMs: this.#pieceMs, endMs: this.#endMs, text: this.#text };
    return this.#usage ? { ...trace, usage: this.#usage } : trace;
  }

  /** To be asked once the stream has ended. */
  get problem(): StreamProblem | undefined {
    if (this.#problem) return this.#problem;
    if (this.#doneCount === 0) return { kind: 'missingDone', detail: 'the stream ended without "data: [DONE]"' };
    if (this.#pieceMs.length === 0) return { kind: 'noToken', detail: 'the stream brought no text' };
    return undefined;
  }

  #takeEvent(data: string): void {
    this.#endMs = this.#nowMs;
    if (data === '[DONE]') {
      this.#doneCount += 1;
      if (this.#doneCount > 1) this.#note('doubledDone', '"data: [DONE]" came again');
      return;
    }
    if (this.#doneCount > 0) this.#note('malformedStream', 'an event came after "data: [DONE]"');
    const chunk = parseJson(data);
    const beginning = data.slice(0, 80);
    if (!isRecord(chunk)) this.#note('malformedStream', `an event is no JSON object: ${beginning}`);
    else if (chunk.error) this.#note('errorEvent', messageIn(chunk) ?? beginning);
    else if (!Array.isArray(chunk.choices)) this.#note('malformedStream', `a chunk has no choices: ${beginning}`);
    else this.#takeChunk(chunk, chunk.choices);
  }

  #takeChunk({ id, usage }: Readonly<Record<string, unknown>>, choices: readonly unknown[]): void {
    if (typeof id === 'string') this.#id ??= id;
    else this.#note('malformedStream', 'a chunk has no id');
    if (id !== this.#id) this.#note('mixedIds', `a chunk of ${id} came in the stream of ${this.#id}`);
    this.#takeUsage(usage);
    const piece = choices.map(textOf).join('');
    if (piece === '') return;
    this.#text += piece;
    this.#pieceMs.push(this.#nowMs);
  }

  #takeUsage(usage: unknown): void {
    if (!isRecord(usage)) return;
    const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage;
    if (typeof promptTokens === 'number' && typeof completionTokens === 'number') {
      this.#usage = { promptTokens, completionTokens };
    }
  }

  #note(kind: FailureKind, detail: string): void {
    this.#problem ??= { kind, detail };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of a choice: what is said, and what a reasoning model thinks (vLLM, llama.cpp), which are tokens too. */
function textOf(choice: unknown): string {
  if (!isRecord(choice)) return '';
  const delta = isRecord(choice.delta) ? choice.delta : {};
  return [choice.text, delta.reasoning_content, delta.reasoning, delta.content]
    .filter((part) => typeof part === 'string')
    .join('');
}
