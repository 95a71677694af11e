import type { GgufModel } from './gguf-tokenizer.js';
import { type GgufMetadata, type GgufVocabulary, invalid, readBoolean, tokenType } from './gguf-vocabulary.js';
import { MapVocabulary } from './map-vocabulary.js';

/**
 * `tokenizer.ggml.model` = `bert`: WordPiece. The format marks the start of a word (`▁play`) where WordPiece marks its
 * continuation (`##ing`), so the texts are turned back.
 */
export function wordPieceModel(metadata: GgufMetadata, vocabulary: GgufVocabulary, source: string): GgufModel {
  const { types, specialTokens } = vocabulary;
  const texts = [...vocabulary.texts];
  const pieces = texts.map((text, id) => (isSpecial(text, types[id]) ? text : toWordPiece(text)));
  const unknown = specialTokens.unk === undefined ? '[UNK]' : pieces[specialTokens.unk];
  if (unknown === undefined || !pieces.includes(unknown)) {
    throw invalid('tokenizer.ggml.unknown_token_id', source, 'is missing, and there is no [UNK] token');
  }
  // Files made before these keys existed hold uncased models, or cased ones that show it in their vocabulary.
  const lowercase =
    readBoolean(metadata, 'tokenizer.ggml.normalizer.lowercase', source) ??
    !pieces.some((piece, id) => isWord(texts[id] ?? '', types[id]) && /[A-Z]/.test(piece));
  return {
    model: {
      kind: 'wordpiece',
      vocabulary: new MapVocabulary(new Map(pieces.map((piece, id) => [piece, id]))),
      unknownToken: unknown,
      continuingSubwordPrefix: '##',
      maxInputCharactersPerWord: 100,
    },
    addedTokens: texts.flatMap((content, id) =>
      isSpecial(content, types[id]) && !content.startsWith('[unused')
        ? [{ id, content, special: true, lstrip: false, rstrip: false, normalized: false }]
        : [],
    ),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: readBoolean(metadata, 'tokenizer.ggml.normalizer.strip_accents', source) ?? null,
      lowercase,
    },
    preTokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    adds: { bos: true, eos: false, sep: true },
  };
}

/** The converter leaves `[CLS]` and the like as they are, whatever type it gives them. */
function isSpecial(text: string, type: number | undefined): boolean {
  return type === tokenType.control || type === tokenType.unknown || /^\[.+\]$/.test(text);
}

/** Padding of the vocabulary is no word of it. */
function isWord(text: string, type: number | undefined): boolean {
  return type !== tokenType.unused && !isSpecial(text, type);
}

function toWordPiece(text: string): string {
  return text.startsWith('▁') ? text.slice(1) : `##${text}`;
}
