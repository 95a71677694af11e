import assert from 'node:assert/strict';
import type { InferenceResponse, ResponseFormat } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { greedy, stream, type TextSubject, textOf, untyped } from './requests.js';

const schema = {
  type: 'object',
  properties: {
    colour: { type: 'string', enum: ['red', 'green'] },
    weight: { type: 'number' },
    sure: { type: 'boolean' },
  },
  required: ['colour', 'weight', 'sure'],
  additionalProperties: false,
};

/** With an example: without one a small model may go on adding fields until the tokens are used up. */
const question =
  'Describe an apple as a JSON object with its colour, its weight in grams, and whether you are sure, such as ' +
  '{"colour": "green", "weight": 150, "sure": true}.';

/** Answers that are JSON. */
export function structuredTests(subject: TextSubject): void {
  const ask = (responseFormat: ResponseFormat) =>
    greedy(question, 256, {
      responseFormat,
    });

  featureContract(subject, 'json-object', {
    works: (test) => {
      test('the answer is a JSON object, streamed too', async () => {
        const request = ask({ type: 'json_object' });
        const answer = await subject.engine.infer(request);
        objectOf(answer);
        if (subject.has('streaming')) assert.equal(textOf(await stream(subject.engine, request)), answer.text);
      });
    },
    uses: { 'a JSON object': (engine) => engine.infer(ask({ type: 'json_object' })) },
  });

  featureContract(subject, 'json-schema', {
    works: (test) => {
      test('the answer fits the schema', async () => {
        const answer = objectOf(await subject.engine.infer(ask({ type: 'json_schema', schema })));
        assert.deepEqual(Object.keys(answer).sort(), ['colour', 'sure', 'weight']);
        assert.ok(['red', 'green'].includes(String(answer.colour)), `colour is ${answer.colour}.`);
        assert.equal(typeof answer.weight, 'number');
        assert.equal(typeof answer.sure, 'boolean');
      });

      test('refuses what is no schema', async () => {
        for (const wrong of [undefined, null, 'object', 7]) {
          const request = untyped(ask({ type: 'json_schema', schema: wrong } as unknown as ResponseFormat));
          await rejection(() => subject.engine.infer(request), 'RequestValidation', 'InvalidParameter', 'Unsupported');
        }
      });
    },
    uses: { 'JSON of a schema': (engine) => engine.infer(ask({ type: 'json_schema', schema })) },
  });
}

function objectOf({ text, finishReason }: InferenceResponse): Readonly<Record<string, unknown>> {
  assert.notEqual(finishReason, 'length', `The object was not finished within 256 tokens: ${text}`);
  const value: unknown = JSON.parse(text);
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${text} is no object.`);
  return value as Readonly<Record<string, unknown>>;
}
