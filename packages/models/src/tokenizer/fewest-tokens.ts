import { byteLevelBytes, byteLevelCharacters } from './byte-level.js';
import type { BpeDefinition, Step, TokenizerDefinition, Vocabulary } from './definition.js';
import { flattenSteps } from './flatten-steps.js';
import { TokenStarts } from './token-starts.js';

/**
 * A number of tokens that a text has at the least, told in a small part of the time that encoding takes. It may be too low,
 * never too high.
 * @param text as the model gets it: normalized, but for added tokens that are found before that
 * @param limit counting stops at one more
 */
export type FewestTokens = (text: string, limit: number) => number;

/**
 * How to tell it; undefined unless the tokens of each text cover all of it that is known, as those of byte-pair encoding do
 * where characters fall back to bytes.
 * @param addedTexts of the added tokens, as they are looked for: also normalized
 */
export function fewestTokensOf(
  definition: TokenizerDefinition,
  addedTexts: Iterable<string>,
): FewestTokens | undefined {
  const { model, addedTokens } = definition;
  // White space beside a token that is stripped goes.
  const isStripped = addedTokens.some(({ lstrip, rstrip }) => lstrip || rstrip);
  if (model.kind !== 'bpe' || model.endOfWordSuffix || isStripped || losesText(model, addedTokens)) return undefined;
  const coverage = coverageOf(model, flattenSteps(definition.preTokenizer, 'pretokenizers'));
  if (coverage === undefined) return undefined;
  const { vocabulary } = model;
  const added = [...addedTexts];
  // Made late, as few texts need it: takes some 20 ms for 50,000 tokens.
  let starts: TokenStarts | undefined;
  return (text, limit) => {
    starts ??= new TokenStarts(tokensOf(vocabulary, added, coverage), vocabulary.size);
    const soon = starts.fewest(coverage.ofText(startOf(text, limit * usualCharacters)), limit);
    return soon > limit ? soon : starts.fewest(coverage.ofText(text), limit);
  };
}

function* tokensOf(vocabulary: Vocabulary, added: readonly string[], coverage: Coverage): Generator<Uint8Array> {
  for (const text of added) yield coverage.ofText(text);
  for (let id = 0; id < vocabulary.size; id++) {
    const token = vocabulary.text(id);
    if (token !== undefined) yield coverage.ofToken(token);
  }
}

/** Hardly any text has more to a token. */
const usualCharacters = 16;

/** A surrogate pair stays whole. */
function startOf(text: string, length: number): string {
  return text.slice(0, /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length);
}

/** What tokens cover, as bytes: the tokens of a text, joined, are the text. */
interface Coverage {
  ofText(text: string): Uint8Array;
  ofToken(token: string): Uint8Array;
}

function coverageOf(model: BpeDefinition, steps: readonly Step[]): Coverage | undefined {
  const last = steps.at(-1);
  if (last?.type !== 'ByteLevel') {
    const isCovering =
      model.byteFallback && steps.every(keepsText) && byteNames.every((name) => model.vocabulary.has(name));
    const ofText = (text: string) => utf8.encode(text);
    return isCovering ? { ofText, ofToken: ofText } : undefined;
  }
  if (last.add_prefix_space === true || !steps.slice(0, -1).every(keepsText)) return undefined;
  // SmolLM2 has never seen some control characters: no token is made of them.
  const known = byteLevelCharacters.map((character) => model.vocabulary.has(character));
  const keepKnown = known.every(Boolean)
    ? (bytes: Uint8Array) => bytes
    : (bytes: Uint8Array) => (bytes.every((byte) => known[byte]) ? bytes : bytes.filter((byte) => known[byte]));
  return {
    ofText: (text) => keepKnown(utf8.encode(text)),
    ofToken: (token) => keepKnown(byteLevelBytes(token) ?? new Uint8Array(0)),
  };
}

const utf8 = new TextEncoder();
const byteNames = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);

/** Steps that cut a text and neither drop some of it nor add to it. */
function keepsText({ type, behavior }: Step): boolean {
  if (type === 'Digits') return true;
  return (type === 'Split' || type === 'Punctuation') && String(behavior).toLowerCase() !== 'removed';
}

/** Whether text can become a token that is not read from text, and so is left out, or joined with others like it. */
function losesText(
  { merges, unknownToken, vocabulary }: BpeDefinition,
  addedTokens: TokenizerDefinition['addedTokens'],
) {
  const unread = addedTokens.filter((token) => token.special).map((token) => token.content);
  if (unknownToken !== undefined) unread.push(unknownToken);
  return unread.some((text) => {
    const id = vocabulary.get(text);
    if (id === undefined) return false;
    // A single character needs no merge.
    return text.length === 1 || Array.from(text, (_, at) => at).some((at) => merges.rank(id, at) !== undefined);
  });
}
