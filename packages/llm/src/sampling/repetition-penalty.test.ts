import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RepetitionPenalty } from './repetition-penalty.js';
import { rows } from './testing/naive.js';

describe('RepetitionPenalty', () => {
  it('divides positive and multiplies negative logits of the tokens of prompt and answer, once each', () => {
    const ids = fc.array(fc.nat(1000), { maxLength: 20 });
    fc.assert(
      fc.property(rows, ids, ids, fc.double({ min: 0.5, max: 2, noNaN: true }), (row, some, others, penalty) => {
        const [prompt, answer] = [some, others].map((list) => list.map((id) => id % row.length)) as [
          number[],
          number[],
        ];
        const processor = new RepetitionPenalty(penalty, prompt);
        for (const token of answer) processor.accept(token);
        const logits = row.slice();
        processor.process(logits);
        const expected = row.map((logit, token) => {
          if (!prompt.includes(token) && !answer.includes(token)) return logit;
          return logit > 0 ? logit / penalty : logit * penalty;
        });
        expect(logits).toEqual(expected);
      }),
    );
  });
});
