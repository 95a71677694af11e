import { computed, signal } from '@preact/signals';
import { callApi, isAbort } from '../api/client.js';
import { readEvents } from '../api/sse.js';
import { announce } from '../components/announcer.js';
import { chatNumbersFilled, chatNumbersProblem, systemMessage } from './chat-settings.js';
import { nextSentences } from './sentences.js';
import { type AnswerClock, type AnswerTiming, answerTiming, tick } from './timing.js';

export interface Turn {
  readonly id: number;
  readonly question: string;
  readonly model: string;
  readonly answer: string;
  readonly state: 'waiting' | 'streaming' | 'complete' | 'stopped' | 'failed';
  readonly timing?: AnswerTiming;
  readonly finishReason?: string;
  readonly error?: Error;
}

/** Questions with their answers, oldest first. */
export const turns = signal<readonly Turn[]>([]);

/** Why the last question was not sent. */
export const sendProblem = signal<Error | undefined>(undefined);

/** Whether an answer is being made. It goes on while another view is in sight. */
export const answering = computed(() => {
  const last = turns.value.at(-1);
  return last?.state === 'waiting' || last?.state === 'streaming';
});

let running: AbortController | undefined;
let nextId = 1;

/** Asks a question; its answer grows in `turns`. False when it was not sent, with the reason in `sendProblem`. */
export function ask(question: string, model: string): boolean {
  const problem = chatNumbersProblem();
  sendProblem.value = problem === undefined ? undefined : new Error(`Not sent. ${problem}`);
  if (problem !== undefined || answering.value) return false;
  const turn: Turn = { id: nextId, question, model, answer: '', state: 'waiting' };
  nextId += 1;
  turns.value = [...turns.value, turn];
  announce('Sent. Waiting for the answer.');
  void answer(turn.id, model);
  return true;
}

/** Ends the running answer; what has come stays. */
export function stop(): void {
  running?.abort();
}

/** Asks the last question again, in place of its answer. */
export function retry(model: string): void {
  const last = turns.value.at(-1);
  if (!last || answering.value) return;
  turns.value = turns.value.slice(0, -1);
  if (!ask(last.question, model)) turns.value = [...turns.value, last];
}

/** Forgets the conversation. */
export function clear(): void {
  stop();
  turns.value = [];
  sendProblem.value = undefined;
  announce('Conversation cleared.');
}

async function answer(id: number, model: string): Promise<void> {
  const controller = new AbortController();
  running = controller;
  let clock: AnswerClock = { sentAt: performance.now(), pieces: 0 };
  let completionTokens: number | undefined;
  let text = '';
  let spoken = 0;
  const say = (complete: boolean) => {
    const { speak, next } = nextSentences(text, spoken, complete);
    spoken = next;
    announce(speak);
  };
  try {
    const response = await callApi('v1/chat/completions', {
      body: {
        model,
        messages: messagesBefore(id),
        stream: true,
        stream_options: { include_usage: true },
        ...chatNumbersFilled(),
      },
      signal: controller.signal,
    });
    if (!response.body) throw new Error('The server sent an empty answer.');
    for await (const event of readEvents(response.body, { doneRequired: true })) {
      const { choices, usage } = event as unknown as ChatChunk;
      completionTokens = usage?.completion_tokens ?? completionTokens;
      const [choice] = choices;
      const piece = choice?.delta.content ?? '';
      if (piece !== '') {
        clock = tick(clock, performance.now());
        text += piece;
        say(false);
      }
      change(id, {
        answer: text,
        state: text === '' ? 'waiting' : 'streaming',
        timing: answerTiming(clock, completionTokens),
        ...(choice?.finish_reason && { finishReason: choice.finish_reason }),
      });
    }
    say(true);
    change(id, { state: 'complete', timing: answerTiming(clock, completionTokens) });
    announce('Answer complete.');
  } catch (error) {
    const stopped = isAbort(error);
    change(id, { state: stopped ? 'stopped' : 'failed', ...(!stopped && { error: error as Error }) });
    if (stopped) announce('Stopped.');
  } finally {
    if (running === controller) running = undefined;
  }
}

/** The part of OpenAI's `chat.completion.chunk` that is used. */
interface ChatChunk {
  readonly choices: readonly {
    readonly delta: { readonly content?: string | null };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly completion_tokens: number } | null;
}

/** A turn without an answer is left out: a conversation alternates. */
function messagesBefore(id: number): readonly { readonly role: string; readonly content: string }[] {
  const messages = systemMessage.value.trim() === '' ? [] : [{ role: 'system', content: systemMessage.value }];
  for (const turn of turns.value) {
    if (turn.id !== id && turn.answer === '') continue;
    messages.push({ role: 'user', content: turn.question });
    if (turn.id === id) break;
    messages.push({ role: 'assistant', content: turn.answer });
  }
  return messages;
}

function change(id: number, changes: Partial<Turn>): void {
  turns.value = turns.value.map((turn) => (turn.id === id ? { ...turn, ...changes } : turn));
}
