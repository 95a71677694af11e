import * as v from 'valibot';
import { parseShape, wholeNumber } from '../shape.js';
import type { SpecialTokenRole } from './tokenizer.js';

/** What Ferrum reads of `tokenizer_config.json` and `special_tokens_map.json`. */
export type TokenizerConfig = v.InferOutput<typeof configShape>;

/** Throws `InvalidFormat` naming the field that is wrong. */
export function readTokenizerConfig(value: unknown, source: string): TokenizerConfig {
  return parseShape(configShape, value, source);
}

export function tokenOfRole(config: TokenizerConfig, role: SpecialTokenRole): string | undefined {
  const token = config[`${role}_token`];
  return typeof token === 'object' && token !== null ? token.content : (token ?? undefined);
}

/** The end-of-sequence ids of `generation_config.json`. Throws `InvalidFormat`. */
export function readGenerationConfig(value: unknown, source: string): readonly number[] {
  const { eos_token_id: ids } = parseShape(generationShape, value, source);
  return ids === undefined || ids === null ? [] : [ids].flat();
}

const token = v.nullish(v.union([v.string(), v.looseObject({ content: v.string() })]));
const configShape = v.looseObject({
  bos_token: token,
  eos_token: token,
  unk_token: token,
  pad_token: token,
  sep_token: token,
  cls_token: token,
  mask_token: token,
  chat_template: v.nullish(v.union([v.string(), v.array(v.looseObject({ name: v.string(), template: v.string() }))])),
});
const generationShape = v.looseObject({ eos_token_id: v.nullish(v.union([wholeNumber, v.array(wholeNumber)])) });
