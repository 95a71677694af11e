import { describe, expect, it } from 'vitest';
import type { AnswerPlan, ReasoningPlan } from './answer-plan.js';
import { type AnswerTokenizer, ChatAnswer } from './chat-answer.js';
import { toolCallFormats } from './formats/index.js';
import { ToolSet } from './tool-set.js';

/** Characters are tokens, and so is each of these; `<|end|>` and `<tool_call>` are special. */
const words = ['<|end|>', '<tool_call>', '</think>'];
const tokenizer: AnswerTokenizer = {
  createDecoder: () => ({ push: (id) => (id === 0 || id === 1 ? '' : textOf(id)), flush: () => '' }),
  encode: (text) => tokensOf(text),
  isSpecial: (id) => id === 0 || id === 1,
  tokenText: textOf,
  tokenId: (text) => (words.includes(text) ? words.indexOf(text) : undefined),
};

function textOf(id: number): string {
  return id < words.length ? (words[id] as string) : String.fromCodePoint(id);
}

function tokensOf(text: string): number[] {
  return (text.match(/<\|end\|>|<tool_call>|<\/think>|[\s\S]/g) ?? []).map((part) =>
    words.includes(part) ? words.indexOf(part) : (part.codePointAt(0) as number),
  );
}

const reasoning = (budget = Number.POSITIVE_INFINITY): ReasoningPlan => ({
  open: '<think>',
  close: '</think>',
  state: 'inside',
  budget,
});
const calls: AnswerPlan['calls'] = {
  format: toolCallFormats.get('hermes')!,
  tools: new ToolSet([{ name: 'now' }], 'auto', true),
};

function read(answer: ChatAnswer, text: string) {
  const steps = [...tokensOf(text).map((token) => answer.push(token)), answer.finish()];
  return {
    text: steps.map((step) => step.text).join(''),
    reasoning: steps.map((step) => step.reasoning ?? '').join(''),
    stopped: steps.some(({ stopped }) => stopped),
    deltas: steps.flatMap((step) => step.toolCalls ?? []),
  };
}

describe('ChatAnswer', () => {
  it('sees markers that are special tokens, and leaves out other special tokens', () => {
    const answer = new ChatAnswer(tokenizer, { calls, constraint: undefined }, []);
    const { text, deltas } = read(answer, 'a<|end|>b<tool_call>{"name": "now", "arguments": {}}');
    expect(text).toBe('ab');
    expect(deltas.map(({ name, arguments: piece }) => name ?? piece).join('')).toBe('now{}');
    expect(answer.hasCalls).toBe(true);
  });

  it('counts the tokens of the reasoning', () => {
    const answer = new ChatAnswer(tokenizer, { reasoning: reasoning(), constraint: undefined }, []);
    expect(read(answer, 'abc</think>de')).toMatchObject({ text: 'de', reasoning: 'abc' });
    expect(answer.reasoningTokens).toBe(4);
  });

  it('closes the reasoning when its budget is used up, once', () => {
    const answer = new ChatAnswer(tokenizer, { reasoning: reasoning(2), constraint: undefined }, []);
    const forced: number[] = [];
    let text = '';
    let thought = '';
    for (let i = 0; i < 10; i++) {
      const next = answer.nextForced();
      if (next !== undefined) forced.push(next);
      const step = answer.push(next ?? 'x'.charCodeAt(0));
      text += step.text;
      thought += step.reasoning;
    }
    expect(forced).toEqual(tokensOf('\n</think>\n\n'));
    expect([thought, text]).toEqual(['xx', 'xxxx']);
  });

  it('looks for stop sequences in the answer, not in the reasoning nor in calls', () => {
    const plan = { calls, reasoning: reasoning(), constraint: undefined };
    expect(read(new ChatAnswer(tokenizer, plan, ['STOP']), 'a STOP b</think>c STOP d')).toMatchObject({
      reasoning: 'a STOP b',
      stopped: true,
    });
    const inCall = read(
      new ChatAnswer(tokenizer, plan, ['now']),
      'a</think><tool_call>{"name": "now", "arguments": {}}',
    );
    expect(inCall.stopped).toBe(false);
  });
});
