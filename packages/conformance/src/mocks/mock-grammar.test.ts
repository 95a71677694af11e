import { describe, expect, it } from 'vitest';
import { sampleOfGrammar, sampleOfRegex } from './mock-grammar.js';

describe('the mock finds a text', () => {
  it.each([
    ['yes|no', 'yes'],
    ['(a|b){3}c?', 'aaa'],
    ['[1-9][0-9]*', '1'],
    ['^\\d+\\.\\d{2,4}$', '0.00'],
    ['(?:x[\\]a])+🦀*', 'x]'],
    ['', ''],
  ])('of the expression %s', (pattern, text) => {
    expect(sampleOfRegex(pattern)).toBe(text);
    expect(text).toMatch(new RegExp(`^(?:${pattern})$`, 'u'));
  });

  it.each([
    ['root ::= "yes" | "no"', 'yes'],
    ['root ::= a (", " a)* end # a comment\na ::= [x-z]{2}\nend ::= "\\n" | a end', 'xx\n'],
    ['root ::= (\n  "\\"" [a-c]+ "\\""\n)', '"a"'],
  ])('of the grammar %s', (grammar, text) => {
    expect(sampleOfGrammar(grammar)).toBe(text);
  });

  it.each(['(a', '[b-a]', 'a{2,1}', '*'])('but refuses the malformed expression %s', (pattern) => {
    expect(() => sampleOfRegex(pattern)).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
  });

  it.each([
    '',
    'yes',
    'root ::= (',
    'root ::= "a',
    'root ::= [a',
    'root ::= b',
    'a ::= "a"',
    'root ::= "a" | *',
    '= root ::= "a"',
  ])('but refuses the malformed grammar %s', (grammar) => {
    expect(() => sampleOfGrammar(grammar)).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
  });

  it.each(['(?=a)a', '[^a]', '\\bword', '\\p{L}'])('but not of the expression %s, and says so', (pattern) => {
    expect(() => sampleOfRegex(pattern)).toThrow(expect.objectContaining({ code: 'Unsupported' }));
  });

  it('but not of a grammar whose first alternative never ends', () => {
    expect(() => sampleOfGrammar('root ::= "a" root | "b"')).toThrow(expect.objectContaining({ code: 'Unsupported' }));
  });
});
