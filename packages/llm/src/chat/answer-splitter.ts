import { randomBytes } from 'node:crypto';
import type { ToolCallDelta } from '@ferrum/interfaces';
import type { AnswerPlan } from './answer-plan.js';
import type { CallParser } from './formats/index.js';

/** What a piece of an answer says. */
export interface AnswerPiece {
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ToolCallDelta[];
}

/** Tells reasoning, answer and calls apart as the text comes, however it is cut. */
export class AnswerSplitter {
  #mode: 'start' | 'reasoning' | 'content' | 'call';
  #held = '';
  #parser: CallParser | undefined;
  #opening = '';
  #isBare = false;
  #calls = 0;
  /** Whether anything but white space was given out as the answer. */
  #hasText = false;
  /** Whether white space is left out that comes next. */
  #trims = false;
  #text = '';
  #reasoning = '';
  #deltas: ToolCallDelta[] = [];

  constructor(private readonly plan: AnswerPlan) {
    const { reasoning } = plan;
    this.#mode = reasoning?.state === 'inside' ? 'reasoning' : reasoning?.state === 'maybe' ? 'start' : 'content';
    this.#trims = this.#mode === 'reasoning';
  }

  get isReasoning(): boolean {
    return this.#mode === 'reasoning';
  }

  get hasCalls(): boolean {
    return this.#calls > 0;
  }

  /** Whether a call is complete and no other may follow. */
  get isOver(): boolean {
    return this.hasCalls && this.#mode === 'content' && this.plan.calls?.tools.parallel === false;
  }

  push(text: string): AnswerPiece {
    this.#held += text;
    while (this.#advance()) {
      // Goes on with what is left.
    }
    return this.#take();
  }

  /** No more text comes. */
  finish(): AnswerPiece {
    // The beginning of a call that was sure to be one is no text.
    const isForced = this.plan.calls?.tools.mode === 'required';
    if (this.#mode === 'call') {
      const rest = this.#parser?.end() ?? '';
      if (!isForced && this.#calls === 0) this.#give(this.#opening + rest);
    } else if (this.#mode === 'reasoning') {
      this.#reasoning += this.#held;
    } else if (!isForced) {
      this.#give(this.#held);
    }
    this.#held = '';
    return this.#take();
  }

  /** @returns whether there may be more to do with what is held. */
  #advance(): boolean {
    switch (this.#mode) {
      case 'start':
        return this.#start();
      case 'reasoning':
        return this.#reason();
      case 'content':
        return this.#content();
      case 'call':
        return this.#call();
    }
  }

  #start(): boolean {
    const { open = '' } = this.plan.reasoning ?? {};
    const begun = this.#held.trimStart();
    if (begun.startsWith(open)) {
      this.#held = begun.slice(open.length);
      this.#mode = 'reasoning';
      this.#trims = true;
      return true;
    }
    if (open.startsWith(begun)) return false;
    this.#mode = 'content';
    return true;
  }

  #reason(): boolean {
    const { close = '' } = this.plan.reasoning ?? {};
    if (this.#trims) {
      this.#held = this.#held.trimStart();
      if (this.#held === '') return false;
    }
    const at = this.#held.indexOf(close);
    if (at >= 0) {
      this.#reasoning += this.#held.slice(0, at).trimEnd();
      this.#held = this.#held.slice(at + close.length);
      this.#mode = 'content';
      this.#trims = true;
      return true;
    }
    const safe = this.#held.length - beginningOf(this.#held, [close]);
    // White space before the closing tag is not part of it, so it waits for what follows.
    const given = this.#held.slice(0, safe).trimEnd();
    if (given !== '') this.#trims = false;
    this.#reasoning += given;
    this.#held = this.#held.slice(given.length);
    return false;
  }

  #content(): boolean {
    if (this.#trims) {
      this.#held = this.#held.trimStart();
      if (this.#held === '') return false;
      this.#trims = false;
    }
    const { calls } = this.plan;
    if (this.isOver) {
      this.#held = '';
      return false;
    }
    if (!calls) {
      this.#give(this.#held);
      this.#held = '';
      return false;
    }
    const { openings, bare } = calls.format;
    const first = this.#held.trimStart()[0];
    if (bare && !this.#hasText && (first === '{' || first === '[')) {
      const begun = this.#held.trimStart();
      this.#open('', this.#held.slice(0, this.#held.length - begun.length), begun);
      return true;
    }
    const found = earliest(this.#held, openings);
    if (found) {
      const before = this.#held.slice(0, found.at);
      const kept = before.trimEnd();
      this.#give(kept);
      const end = found.at + found.text.length;
      this.#open(found.text, this.#held.slice(kept.length, end), this.#held.slice(end));
      return true;
    }
    const safe = this.#held.length - beginningOf(this.#held, openings);
    const given = this.#held.slice(0, safe).trimEnd();
    this.#give(given);
    this.#held = this.#held.slice(given.length);
    return false;
  }

  /** @param raw the opening and the white space before it, to be given back when it was none. */
  #open(opening: string, raw: string, rest: string): void {
    const { calls } = this.plan;
    if (!calls) return;
    this.#opening = raw;
    this.#isBare = opening === '';
    this.#held = rest;
    this.#mode = 'call';
    this.#parser = calls.format.parser(opening, calls.tools, {
      begin: (name) => {
        this.#deltas.push({ index: this.#calls, id: newCallId(), name, arguments: '' });
        this.#calls += 1;
      },
      argument: (text) => {
        if (text !== '') this.#deltas.push({ index: this.#calls - 1, arguments: text });
      },
    });
  }

  #call(): boolean {
    const progress = this.#parser?.push(this.#held);
    this.#held = '';
    if (!progress || progress.state === 'more') return false;
    this.#mode = 'content';
    this.#parser = undefined;
    if (progress.state === 'failed') {
      // It only looked like a call: the beginning is text, and is not looked at again.
      const { rest } = progress;
      const known = this.#isBare ? rest.slice(0, 1) : '';
      this.#give(this.#opening + known);
      this.#held = rest.slice(known.length);
    } else {
      this.#held = progress.rest;
      this.#trims = true;
    }
    return this.#held !== '';
  }

  #give(text: string): void {
    this.#text += text;
    this.#hasText ||= text.trim() !== '';
  }

  #take(): AnswerPiece {
    const piece = { text: this.#text, reasoning: this.#reasoning, toolCalls: this.#deltas };
    this.#text = '';
    this.#reasoning = '';
    this.#deltas = [];
    return piece;
  }
}

function newCallId(): string {
  return `call_${randomBytes(12).toString('hex')}`;
}

function earliest(
  text: string,
  openings: readonly string[],
): { readonly at: number; readonly text: string } | undefined {
  let best: { readonly at: number; readonly text: string } | undefined;
  for (const opening of openings) {
    const at = text.indexOf(opening);
    if (at >= 0 && (!best || at < best.at)) best = { at, text: opening };
  }
  return best;
}

/** How many characters at the end of a text may be the beginning of one of these. */
function beginningOf(text: string, markers: readonly string[]): number {
  let longest = 0;
  for (const marker of markers) {
    for (let length = Math.min(marker.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(marker.slice(0, length))) longest = length;
    }
  }
  return longest;
}
