import { FerrumError } from '@ferrum/registry/errors';
import type { ModelDefinition, Step, TokenizerDefinition } from './definition.js';
import { collectEndOfGenerationTokens } from './end-of-generation.js';
import { bytePairModel } from './gguf-byte-pair.js';
import { sentencePieceModel } from './gguf-sentencepiece.js';
import { type GgufMetadata, invalid, readBoolean, readTokenId, readVocabulary, shown } from './gguf-vocabulary.js';
import { wordPieceModel } from './gguf-wordpiece.js';
import { buildTokenizer } from './library-tokenizer.js';
import type { PairTokens, SpecialTokens, SurroundingTokens, Tokenizer } from './tokenizer.js';

/** What one kind of GGUF tokenizer adds to the vocabulary that all of them have. */
export interface GgufModel {
  readonly model: ModelDefinition;
  readonly addedTokens: TokenizerDefinition['addedTokens'];
  readonly normalizer?: Step | undefined;
  readonly preTokenizer?: Step | undefined;
  readonly decoder: Step;
  /** Unless the file says otherwise (`tokenizer.ggml.add_bos_token` …). */
  readonly adds: { readonly bos: boolean; readonly eos: boolean; readonly sep: boolean };
}

/**
 * Builds the tokenizer that a GGUF file describes (`tokenizer.ggml.*`, as llama.cpp writes it): byte-level BPE,
 * SentencePiece-style BPE, WordPiece.
 * Throws `InvalidFormat` naming the key that is wrong, `Unsupported` naming a model or pre-tokenizer that is not known.
 * @param source for messages, such as the file's path
 */
export function tokenizerFromGguf(metadata: GgufMetadata, source = 'the GGUF file'): Tokenizer {
  const read = readers.get(metadata.get('tokenizer.ggml.model'));
  if (read === undefined) throw unknownModel(metadata.get('tokenizer.ggml.model'), source);
  const vocabulary = readVocabulary(metadata, source);
  const { adds, normalizer, preTokenizer, ...rest } = read(metadata, vocabulary, source);
  const { specialTokens } = vocabulary;
  const declared = ['eot', 'eom'].map((name) =>
    readTokenId(metadata, `tokenizer.ggml.${name}_token_id`, vocabulary.texts.length, source),
  );
  return buildTokenizer({
    ...rest,
    source,
    normalizer,
    preTokenizer,
    specialTokens,
    ...addedAround(metadata, specialTokens, adds, source),
    endOfGenerationTokens: collectEndOfGenerationTokens([specialTokens.eos, ...declared], rest.addedTokens),
  });
}

const readers: ReadonlyMap<
  unknown,
  (metadata: GgufMetadata, vocabulary: ReturnType<typeof readVocabulary>, source: string) => GgufModel
> = new Map([
  ['gpt2', bytePairModel],
  ['llama', sentencePieceModel],
  ['bert', wordPieceModel],
]);

function addedAround(
  metadata: GgufMetadata,
  tokens: SpecialTokens,
  defaults: GgufModel['adds'],
  source: string,
): { readonly surroundingTokens: SurroundingTokens; readonly pairTokens: PairTokens | undefined } {
  const added = (name: 'bos' | 'eos' | 'sep', id: number | undefined): readonly number[] => {
    const key = `tokenizer.ggml.add_${name}_token`;
    const declared = readBoolean(metadata, key, source);
    if (!(declared ?? defaults[name])) return [];
    if (id !== undefined) return [id];
    // Asked for by the file, so a token must be there; a default has to do without it.
    if (declared) throw invalid(key, source, `is true, but no ${name} token is named`);
    return [];
  };
  const before = added('bos', tokens.bos ?? tokens.cls);
  const [eos, sep] = [added('eos', tokens.eos), added('sep', tokens.sep)];
  const isBert = metadata.get('tokenizer.ggml.model') === 'bert';
  return {
    surroundingTokens: { before, after: [...eos, ...sep] },
    // BERT ends each text with [SEP]; elsewhere a separator is what parts two texts, as in llama.cpp's reranking.
    pairTokens:
      sep.length === 0 ? undefined : joinPair(before, [...eos, ...sep], isBert ? [...eos, ...sep] : eos, isBert),
  };
}

/** Models that know token types are BERT's kin. */
function joinPair(
  before: readonly number[],
  between: readonly number[],
  after: readonly number[],
  isTyped: boolean,
): PairTokens {
  const second = isTyped ? 1 : 0;
  const types = { before: before.map(() => 0), first: 0, between: between.map(() => 0) };
  return { before, between, after, types: { ...types, second, after: after.map(() => second) } };
}

function unknownModel(model: unknown, source: string): FerrumError {
  if (model === undefined) return invalid('tokenizer.ggml.model', source, 'is missing: the file has no tokenizer');
  return new FerrumError(
    'Unsupported',
    `${source}: the tokenizer model "${shown(model)}" is not supported; gpt2, llama and bert are. If the model's tokenizer.json is at hand, use that.`,
    { details: { model: shown(model) } },
  );
}
