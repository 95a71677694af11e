import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { FerrumError } from '@ferrum/registry';
import { describe, expect, it, vi } from 'vitest';
import { type FakeEngine, type FakeEngineOptions, fakeEngine } from '../testing/fake-engine.js';
import { fakeStore } from '../testing/fake-store.js';
import { runCommand } from '../testing/run-command.js';
import { keyboard, recordOutput } from '../testing/streams.js';

/** A conversation under way, and somebody at the keyboard. */
function converse(options: FakeEngineOptions = {}, flags: readonly string[] = []) {
  const stdin = keyboard();
  const stdout = recordOutput(true);
  const stderr = recordOutput(true);
  const signals = new EventEmitter();
  const engine: FakeEngine = fakeEngine({ answer: ['Yes', '.'], ...options });
  const variables = { NO_COLOR: '1' };
  const result = runCommand(['run', 'tiny', ...flags], {
    plugins: [engine.plugin],
    stdin,
    stdout,
    stderr,
    signals,
    variables,
    store: fakeStore({ contextLength: 20 }),
  });
  const screen = () => stripVTControlCharacters(stdout.text);
  const shows = (text: string) => vi.waitFor(() => expect(screen()).toContain(text));
  const says = async (line: string) => {
    await shows('> ');
    stdin.write(`${line}\r`);
  };
  const answered = (times: number) => vi.waitFor(() => expect(stderr.text.split('first token').length - 1).toBe(times));
  return { stdin, stdout, stderr, signals, engine, result, screen, shows, says, answered };
}

const ctrlC = '\u0003';
const ctrlD = '\u0004';

describe('a conversation', () => {
  it('sends everything said so far, and ends with Ctrl-D', async () => {
    const { engine, says, answered, stdin, result } = converse({}, ['--system', 'Be kind.']);
    await says('One?');
    await answered(1);
    await says('Two?');
    await answered(2);
    stdin.write(ctrlD);
    expect(await result).toMatchObject({ code: 0, stderr: expect.stringContaining('[2 tokens, ') });
    expect(engine.requests[1]?.messages).toEqual([
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'Yes.' },
      { role: 'user', content: 'Two?' },
    ]);
    expect(engine.open).toBe(0);
  });

  it('obeys /clear, /system, /help and /bye, and names what it does not know', async () => {
    const { engine, says, answered, shows, result } = converse();
    await says('One?');
    await answered(1);
    await says('/clear');
    await shows('forgotten');
    await says('/system');
    await shows('There are no instructions.');
    await says('/system Be brief.');
    await shows('Instructions: Be brief.');
    await says('/frobnicate');
    await shows('/frobnicate is not a command');
    await says('/help');
    await shows('Ctrl-C');
    await says('Two?');
    await answered(2);
    await says('/bye');
    expect((await result).code).toBe(0);
    expect(engine.requests[1]?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Two?' },
    ]);
  });

  it('thinks and formats as /think and /format say, beginning with what the flags say', async () => {
    const { engine, says, answered, shows, result } = converse({}, ['--thinking-budget', '9', '--choice', 'Yes.']);
    await says('/think');
    await shows('Thinking: auto, of at most 9 tokens.');
    await says('/format');
    await shows('Format: as --choice says.');
    await says('One?');
    await answered(1);
    await says('/think off');
    await shows('Thinking: off.');
    await says('/format json');
    await shows('Format: json.');
    await says('Two?');
    await answered(2);
    await says('/think auto');
    await says('/format text');
    await shows('Format: text.');
    await says('/format xml');
    await shows('/format is followed by json or text.');
    await says('Three?');
    await answered(3);
    await says('/bye');
    expect((await result).code).toBe(0);
    expect(engine.requests.map(({ reasoning, sampling }) => [reasoning, sampling?.responseFormat])).toEqual([
      [{ maxTokens: 9 }, { type: 'choice', choices: ['Yes.'] }],
      [{ enabled: false, maxTokens: 9 }, { type: 'json_object' }],
      [{ maxTokens: 9 }, undefined],
    ]);
  });

  it('shows what the model thinks apart from the answer, and gives it back to the model', async () => {
    const { engine, says, answered, stderr, screen, result } = converse({ answer: [{ reasoning: 'Hm.' }, 'Yes.'] });
    await says('One?');
    await answered(1);
    await says('Two?');
    await answered(2);
    await says('/bye');
    await result;
    expect(stderr.text).toContain('[thinking]\nHm.\n[end of thinking]\n');
    expect(screen()).not.toContain('Hm.');
    expect(engine.requests[1]?.messages?.[1]).toEqual({ role: 'assistant', content: 'Yes.', reasoning: 'Hm.' });
  });

  it('joins the lines between """', async () => {
    const { engine, says, answered, result } = converse();
    await says('"""first');
    await says('/bye');
    await says('last"""');
    await answered(1);
    await says('/bye');
    expect((await result).code).toBe(0);
    expect(engine.requests.map(({ messages }) => messages?.[0]?.content)).toEqual(['first\n/bye\nlast']);
  });

  it('goes on after Ctrl-C stopped an answer, and remembers what was said of it', async () => {
    const { engine, says, shows, stdin, stderr, result } = converse({ answer: ['Well'], endless: true });
    await says('One?');
    await shows('Well');
    stdin.write(ctrlC);
    await says('Two?');
    await vi.waitFor(() => expect(engine.requests.length).toBe(2));
    stdin.write(ctrlC);
    await says('/bye');
    expect((await result).code).toBe(0);
    expect(stderr.text).not.toContain('ferrum:');
    expect(engine.requests[1]?.messages?.slice(0, 2)).toEqual([
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'Well' },
    ]);
  });

  it('at Ctrl-C discards what is typed, and leaves when nothing is', async () => {
    const { engine, says, shows, stdin, result } = converse();
    await shows('> ');
    stdin.write('never mind');
    await shows('never mind');
    stdin.write(ctrlC);
    await says('"""never mind');
    await shows('… ');
    stdin.write(ctrlC);
    stdin.write(ctrlC);
    expect((await result).code).toBe(0);
    expect(engine.requests).toEqual([]);
  });

  it('goes on after an error, without what could not be answered', async () => {
    const failing = [new FerrumError('RequestValidation', 'The context is full.')];
    const { engine, says, stderr, result } = converse({ answer: failing });
    await says('One?');
    await vi.waitFor(() => expect(stderr.text).toContain('ferrum: The context is full.'));
    await says('Two?');
    await vi.waitFor(() => expect(engine.requests.length).toBe(2));
    await says('/bye');
    expect((await result).code).toBe(0);
    expect(engine.requests[1]?.messages).toEqual([{ role: 'user', content: 'Two?' }]);
  });

  it('forgets the oldest turns when the context is full, never the instructions, and says so once', async () => {
    const { engine, says, answered, stderr, result } = converse({ contextWords: 10 }, ['--system', 'Be kind.']);
    const questions = ['one two three', 'four five six', 'seven eight nine', 'ten eleven twelve'];
    for (const [index, question] of questions.entries()) {
      await says(question);
      await answered(index + 1);
    }
    await says('/bye');
    expect((await result).code).toBe(0);
    expect(stderr.text.split('The context is full').length - 1).toBe(1);
    expect(stderr.text).not.toContain('contextLength');
    const last = engine.requests.at(-1)?.messages?.map(({ content }) => content);
    expect(last?.[0]).toBe('Be kind.');
    expect(last?.at(-1)).toBe('ten eleven twelve');
    expect(last?.join(' ')).not.toContain('one');
  });

  it('stays as it was when a message alone does not fit', async () => {
    const { engine, says, answered, stderr, result } = converse({ contextWords: 8 });
    await says('One?');
    await answered(1);
    await says('1 2 3 4 5 6 7 8');
    await vi.waitFor(() => expect(stderr.text).toContain('This message alone has 8 tokens'));
    expect(stderr.text).toMatch(/the context holds 8, .*--context-length \(at most 20\).*\/clear/);
    await says('Two?');
    await answered(2);
    await says('/bye');
    expect((await result).code).toBe(0);
    expect(stderr.text).not.toContain('The context is full');
    expect(engine.requests.at(-1)?.messages?.map(({ content }) => content)).toEqual(['One?', 'Yes.', 'Two?']);
  });

  it('ends at once with a model that has no chat template, saying what such a model takes', async () => {
    const failure = new FerrumError('RequestValidation', 'Give a `prompt`.', { details: { parameter: 'messages' } });
    const { says, result } = converse({ answer: [failure] });
    await says('One?');
    expect(await result).toMatchObject({ code: 2, stderr: expect.stringContaining('tiny has no chat template') });
  });

  it('ends with 143 when the process is told to end, also during an answer', async () => {
    const { engine, says, shows, signals, result } = converse({ answer: ['Well'], endless: true });
    await says('One?');
    await shows('Well');
    signals.emit('SIGTERM');
    expect((await result).code).toBe(143);
    expect(engine.open).toBe(0);
  });

  it('shows nothing of a model that would command the terminal', async () => {
    const { says, answered, stdout, result } = converse({ answer: ['a\u001b]0;owned\u0007b'] });
    await says('One?');
    await answered(1);
    await says('/bye');
    await result;
    expect(stdout.text).toContain('a]0;ownedb');
    expect(stdout.text).not.toContain('\u001b]0');
  });
});
