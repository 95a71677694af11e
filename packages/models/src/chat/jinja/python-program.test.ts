import { readFileSync } from 'node:fs';
import { Interpreter } from '@huggingface/jinja';
import { describe, expect, it } from 'vitest';
import { parseTemplate, pythonEnvironment } from './python-program.js';

// Made by Jinja in Python: fixtures/make_jinja.py.
const fixture: {
  readonly context: Readonly<Record<string, unknown>>;
  readonly cases: readonly { readonly template: string; readonly text?: string; readonly error?: string }[];
} = JSON.parse(readFileSync(new URL('../fixtures/jinja.json', import.meta.url), 'utf8'));

function render(template: string): string {
  const environment = pythonEnvironment();
  const constants = { none: null, true: true, false: false, range: rangeOf };
  for (const [name, value] of Object.entries({ ...constants, ...fixture.context })) environment.set(name, value);
  const { value }: { readonly value?: unknown } = new Interpreter(environment).run(parseTemplate(template));
  return String(value);
}

function rangeOf(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, index) => from + index * step);
}

describe('a template means what it means in Python', () => {
  it.each(fixture.cases)('$template', ({ template, text }) => {
    if (text === undefined) expect(() => render(template)).toThrow();
    else expect(render(template)).toBe(text);
  });
});
