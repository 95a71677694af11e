import type { Step } from './definition.js';
import type { GgufModel } from './gguf-tokenizer.js';
import {
  type GgufMetadata,
  type GgufVocabulary,
  invalid,
  readBoolean,
  readNumbers,
  tokenType,
} from './gguf-vocabulary.js';
import { MergesByScore } from './merges-by-score.js';

/** `tokenizer.ggml.model` = `llama`: BPE over raw text with ▁ for spaces, merged by score, bytes for unknown characters. */
export function sentencePieceModel(metadata: GgufMetadata, vocabulary: GgufVocabulary, source: string): GgufModel {
  const { texts, types, ids, specialTokens } = vocabulary;
  const scores = readNumbers(metadata, 'tokenizer.ggml.scores', texts.length, source);
  if (scores === undefined) throw invalid('tokenizer.ggml.scores', source, 'is missing');
  // Tokens of other types are found in the text or stand for bytes; they never come out of a merge.
  const mergeScores = Float64Array.from(scores, (score, id) => {
    if (types[id] !== tokenType.normal) return Number.NaN;
    if (Number.isNaN(score)) throw invalid('tokenizer.ggml.scores', source, `has no number for token ${id}`);
    return score;
  });
  const unknown = specialTokens.unk === undefined ? undefined : texts.at(specialTokens.unk);
  const addsSpace = readBoolean(metadata, 'tokenizer.ggml.add_space_prefix', source) ?? true;
  const spaces: Step = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  return {
    model: {
      kind: 'bpe',
      vocabulary: ids,
      merges: new MergesByScore(mergeScores),
      ...(unknown !== undefined && { unknownToken: unknown }),
      fuseUnknown: true,
      byteFallback: true,
      ignoreMerges: false,
    },
    addedTokens: vocabulary.addedTokens,
    normalizer: {
      type: 'Sequence',
      normalizers: addsSpace ? [{ type: 'Prepend', prepend: '▁' }, spaces] : [spaces],
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(addsSpace ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    adds: { bos: true, eos: false, sep: false },
  };
}
