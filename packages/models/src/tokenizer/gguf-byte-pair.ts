import { FerrumError } from '@ferrum/registry/errors';
import type { GgufModel } from './gguf-tokenizer.js';
import { type GgufMetadata, type GgufVocabulary, requireStrings, shown } from './gguf-vocabulary.js';
import { readMerges } from './merges-by-rank.js';
import { preTokenizerKinds } from './pre-tokenizer-kinds.js';

/** `tokenizer.ggml.model` = `gpt2`: byte-level BPE, its word pattern named by `tokenizer.ggml.pre`. */
export function bytePairModel(metadata: GgufMetadata, vocabulary: GgufVocabulary, source: string): GgufModel {
  const name = metadata.get('tokenizer.ggml.pre');
  const kind = typeof name === 'string' ? preTokenizerKinds.get(name) : undefined;
  if (kind === undefined) {
    throw new FerrumError(
      'Unsupported',
      `${source}: the pre-tokenizer "${shown(name ?? '(none)')}" is not supported; ${[...preTokenizerKinds.keys()].join(', ')} are. If the model's tokenizer.json is at hand, use that.`,
      { details: { preTokenizer: shown(name ?? '') } },
    );
  }
  const merges = requireStrings(metadata, 'tokenizer.ggml.merges', source);
  return {
    model: {
      kind: 'bpe',
      vocabulary: vocabulary.ids,
      merges: readMerges(merges, vocabulary.ids, `${source}: metadata "tokenizer.ggml.merges"`),
      fuseUnknown: false,
      byteFallback: false,
      ignoreMerges: kind.ignoreMerges ?? false,
    },
    addedTokens: vocabulary.addedTokens,
    normalizer: kind.normalizer,
    preTokenizer: kind.preTokenizer,
    decoder: { type: 'ByteLevel' },
    adds: { bos: kind.addBos ?? false, eos: false, sep: false },
  };
}
