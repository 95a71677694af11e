import assert from 'node:assert/strict';
import { featureContract } from '../engine/feature-contract.js';
import { greedy, stream, type TextSubject, textOf } from './requests.js';

/** Stop sequences. */
export function stoppingTests(subject: TextSubject, prompt: string): void {
  const never = '\u0001never\u0001';
  featureContract(subject, 'stop-sequences', {
    works: (test) => {
      test('ends before a text that goes from one word into the next, and gives nothing of it', async () => {
        const { text } = await subject.engine.infer(greedy(prompt, 24));
        const stop = stopWithin(text);
        const expected = text.slice(0, text.indexOf(stop));
        const answer = await subject.engine.infer(greedy(prompt, 24, { stopSequences: [never, stop] }));
        assert.equal(answer.text, expected, `The answer must end before the stop sequence "${stop}".`);
        assert.equal(answer.finishReason, 'stop');
        if (!subject.has('streaming')) return;
        const chunks = await stream(subject.engine, greedy(prompt, 24, { stopSequences: [never, stop] }));
        assert.equal(textOf(chunks), expected, 'The stream gave away part of the stop sequence, or lost text.');
        assert.equal(chunks.at(-1)?.finishReason, 'stop');
      });

      test('ends before the first of several', async () => {
        const { text } = await subject.engine.infer(greedy(prompt, 24));
        const stop = stopWithin(text);
        const later = text.slice(text.indexOf(stop) + stop.length).slice(0, 6);
        const answer = await subject.engine.infer(greedy(prompt, 24, { stopSequences: [later, stop] }));
        assert.equal(answer.text, text.slice(0, Math.min(text.indexOf(stop), text.indexOf(later))));
      });

      test('gives the whole text where none of them comes, also one that only begins', async () => {
        const whole = await subject.engine.infer(greedy(prompt, 12));
        const stopSequences = [never, `${whole.text.slice(-3)}${never}`];
        const answer = await subject.engine.infer(greedy(prompt, 12, { stopSequences }));
        assert.equal(answer.text, whole.text);
        assert.equal(answer.finishReason, whole.finishReason);
        if (!subject.has('streaming')) return;
        assert.equal(textOf(await stream(subject.engine, greedy(prompt, 12, { stopSequences }))), whole.text);
      });
    },
    uses: { 'a stop sequence': (engine) => engine.infer(greedy(prompt, 4, { stopSequences: ['x'] })) },
  });
}

/** The end of a word and the beginning of the next, after a third of the text: hardly ever one token. */
function stopWithin(text: string): string {
  const from = Math.floor(text.length / 3);
  const [stop] = /[^\s\uFFFD]\s+[^\s\uFFFD]/u.exec(text.slice(from)) ?? [text.slice(from, from + 4)];
  assert.ok(
    stop.length > 0 && text.indexOf(stop) > 0,
    `The answer "${text}" is too short to stop in its middle; give options.prompt.`,
  );
  return stop;
}
