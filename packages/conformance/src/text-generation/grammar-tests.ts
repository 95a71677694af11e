import assert from 'node:assert/strict';
import type { InferenceResponse, ResponseFormat } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { greedy, hot, stream, type TextSubject, textOf, untyped, withoutCutCharacter } from './requests.js';
import { honoured } from './sampling-tests.js';

const question = 'Which animal eats how many apples? Which colour do you like, and are you certain?';

/** Small languages, and expressions of JavaScript that know every text of them. */
const languages: Readonly<Record<string, { readonly format: ResponseFormat; readonly texts: RegExp }>> = {
  'a grammar': {
    format: {
      type: 'grammar',
      grammar: 'root ::= animal " eats " [2-9] " " ("apples" | "pears") "."?\nanimal ::= "the cat" | "a dog"',
    },
    texts: /^(the cat|a dog) eats [2-9] (apples|pears)\.?$/,
  },
  'a regular expression': {
    format: { type: 'regex', pattern: '(red|green|blue) [1-9][0-9]{0,2}' },
    texts: /^(red|green|blue) [1-9][0-9]{0,2}$/,
  },
  // One of them is the beginning of another.
  'a list of texts': {
    format: { type: 'choice', choices: ['certainly', 'certainly not', 'never'] },
    texts: /^(certainly|certainly not|never)$/,
  },
};

/** The only text that fits, so that where an answer of it may be cut is known. */
const ticks = `${'tick '.repeat(12)}tock`;
const tickFormat: ResponseFormat = { type: 'regex', pattern: '(tick ){12}tock' };

const malformed: readonly object[] = [
  { type: 'grammar' },
  { type: 'grammar', grammar: '' },
  { type: 'grammar', grammar: 'root ::= ("yes"' },
  { type: 'grammar', grammar: 'root ::= nonesuch' },
  { type: 'grammar', grammar: 'answer ::= "yes"' },
  { type: 'regex' },
  { type: 'regex', pattern: '(yes' },
  { type: 'regex', pattern: '[b-a]' },
  { type: 'regex', pattern: 'a{2,1}' },
  { type: 'choice' },
  { type: 'choice', choices: [] },
  { type: 'choice', choices: 'yes' },
  { type: 'choice', choices: [7] },
];

/** Answers that follow a grammar, a regular expression or a list of texts. */
export function grammarTests(subject: TextSubject, prompt: string): void {
  const ask = (responseFormat: ResponseFormat, maxTokens = 64) => greedy(question, maxTokens, { responseFormat });

  featureContract(subject, 'grammar', {
    works: (test) => {
      for (const [name, { format, texts }] of Object.entries(languages)) {
        test(`answers follow ${name}, however they are sampled, streamed too`, async () => {
          const answer = await subject.engine.infer(ask(format));
          requireOneOf(texts, answer);
          for (let call = 0; call < 3; call += 1) {
            const other = await honoured(subject.engine, hot(question, 64, { responseFormat: format }));
            if (other) requireOneOf(texts, other);
          }
          if (!subject.has('streaming')) return;
          assert.equal(textOf(await stream(subject.engine, ask(format))), answer.text);
        });
      }

      test('an answer that maxTokens cuts off ends with length, and begins as one that fits', async () => {
        const cut = await subject.engine.infer(ask(tickFormat, 4));
        assert.equal(cut.finishReason, 'length');
        assert.ok(ticks.startsWith(withoutCutCharacter(cut.text)), `"${cut.text}" is no beginning of "${ticks}".`);
        const whole = await subject.engine.infer(ask(tickFormat, 128));
        assert.equal(whole.text, ticks);
        assert.notEqual(whole.finishReason, 'length');
      });

      test('answers side by side, free ones among them, do not disturb each other', async () => {
        const formats = Object.values(languages).map(({ format }) => format);
        const requests = [...formats.map((format) => ask(format)), greedy(prompt, 24), ask(tickFormat, 128)];
        const alone: string[] = [];
        for (const request of requests) alone.push((await subject.engine.infer(request)).text);
        const together = await Promise.all(requests.map((request) => subject.engine.infer(request)));
        assert.deepEqual(
          together.map(({ text }) => text),
          alone,
        );
      });

      test('refuses what is malformed, and goes on', async () => {
        for (const responseFormat of malformed) {
          const request = untyped({ prompt: question, sampling: { maxTokens: 8, responseFormat } });
          try {
            await rejection(() => subject.engine.infer(request), 'RequestValidation', 'InvalidParameter');
          } catch (error) {
            const what = JSON.stringify(responseFormat);
            throw new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
          }
        }
        requireOneOf(/^yes$/, await subject.engine.infer(ask({ type: 'choice', choices: ['yes'] })));
      });
    },
    uses: Object.fromEntries(
      Object.entries(languages).map(([name, { format }]) => [name, (engine) => engine.infer(ask(format))]),
    ),
  });
}

function requireOneOf(texts: RegExp, { text, finishReason }: InferenceResponse): void {
  assert.match(text, texts);
  assert.notEqual(finishReason, 'length', `"${text}" fits, but the engine does not say that it is complete.`);
}
