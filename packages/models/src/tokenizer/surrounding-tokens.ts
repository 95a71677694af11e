import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape, wholeNumber } from '../shape.js';
import type { Step } from './definition.js';
import type { SurroundingTokens } from './tokenizer.js';

/**
 * What a `post_processor` of tokenizer.json adds to a single text.
 * Throws `InvalidFormat` for a malformed one or an id that is not in the vocabulary, `Unsupported` for an unknown type.
 */
export function readSurroundingTokens(
  postProcessor: Step | undefined,
  hasToken: (id: number) => boolean,
  source: string,
): SurroundingTokens {
  const around = postProcessor === undefined ? { before: [], after: [] } : readStep(postProcessor, source);
  for (const id of [...around.before, ...around.after]) {
    if (hasToken(id)) continue;
    throw new FerrumError(
      'InvalidFormat',
      `${source}: post_processor adds token ${id}, which is not in the vocabulary.`,
    );
  }
  return around;
}

function readStep(step: Step, source: string): SurroundingTokens {
  switch (step.type) {
    case 'ByteLevel':
      return { before: [], after: [] };
    case 'TemplateProcessing':
      return readTemplate(parseShape(templateShape, step, `${source}: post_processor`), source);
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const { cls, sep } = parseShape(clsSepShape, step, `${source}: post_processor`);
      return { before: [cls[1]], after: [sep[1]] };
    }
    case 'Sequence': {
      const { processors } = parseShape(sequenceShape, step, `${source}: post_processor`);
      const inner = processors.map((processor) => readStep(processor, source));
      return { before: inner.toReversed().flatMap((one) => one.before), after: inner.flatMap((one) => one.after) };
    }
    default:
      throw new FerrumError('Unsupported', `${source}: post_processor "${step.type}" is not supported.`);
  }
}

function readTemplate(template: v.InferOutput<typeof templateShape>, source: string): SurroundingTokens {
  const before: number[] = [];
  const after: number[] = [];
  let sequences = 0;
  for (const item of template.single) {
    if ('Sequence' in item) {
      sequences += 1;
      continue;
    }
    const token = template.special_tokens[item.SpecialToken.id];
    if (token === undefined) {
      throw new FerrumError(
        'InvalidFormat',
        `${source}: post_processor uses "${item.SpecialToken.id}", which its special_tokens do not define.`,
      );
    }
    (sequences === 0 ? before : after).push(...token.ids);
  }
  if (sequences === 1) return { before, after };
  throw new FerrumError('InvalidFormat', `${source}: post_processor must use the text once, not ${sequences} times.`);
}

const id = v.pipe(wholeNumber, v.minValue(0));
const templateShape = v.looseObject({
  single: v.array(
    v.union([
      v.object({ SpecialToken: v.looseObject({ id: v.string() }) }),
      v.object({ Sequence: v.looseObject({ id: v.string() }) }),
    ]),
  ),
  special_tokens: v.record(v.string(), v.looseObject({ ids: v.array(id) })),
});
const clsSepShape = v.looseObject({
  cls: v.strictTuple([v.string(), id]),
  sep: v.strictTuple([v.string(), id]),
});
// One level deep: a sequence of sequences is legal and unheard of; refusing it bounds the recursion.
const innerType = v.pipe(v.string(), v.notValue('Sequence', 'nested too deeply'));
const sequenceShape = v.looseObject({ processors: v.array(v.looseObject({ type: innerType })) });
