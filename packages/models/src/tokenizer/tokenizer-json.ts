import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape } from '../shape.js';
import { type Ctranslate2Vocabulary, isTimestamp, missingControlTokens } from './ctranslate2-vocabulary.js';
import type { AddedToken, ModelDefinition, TokenizerDefinition } from './definition.js';
import { collectEndOfGenerationTokens } from './end-of-generation.js';
import { readPostProcessor } from './post-processor.js';
import type { SpecialTokens } from './tokenizer.js';
import { type TokenizerConfig, tokenOfRole } from './tokenizer-config.js';
import { readModel, tokenIdSchema } from './tokenizer-json-model.js';

export interface TokenizerJsonFiles {
  /** Parsed `tokenizer.json`. */
  readonly tokenizer: unknown;
  /** The first one that names a role's token wins. */
  readonly configs?: readonly TokenizerConfig[];
  /** Ids of `generation_config.json`. */
  readonly endOfGeneration?: readonly number[];
  /** Of a CTranslate2 folder. */
  readonly vocabulary?: Ctranslate2Vocabulary;
}

/**
 * Reads Hugging Face's tokenizer.json. Its `truncation` and `padding` are left out on purpose: they say how somebody once
 * prepared a batch, and callers decide that anew.
 * Throws `InvalidFormat` naming the field that is wrong, `Unsupported` naming a model or step that is not known here.
 */
export function readTokenizerJson(files: TokenizerJsonFiles, source: string): TokenizerDefinition {
  const json = parseShape(tokenizerShape, files.tokenizer, source);
  const model = readModel(json.model, source);
  const addedTokens = withVocabulary(readAddedTokens(json.added_tokens ?? [], model, source), model, files.vocabulary);
  const idOf = idLookup(model, addedTokens);
  const isKnown = knownIds(model, addedTokens);

  const specialTokens: { -readonly [Role in keyof SpecialTokens]: number } = {};
  for (const role of ['bos', 'eos', 'unk', 'pad', 'sep', 'cls', 'mask'] as const) {
    const text = files.configs?.map((config) => tokenOfRole(config, role)).find((token) => token !== undefined);
    const id = text === undefined ? undefined : idOf(text);
    if (id !== undefined) specialTokens[role] = id;
  }
  const unknown = unknownIdOf(model);
  if (unknown !== undefined) specialTokens.unk ??= unknown;

  return {
    source,
    model,
    addedTokens,
    normalizer: json.normalizer ?? undefined,
    preTokenizer: json.pre_tokenizer ?? undefined,
    decoder: json.decoder ?? undefined,
    ...readPostProcessor(json.post_processor ?? undefined, isKnown, source),
    specialTokens,
    endOfGenerationTokens: collectEndOfGenerationTokens(
      [specialTokens.eos, ...(files.endOfGeneration ?? []).filter(isKnown)],
      addedTokens,
    ),
  };
}

const stepShape = v.nullish(v.looseObject({ type: v.string() }));
const flag = v.optional(v.boolean(), false);
const addedTokenShape = v.looseObject({
  id: tokenIdSchema,
  content: v.pipe(v.string(), v.minLength(1)),
  special: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: v.optional(v.boolean()),
});
const tokenizerShape = v.looseObject({
  added_tokens: v.nullish(v.array(addedTokenShape)),
  normalizer: stepShape,
  pre_tokenizer: stepShape,
  post_processor: stepShape,
  decoder: stepShape,
  model: v.looseObject({ type: v.optional(v.string()) }),
});

function readAddedTokens(
  tokens: readonly v.InferOutput<typeof addedTokenShape>[],
  model: ModelDefinition,
  source: string,
): readonly AddedToken[] {
  const idInModel = idLookup(model, []);
  const seen = new Map<number, string>();
  return tokens.map(({ id, content, special, lstrip, rstrip, normalized }) => {
    const modelId = idInModel(content);
    const other = seen.get(id);
    if ((modelId !== undefined && modelId !== id) || (other !== undefined && other !== content)) {
      throw new FerrumError(
        'InvalidFormat',
        `${source}: added_tokens gives ${JSON.stringify(content)} the id ${id}, but ` +
          (other === undefined ? `the vocabulary gives it ${modelId}.` : `${JSON.stringify(other)} has that id.`),
      );
    }
    seen.set(id, content);
    const isControl = special || isTimestamp(content);
    return { id, content, special: isControl, lstrip, rstrip, normalized: normalized ?? !isControl };
  });
}

function withVocabulary(
  addedTokens: readonly AddedToken[],
  model: ModelDefinition,
  vocabulary: Ctranslate2Vocabulary | undefined,
): readonly AddedToken[] {
  if (vocabulary === undefined) return addedTokens;
  const isTaken = knownIds(model, addedTokens);
  return [...addedTokens, ...missingControlTokens(vocabulary, idLookup(model, addedTokens), isTaken)];
}

function knownIds(model: ModelDefinition, addedTokens: readonly AddedToken[]): (id: number) => boolean {
  const added = new Set(addedTokens.map((token) => token.id));
  return (id) => added.has(id) || textOf(model, id) !== undefined;
}

function idLookup(model: ModelDefinition, addedTokens: readonly AddedToken[]): (text: string) => number | undefined {
  const added = new Map(addedTokens.map((token) => [token.content, token.id]));
  const ofModel = model.kind === 'unigram' ? new Map(model.pieces.map(([text], id) => [text, id])) : model.vocabulary;
  return (text) => added.get(text) ?? ofModel.get(text);
}

function textOf(model: ModelDefinition, id: number): string | undefined {
  return model.kind === 'unigram' ? model.pieces[id]?.[0] : model.vocabulary.text(id);
}

function unknownIdOf(model: ModelDefinition): number | undefined {
  if (model.kind === 'unigram') return model.unknownId;
  return model.unknownToken === undefined ? undefined : model.vocabulary.get(model.unknownToken);
}
