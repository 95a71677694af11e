import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject, ResponseFormat } from '@ferrum/interfaces';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openFakeEngine } from '../testing/fake-engine.js';
import { FakeRunner, fakeTokenizer } from '../testing/fake-model.js';
import { ConstraintEngine } from './constraint-engine.js';
import type { ConstraintSpec } from './constraint-spec.js';
import { accepts, openPieceEngine, randomAnswer } from './testing/random-answers.js';
import { ajv, definitions, schema } from './testing/random-schemas.js';

const { engine } = openFakeEngine({ slots: 8, contextLength: 512 });
afterAll(() => engine.shutdown());

const ask = (responseFormat: ResponseFormat, seed = 1, more: object = {}) =>
  engine.infer({
    prompt: 'Hello',
    raw: true,
    sampling: { seed, maxTokens: 400, temperature: 2, responseFormat, ...more },
  });

describe('the format of an answer', () => {
  it.each<[ResponseFormat, RegExp]>([
    [{ type: 'choice', choices: ['yes', 'no', 'yes, please'] }, /^(yes|no|yes, please)$/],
    [{ type: 'regex', pattern: '[a-f]{3,8}-\\d+(\\.\\d{2})?' }, /^[a-f]{3,8}-\d+(\.\d{2})?$/],
    [
      { type: 'grammar', grammar: 'root ::= "<" word ("," word)* ">"\nword ::= [a-z]+ # a comment\n' },
      /^<[a-z]+(,[a-z]+)*>$/,
    ],
  ])('follows %j', async (format, expected) => {
    for (let seed = 0; seed < 4; seed++) {
      const { text, finishReason } = await ask(format, seed);
      if (finishReason === 'length') continue;
      expect(finishReason).toBe('eos');
      expect(text).toMatch(expected);
    }
  });

  it('is one JSON object, and says `length` where that did not fit', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const { text, finishReason } = await ask({ type: 'json_object' }, seed);
      expect(text.startsWith('{')).toBe(true);
      if (finishReason !== 'length') expect(typeof JSON.parse(text)).toBe('object');
    }
  });

  it('shares steps with requests that have none, which get what they would get alone', async () => {
    const free = { prompt: 'Free text', raw: true, sampling: { seed: 5, maxTokens: 40 } };
    const alone = await engine.infer(free);
    const [together, formatted] = await Promise.all([engine.infer(free), ask({ type: 'json_object' }, 3)]);
    expect(together.text).toBe(alone.text);
    expect(formatted.text.startsWith('{')).toBe(true);
  });

  it('holds for each of several answers, with speculation and with mirostat', async () => {
    const format = { type: 'regex', pattern: '(ab)+c' } as const;
    const { choices } = await ask(format, 1, { n: 4 });
    for (const { text, finishReason } of choices ?? []) if (finishReason === 'eos') expect(text).toMatch(/^(ab)+c$/);
    const spec = await engine.inferSpeculative(
      { prompt: 'abababab', raw: true, sampling: { maxTokens: 60, responseFormat: format } },
      { speculationDepth: 4 },
    );
    expect(spec.text).toMatch(/^(ab)+c?$/);
    const surprising = await ask(format, 1, { mirostat: { mode: 2, tau: 5, eta: 0.1 } });
    expect(surprising.text).toMatch(/^(ab)+c?$/);
  });

  it('goes on in another engine', async () => {
    const runner = new FakeRunner({ slots: 1, capacity: 512 });
    const first = openFakeEngine({ runner, slots: 1, contextLength: 512 }).engine;
    const request = {
      id: 'one',
      prompt: 'Hi',
      raw: true,
      sampling: { seed: 2, maxTokens: 60, responseFormat: { type: 'regex', pattern: '[ab]{30,40}' } as const },
    };
    const whole = await first.infer(request);
    const pending = first.infer(request);
    pending.catch(() => {});
    while ((await first.status()).activeRequests === 0) await pause(1);
    const state = await first.exportState();
    await first.shutdown({ drainTimeoutMs: 0 });
    await pending.catch(() => {});
    const second = openFakeEngine({ slots: 1, contextLength: 512 }).engine;
    const [restored] = await second.importState(state);
    expect((await restored?.response())?.text).toBe(whole.text);
    await second.shutdown();
  });

  it.each<[ResponseFormat, RegExp]>([
    [{ type: 'json_schema', schema: { not: { type: 'string' } } }, /`not`/],
    [{ type: 'json_schema', schema: { properties: { a: { uniqueItems: true } } } }, /\/properties\/a.*`uniqueItems`/],
    [{ type: 'json_schema', schema: { type: 'integer', minimum: 3, maximum: 2 } }, /no finite answer/],
    [
      {
        type: 'json_schema',
        schema: { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'], additionalProperties: false },
      },
      /no finite answer/,
    ],
    [{ type: 'json_schema', schema: { $ref: '#' } }, /no finite answer/],
    [{ type: 'json_schema', schema: { enum: [] } }, /no finite answer/],
    [{ type: 'json_schema', schema: { type: 'string', pattern: '(?=a)b' } }, /lookahead/],
    [{ type: 'regex', pattern: '(a)\\1' }, /backreference/],
    [{ type: 'regex', pattern: '((a{1,1000}){1,1000}){1,1000}' }, /repeats too much/],
    [{ type: 'regex', pattern: '(' }, /no regular expression/],
    [{ type: 'grammar', grammar: 'root ::= nowhere' }, /"nowhere"/],
    [{ type: 'grammar', grammar: 'root ::= root' }, /no finite answer/],
  ])('refuses %j before anything is generated', async (format, message) => {
    await expect(ask(format)).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(message),
    });
  });
});

describe('a grammar that takes too long', () => {
  it('fails alone, and others are answered meanwhile', async () => {
    const constraints = new ConstraintEngine({
      tokenizer: fakeTokenizer,
      vocabularySize: fakeTokenizer.vocabSize,
      compileTimeoutMs: 1500,
    });
    // An automaton of it that knows at each point where it is has 2^24 states.
    const bomb = `root ::= [ab]* "a" ${'[ab] '.repeat(24)}`;
    const good = constraints.compile({ type: 'choice', choices: ['a'] });
    await good.ready;
    const bad = constraints.compile({ type: 'grammar', grammar: bomb });
    const matcher = constraints.matcher(good, new Set([0]));
    await expect(matcher.ready()).resolves.toBe(true);
    await expect(bad.ready).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(/took longer/),
    });
    await constraints.compile({ type: 'choice', choices: ['b'] }).ready;
    matcher.dispose();
    constraints.dispose();
  });

  it('keeps no quick one waiting, however many there are, and is refused at once when it comes again', async () => {
    const constraints = new ConstraintEngine({
      tokenizer: fakeTokenizer,
      vocabularySize: fakeTokenizer.vocabSize,
      compileTimeoutMs: 1000,
    });
    const bombs: ConstraintSpec[] = ['c', 'd', 'e', 'f'].map((letter) => ({
      type: 'grammar',
      grammar: `root ::= [ab]* "a" ${'[ab] '.repeat(24)} "${letter}"`,
    }));
    const order: string[] = [];
    const slow = bombs.map((bomb) =>
      constraints.compile(bomb).ready.catch((error: Error) => {
        order.push('slow');
        return error.message;
      }),
    );
    const choice = constraints.compile({ type: 'choice', choices: ['a'] });
    await choice.ready.then(() => order.push('choice'));
    const matcher = constraints.matcher(choice, new Set([0]));
    await matcher.ready();
    order.push('mask');
    for (const message of await Promise.all(slow)) expect(message).toMatch(/took longer than 1000 ms/);
    expect(order).toEqual(['choice', 'mask', 'slow', 'slow', 'slow', 'slow']);
    for (const bomb of bombs) expect(() => constraints.compile(bomb)).toThrow(/took longer than 1000 ms/);
    matcher.dispose();
    constraints.dispose();
  });
});

describe('composed constraints', () => {
  const call: ConstraintSpec = {
    type: 'sequence',
    parts: [
      { type: 'literal', text: '{' },
      { type: 'repeat', of: { type: 'choice', choices: ['x', 'y'] }, separator: ',', min: 1, max: 3 },
      { type: 'literal', text: '}' },
    ],
  };
  it.each<[ConstraintSpec, readonly string[], readonly string[]]>([
    [call, ['{x}', '{x,y,x}'], ['{', '{}', '{x,}', '{x,x,x,x}']],
    [{ type: 'after', text: '</t>', inner: call }, ['hm</</t>{x}', '</t>{y}'], ['</t>', 'hm', '</t>a', '{x}']],
    [
      { type: 'triggered', triggers: [{ text: '<c>', inner: call }] },
      ['free <c', '<c>{x} and <<c>{y}', ''],
      ['<c>', '<c>z', '<<c>{'],
    ],
    [
      { type: 'triggered', triggers: [{ text: '<c>', inner: call }], atLeastOne: true },
      ['a<c>{x}b', '<c>{x}<c>{y}'],
      ['', 'free', '<c>'],
    ],
  ])('%j', async (spec, good, bad) => {
    const engine = openPieceEngine();
    for (const one of good) expect(await accepts(engine, spec, one), one).toBe(true);
    for (const one of bad) expect(await accepts(engine, spec, one), one).toBe(false);
    engine.dispose();
  });
});

describe('500 random schemas', () => {
  it('are followed by every answer that ends', async () => {
    let finished = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(schema, { minLength: 8, maxLength: 8 }), fc.nat(), async (schemas, seed) => {
        await Promise.all(
          schemas.map(async (one, i) => {
            const whole: JsonObject = { ...one, $defs: definitions };
            const answer = await ask({ type: 'json_schema', schema: whole }, seed + i).catch((error) => error);
            if (answer instanceof Error) {
              // A random pair of limits may contradict, which is said beforehand.
              expect(answer.message).toMatch(/no finite answer|exclusiveMinimum/);
              refused += 1;
              return;
            }
            if (answer.finishReason === 'length') return;
            finished += 1;
            const value: unknown = JSON.parse(answer.text);
            const isValid = ajv.validate(whole, value);
            if (!isValid)
              throw new Error(`${answer.text} does not follow ${JSON.stringify(whole)}: ${ajv.errorsText()}`);
          }),
        );
      }),
      { numRuns: 63, endOnFailure: true },
    );
    expect(finished).toBeGreaterThan(250);
    expect(refused).toBeLessThan(25);
  }, 120_000);

  it('are followed where tokens have several characters, or parts of one', async () => {
    const pieces = openPieceEngine();
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(schema, fc.nat(), async (one, seed) => {
        const whole: JsonObject = { ...one, $defs: definitions };
        const answer = await randomAnswer(pieces, { type: 'json_schema', schema: whole }, seed).catch((error) => {
          expect(error.message).toMatch(/no finite answer|exclusiveMinimum/);
        });
        if (!answer?.isFinished) return;
        finished += 1;
        const isValid = ajv.validate(whole, JSON.parse(answer.text));
        if (!isValid) throw new Error(`${answer.text} does not follow ${JSON.stringify(whole)}: ${ajv.errorsText()}`);
      }),
      { numRuns: 200, endOnFailure: true },
    );
    pieces.dispose();
    expect(finished).toBeGreaterThan(100);
  }, 60_000);
});

describe('random regular expressions', () => {
  it('are matched by every answer that ends', async () => {
    const pieces = openPieceEngine();
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(pattern, fc.nat(), async (source, seed) => {
        const answer = await randomAnswer(pieces, { type: 'regex', pattern: source }, seed).catch((error) => {
          // Three counts in one another may come to more copies than are allowed.
          expect(error.message).toMatch(/no finite answer|repeats too much/);
        });
        if (!answer?.isFinished) return;
        finished += 1;
        if (!new RegExp(`^(?:${source})$`, 'u').test(answer.text)) {
          throw new Error(`${JSON.stringify(answer.text)} does not match ${source}`);
        }
      }),
      { numRuns: 200, endOnFailure: true },
    );
    pieces.dispose();
    expect(finished).toBeGreaterThan(100);
  }, 60_000);
});

describe('random choices', () => {
  it('are one of those given', async () => {
    const pieces = openPieceEngine();
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'ab', 'hello', '"', '\\n', 'é', '日本', '<|', ' '),
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 8 }), fc.nat(), async (choices, seed) => {
        const answer = await randomAnswer(pieces, { type: 'choice', choices }, seed);
        expect(answer.isFinished).toBe(true);
        expect(choices).toContain(answer.text);
      }),
      { numRuns: 100, endOnFailure: true },
    );
    pieces.dispose();
  }, 60_000);
});

const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      'a',
      'xyz',
      'é',
      '日本',
      '\\d',
      '\\w',
      '\\s',
      '\\S',
      '\\W',
      '.',
      '[a-f]',
      '[^a-f]',
      '[^é]',
      '[а-я]',
      '\\p{Lu}',
      '\\.',
      '"',
    ),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,3}', '{2,5}', '{1,20}', '{17}'))
      .map(([a, times]) => `(${a})${times}`),
  ),
}));
