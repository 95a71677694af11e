import { byteLevelText } from './byte-level.js';
import { BytePairMerger } from './byte-pair-merger.js';
import type { BpeDefinition, TokenizerDefinition, UnigramDefinition, WordPieceDefinition } from './definition.js';
import { BPE, type LibraryModel, type LibraryUnigram, Unigram, WordPiece } from './library.js';
import { PartCache } from './part-cache.js';
import { VisibleVocabulary } from './visible-vocabulary.js';

/**
 * The library's model, with our vocabulary, our merging and without the special tokens, which no text may become.
 * @param writesBytes whether words come as they are, and byte-level BPE is to write their bytes
 */
export function createModel({ model, addedTokens }: TokenizerDefinition, writesBytes: boolean): LibraryModel {
  const hidden = new Set(addedTokens.filter((token) => token.special).map((token) => token.content));
  if (model.kind === 'unigram') return createUnigram(model, hidden);
  const created = model.kind === 'bpe' ? createBpe(model, writesBytes) : createWordPiece(model);
  if (model.unknownToken !== undefined) {
    hidden.delete(model.unknownToken);
    created.unk_token_id = model.vocabulary.get(model.unknownToken);
  }
  // The library's constructors want the vocabulary as an object; setting what they make of it saves that detour.
  created.tokens_to_ids = new VisibleVocabulary(model.vocabulary, hidden);
  return created;
}

function createBpe(model: BpeDefinition, writesBytes: boolean): LibraryModel {
  const bpe = new BPE({
    vocab: {},
    merges: [],
    unk_token: model.unknownToken,
    fuse_unk: model.fuseUnknown,
    byte_fallback: model.byteFallback,
    // See `split`.
    ignore_merges: false,
  });
  // The library's own merging looks pairs up as JSON, and its cache of words takes longer than merging once it is full.
  const merger = new BytePairMerger(model.vocabulary, model.merges, model.endOfWordSuffix);
  const known = new PartCache<string>();
  const split = (word: string) => {
    const text = writesBytes ? byteLevelText(word) : word;
    return model.ignoreMerges && bpe.tokens_to_ids.has(text) ? [text] : merger.split(text);
  };
  bpe.bpe = (word) => known.get(word, split);
  return bpe;
}

function createWordPiece(model: WordPieceDefinition): LibraryModel {
  return new WordPiece({
    vocab: {},
    unk_token: model.unknownToken,
    continuing_subword_prefix: model.continuingSubwordPrefix,
    max_input_chars_per_word: model.maxInputCharactersPerWord,
  });
}

function createUnigram(model: UnigramDefinition, hidden: ReadonlySet<string>): LibraryModel {
  // The second parameter names a token that only the library's unused decoding looks at.
  const unigram = new Unigram({ vocab: model.pieces, unk_id: model.unknownId }, '');
  for (const content of hidden) forget(unigram, content);
  unigram.tokens_to_ids = new VisibleVocabulary(unigram.tokens_to_ids, hidden);
  return unigram;
}

/** Makes a piece unfindable in text. */
function forget(unigram: LibraryUnigram, piece: string): void {
  let node: LibraryUnigram['trie']['root'] | undefined = unigram.trie.root;
  for (const character of piece) node = node?.children.get(character);
  if (node) node.is_leaf = false;
}
