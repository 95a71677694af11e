import { afterAll, describe, expect, it } from 'vitest';
import { accepts, openPieceEngine } from './testing/random-answers.js';

const engine = openPieceEngine();
afterAll(() => engine.dispose());

describe('texts of a GBNF grammar', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['root ::= "a" | "b" "c"', ['a', 'bc'], ['b', 'ac']],
    ['root ::= [a-c]+ ("," [^,\\n])? # comment\n', ['abc', 'a,x', 'a,é'], ['', 'd', 'a,,', 'a,\n']],
    ['root ::= item{2,3} end\nitem ::= "x" |\n  "y"\nend ::= "."*\n', ['xy', 'yyy..'], ['x', 'xxxx']],
    ['root ::= "(" root ")" | "\\x41\\u00e9\\U0001F600"', ['Aé😀', '((Aé😀))'], ['(Aé😀', 'A']],
    ['root ::= "é" | "è" | "ê" "a" | [а-я]{2}', ['é', 'è', 'êa', 'бя'], ['ê', 'б', 'ë', 'éa']],
    ['root ::= . . \n', ['a\n', '日😀'], ['a', 'abc']],
  ])('%j', async (grammar, good, bad) => {
    for (const text of good) expect(await accepts(engine, { type: 'grammar', grammar }, text), text).toBe(true);
    for (const text of bad) expect(await accepts(engine, { type: 'grammar', grammar }, text), text).toBe(false);
  });

  it('stand for a special token where they name it, and for nothing else', async () => {
    const grammar = 'root ::= "<|call|>" [a-z]+';
    expect(await accepts(engine, { type: 'grammar', grammar }, '<|call|>abc')).toBe(false);
    expect(await accepts(engine, { type: 'grammar', grammar }, '\u0002')).toBe(false);
    await expect(engine.compile({ type: 'grammar', grammar: 'root ::= "\u0002ff00"' }).ready).rejects.toThrow(
      /U\+0002/,
    );
  });

  it.each<[string, RegExp]>([
    ['rule ::= "a"', /no rule "root"/],
    ['root ::= "a', /line 1.*not closed/],
    ['root ::= [b-a]', /goes backwards/],
    ['root ::= ("a"', /closing parenthesis/],
    ['root ::= "a"\nroot ::= "b"', /defined twice/],
    ['root = "a"', /`::=`/],
    ['root ::= "a"{3,2}', /wrong way round/],
    ['root ::= "a"{9999}', /repeats more than/],
    ['root ::= "a" $', /`\$` is not expected/],
  ])('are refused: %j', async (grammar, message) => {
    await expect(engine.compile({ type: 'grammar', grammar }).ready).rejects.toThrow(message);
  });
});
