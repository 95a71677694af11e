import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape, wholeNumber } from '../shape.js';
import type { Step } from './definition.js';
import type { PairTokens, SurroundingTokens } from './tokenizer.js';

/** What a tokenizer adds to a text, and to a pair of texts. */
export interface AddedAround {
  readonly surroundingTokens: SurroundingTokens;
  readonly pairTokens: PairTokens | undefined;
}

/**
 * What a `post_processor` of tokenizer.json adds.
 * Throws `InvalidFormat` for a malformed one or an id that is not in the vocabulary, `Unsupported` for an unknown type.
 */
export function readPostProcessor(
  postProcessor: Step | undefined,
  hasToken: (id: number) => boolean,
  source: string,
): AddedAround {
  const apply = postProcessor === undefined ? unchanged : readStep(postProcessor, source);
  const single = apply([[textPart(0)]])?.flat() ?? [];
  const pair = apply([[textPart(0)], [textPart(1)]])?.flat() ?? [];
  for (const part of [...single, ...pair]) {
    if (part.kind === 'text' || hasToken(part.id)) continue;
    throw new FerrumError(
      'InvalidFormat',
      `${source}: post_processor adds token ${part.id}, which is not in the vocabulary.`,
    );
  }
  const texts = single.filter(({ kind }) => kind === 'text').length;
  if (texts !== 1) {
    throw new FerrumError('InvalidFormat', `${source}: post_processor must use the text once, not ${texts} times.`);
  }
  return { surroundingTokens: aroundText(single), pairTokens: aroundPair(pair) };
}

type Part =
  | { readonly kind: 'token'; readonly id: number; readonly typeId: number }
  | { readonly kind: 'text'; readonly index: number; readonly typeId: number };

/** One or two texts with what was added to each; a template makes a list of its parts of them. Undefined: it cannot. */
type PostProcessor = (texts: readonly (readonly Part[])[]) => readonly (readonly Part[])[] | undefined;

const unchanged: PostProcessor = (texts) => texts;

/** Without a template, the second text has the type 1, as in Hugging Face tokenizers. */
function textPart(index: number): Part {
  return { kind: 'text', index, typeId: index };
}

function readStep(step: Step, source: string): PostProcessor {
  switch (step.type) {
    case 'ByteLevel':
      return unchanged;
    case 'TemplateProcessing':
      return template(parseShape(templateShape, step, `${source}: post_processor`), source);
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const { cls, sep } = parseShape(clsSepShape, step, `${source}: post_processor`);
      return around(step.type, cls[1], sep[1], source);
    }
    case 'Sequence': {
      const { processors } = parseShape(sequenceShape, step, `${source}: post_processor`);
      const steps = processors.map((processor) => readStep(processor, source));
      return (texts) => steps.reduce<ReturnType<PostProcessor>>((parts, next) => parts && next(parts), texts);
    }
    default:
      throw new FerrumError('Unsupported', `${source}: post_processor "${step.type}" is not supported.`);
  }
}

function template({ single, pair, special_tokens }: v.InferOutput<typeof templateShape>, source: string) {
  const partsOf = (item: v.InferOutput<typeof itemShape>, texts: readonly (readonly Part[])[]): readonly Part[] => {
    if ('Sequence' in item) {
      const { id, type_id: typeId } = item.Sequence;
      return (texts[id === 'A' ? 0 : 1] ?? []).map((part) => ({ ...part, typeId }));
    }
    const { id, type_id: typeId } = item.SpecialToken;
    const token = Object.hasOwn(special_tokens, id) ? special_tokens[id] : undefined;
    if (token) return token.ids.map((tokenId) => ({ kind: 'token', id: tokenId, typeId }));
    throw new FerrumError(
      'InvalidFormat',
      `${source}: post_processor uses "${id}", which its special_tokens do not define.`,
    );
  };
  return (texts: readonly (readonly Part[])[]) => {
    requireTexts(texts, source);
    return (texts.length === 1 ? single : pair)?.map((item) => partsOf(item, texts));
  };
}

/** BERT: `[CLS] a [SEP] b [SEP]`, b of type 1. RoBERTa: `<s> a </s></s> b </s>`, all of type 0. */
function around(type: 'BertProcessing' | 'RobertaProcessing', cls: number, sep: number, source: string): PostProcessor {
  const isRoberta = type === 'RobertaProcessing';
  const token = (id: number, typeId = 0): Part => ({ kind: 'token', id, typeId });
  return (texts) => {
    requireTexts(texts, source);
    return texts.map((parts, index) => {
      const text = isRoberta ? parts.map((part) => ({ ...part, typeId: 0 })) : parts;
      if (index === 0) return [token(cls), ...text, token(sep)];
      return isRoberta ? [token(sep), ...text, token(sep)] : [...text, token(sep, 1)];
    });
  };
}

function requireTexts(texts: readonly (readonly Part[])[], source: string): void {
  if (texts.length <= 2 && texts.every((parts) => parts.some(({ kind }) => kind === 'text'))) return;
  throw new FerrumError('Unsupported', `${source}: post_processor adds tokens again after a template.`);
}

function aroundText(parts: readonly Part[]): SurroundingTokens {
  const at = parts.findIndex(({ kind }) => kind === 'text');
  const [before, after] = [parts.slice(0, at), parts.slice(at + 1)];
  const types = { before: typesOf(before), text: parts[at]?.typeId ?? 0, after: typesOf(after) };
  const isPlain = parts.every(({ typeId }) => typeId === 0);
  return { before: idsOf(before), after: idsOf(after), ...(isPlain ? {} : { types }) };
}

/** Undefined unless something parts or surrounds the texts, and each is used once, the first one first. */
function aroundPair(parts: readonly Part[]): PairTokens | undefined {
  if (parts.every(({ kind }) => kind === 'text')) return undefined;
  const places = parts.flatMap((part, place) => (part.kind === 'text' ? [{ place, part }] : []));
  const [first, second] = places;
  if (places.length !== 2 || first?.part.index !== 0 || second?.part.index !== 1) return undefined;
  const before = parts.slice(0, first.place);
  const between = parts.slice(first.place + 1, second.place);
  const after = parts.slice(second.place + 1);
  return {
    before: idsOf(before),
    between: idsOf(between),
    after: idsOf(after),
    types: {
      before: typesOf(before),
      first: first.part.typeId,
      between: typesOf(between),
      second: second.part.typeId,
      after: typesOf(after),
    },
  };
}

function idsOf(parts: readonly Part[]): readonly number[] {
  return parts.flatMap((part) => (part.kind === 'token' ? [part.id] : []));
}

function typesOf(parts: readonly Part[]): readonly number[] {
  return parts.map(({ typeId }) => typeId);
}

const id = v.pipe(wholeNumber, v.minValue(0));
const typeId = v.optional(id, 0);
const itemShape = v.union([
  v.object({ SpecialToken: v.looseObject({ id: v.string(), type_id: typeId }) }),
  v.object({ Sequence: v.looseObject({ id: v.picklist(['A', 'B']), type_id: typeId }) }),
]);
const templateShape = v.looseObject({
  single: v.array(itemShape),
  pair: v.nullish(v.array(itemShape)),
  special_tokens: v.record(v.string(), v.looseObject({ ids: v.array(id) })),
});
const clsSepShape = v.looseObject({
  cls: v.strictTuple([v.string(), id]),
  sep: v.strictTuple([v.string(), id]),
});
// One level deep: a sequence of sequences is legal and unheard of; refusing it bounds the recursion.
const innerType = v.pipe(v.string(), v.notValue('Sequence', 'nested too deeply'));
const sequenceShape = v.looseObject({ processors: v.array(v.looseObject({ type: innerType })) });
