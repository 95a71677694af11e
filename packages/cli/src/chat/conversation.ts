import type { ChatMessage } from '@ferrum/interfaces';

/** What was said so far, with the instructions in front. */
export class Conversation {
  system: string | undefined;
  #turns: readonly Turn[] = [];

  constructor(system: string | undefined) {
    this.system = system;
  }

  /** How many questions were answered. */
  get turns(): number {
    return this.#turns.length;
  }

  /** The messages to send when the user says `text`, without the oldest `forgotten` turns. */
  ask(text: string, forgotten = 0): readonly ChatMessage[] {
    const system: readonly ChatMessage[] = this.system === undefined ? [] : [{ role: 'system', content: this.system }];
    const turns = this.#turns.slice(forgotten).flatMap(({ question, answer }): readonly ChatMessage[] => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer.text, ...(answer.reasoning !== '' && { reasoning: answer.reasoning }) },
    ]);
    return [...system, ...turns, { role: 'user', content: text }];
  }

  /** Keeps a question and its answer, in full or as far as it came; forgets the oldest turns that `ask` left out. */
  record(question: string, { text, reasoning }: Said, forgotten = 0): void {
    this.#turns = [...this.#turns.slice(forgotten), { question, answer: { text, reasoning } }];
  }

  clear(): void {
    this.#turns = [];
  }
}

/** What the model said, and what it thought before, which some templates want back. */
export interface Said {
  readonly text: string;
  readonly reasoning: string;
}

interface Turn {
  readonly question: string;
  readonly answer: Said;
}
