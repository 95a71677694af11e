import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { type TokenizerConfig, tokenOfRole } from './tokenizer-config.js';

const settingsShape = v.looseObject({
  do_lower_case: v.optional(v.boolean(), true),
  strip_accents: v.nullish(v.boolean()),
  tokenize_chinese_chars: v.optional(v.boolean(), true),
});

/**
 * What tokenizer.json would say of a BERT tokenizer that has only its vocab.txt, a token a line: BertTokenizer's defaults
 * where tokenizer_config.json says nothing (`BertConverter` of transformers).
 * Throws `InvalidFormat` when the vocabulary lacks one of the tokens that surround or replace text.
 */
export function tokenizerOfVocabulary(text: string, configs: readonly TokenizerConfig[], source: string): unknown {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const vocab = Object.fromEntries(lines.map((line, id) => [line, id]));
  const roleOf = (role: 'unk' | 'cls' | 'sep' | 'pad' | 'mask', fallback: string): string => {
    const token = configs.map((config) => tokenOfRole(config, role)).find((name) => name !== undefined) ?? fallback;
    if (Object.hasOwn(vocab, token)) return token;
    throw new FerrumError(
      'InvalidFormat',
      `${source} lacks the token ${token}; the file is incomplete or of another kind.`,
    );
  };
  const [unknown, cls, sep, pad, mask] = [
    roleOf('unk', '[UNK]'),
    roleOf('cls', '[CLS]'),
    roleOf('sep', '[SEP]'),
    roleOf('pad', '[PAD]'),
    roleOf('mask', '[MASK]'),
  ];
  const settings = v.parse(settingsShape, configs[0] ?? {});
  return {
    model: {
      type: 'WordPiece',
      vocab,
      unk_token: unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    added_tokens: [pad, unknown, cls, sep, mask].map((content) => ({ id: vocab[content], content, special: true })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: settings.tokenize_chinese_chars,
      strip_accents: settings.strip_accents ?? null,
      lowercase: settings.do_lower_case,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: [cls, vocab[cls]], sep: [sep, vocab[sep]] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  };
}
