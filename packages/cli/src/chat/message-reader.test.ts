import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageReader } from './message-reader.js';

describe('MessageReader', () => {
  it('takes a line for a message', () => {
    expect(new MessageReader().read('hi "there"')).toEqual({ type: 'message', text: 'hi "there"' });
  });

  it('takes lines between fences for one message, on as few lines as there are', () => {
    const reader = new MessageReader();
    expect(reader.read('"""one')).toEqual({ type: 'incomplete' });
    expect(reader.read('')).toEqual({ type: 'incomplete' });
    expect(reader.read('  two"""  ')).toEqual({ type: 'message', text: 'one\n\n  two' });
    expect(reader.read('"""three"""')).toEqual({ type: 'message', text: 'three' });
    expect(reader.read('four')).toEqual({ type: 'message', text: 'four' });
  });

  it('forgets an open message when told to', () => {
    const reader = new MessageReader();
    reader.read('"""one');
    reader.reset();
    expect(reader.read('two')).toEqual({ type: 'message', text: 'two' });
  });

  it('gives back any text between fences on lines of their own', () => {
    const line = fc.string().filter((text) => !/[\n\r]/.test(text) && !text.includes('"""'));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const reader = new MessageReader();
        const results = ['"""', ...lines, '"""'].map((text) => reader.read(text));
        const last = results.pop();
        expect(results.every(({ type }) => type === 'incomplete')).toBe(true);
        expect(last).toEqual({ type: 'message', text: `\n${lines.join('\n')}\n` });
      }),
    );
  });
});
