import type { Step, TokenizerDefinition } from './definition.js';
import { flattenSteps } from './flatten-steps.js';
import { byteLevelPattern } from './library-steps.js';
import { preTokenizerKinds } from './pre-tokenizer-kinds.js';

/** The parts of a text, in order. A part's tokens are the same whatever surrounds it. */
export type TextParts = (text: string) => Iterable<string>;

/**
 * How to part a text so that its tokens are those of the parts, one after the other; undefined when that is not certain for
 * every text. Certain it is where white space ends words, and nothing before or after that looks across it.
 * @param addedTexts of the added tokens, as they are looked for: also normalized
 */
export function textPartsOf(definition: TokenizerDefinition, addedTexts: Iterable<string>): TextParts | undefined {
  const normalizers = flattenSteps(definition.normalizer, 'normalizers');
  const preTokenizers = flattenSteps(definition.preTokenizer, 'pretokenizers');
  const added = [...addedTexts];
  if (partsAtWhiteSpace(definition, normalizers, preTokenizers, added)) return whiteSpaceParts;
  return partsBeforeSpaces(definition, normalizers, preTokenizers, added) ? spaceParts(definition) : undefined;
}

/** BERT and its kin: white space only separates words, so that each word is a part. */
function partsAtWhiteSpace(
  definition: TokenizerDefinition,
  normalizers: readonly Step[],
  [first, ...rest]: readonly Step[],
  added: readonly string[],
): boolean {
  const metaspaces = rest.filter((step) => step.type === 'Metaspace');
  return (
    first !== undefined &&
    dropsWhiteSpace(first) &&
    normalizers.every(
      (step) => step.type === 'BertNormalizer' || step.type === 'Strip' || keepsWhiteSpace(step, [' ']),
    ) &&
    metaspaces.every((step) => prependScheme(step) === 'always') &&
    // Runs of unknown characters become one token, unless each word begins with a known one.
    (!fusesUnknown(definition) || (metaspaces.length > 0 && knows(definition, '▁'))) &&
    !added.some((text) => /\s/.test(text))
  );
}

/** Byte-level BPE, SentencePiece: a word takes the space before it along. */
function partsBeforeSpaces(
  definition: TokenizerDefinition,
  normalizers: readonly Step[],
  preTokenizers: readonly Step[],
  added: readonly string[],
): boolean {
  const parting = preTokenizers.findIndex(beginsWordsWithSpaces);
  const isMetaspace = preTokenizers[parting]?.type === 'Metaspace';
  const isByteLevel = preTokenizers.some((step) => step.type === 'ByteLevel');
  const firstCharacter = isMetaspace ? '▁' : isByteLevel ? 'Ġ' : ' ';
  return (
    parting >= 0 &&
    preTokenizers.slice(0, parting).every(looksAtNoSpace) &&
    preTokenizers.every(
      (step, index) => step.type !== 'Metaspace' || index === 0 || prependScheme(step) === 'always',
    ) &&
    normalizers.every((step) =>
      step.type === 'Strip' ? step.strip_left !== true : keepsWhiteSpace(step, isMetaspace ? [' ', '▁'] : [' ']),
    ) &&
    (!fusesUnknown(definition) || knows(definition, firstCharacter)) &&
    !added.some((text) => /\S[\s▁]/.test(text)) &&
    !definition.addedTokens.some((token) => token.rstrip && token.normalized)
  );
}

function* whiteSpaceParts(text: string): Generator<string> {
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isSpace = code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
    if (!isSpace && start < 0) start = at;
    if (!isSpace || start < 0) continue;
    yield text.slice(start, at);
    start = -1;
  }
  if (start >= 0) yield text.slice(start);
}

function spaceParts({ addedTokens }: TokenizerDefinition): TextParts {
  // Such a token swallows the space after it.
  const swallowing = addedTokens.filter((token) => token.rstrip).map((token) => token.content);
  return function* (text) {
    let start = 0;
    for (let at = text.indexOf(' ', 1); at > 0; at = text.indexOf(' ', at + 1)) {
      if (!endsPart(text, at) || swallowing.some((content) => text.endsWith(content, at))) continue;
      yield text.slice(start, at);
      start = at;
    }
    if (start < text.length) yield text.slice(start);
  };
}

/** Only what no normalizer turns into white space can stand before a part's end; other white space belongs to the next. */
function endsPart(text: string, end: number): boolean {
  const code = text.charCodeAt(end - 1);
  if (code < 0x80) return code > 0x20 && code !== 0x7f;
  const isTrail = code >= 0xdc00 && code <= 0xdfff;
  const character = text.slice(end - (isTrail ? 2 : 1), end);
  return /^[\p{L}\p{N}\p{P}]$/u.test(character) && !/\s/.test(character.normalize('NFKD'));
}

/** Steps that leave a space a space and look at no other character than their own across one. */
function keepsWhiteSpace(step: Step, forSpaces: readonly string[]): boolean {
  switch (step.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
    case 'Lowercase':
    case 'StripAccents':
    case 'Precompiled':
      return true;
    case 'Replace': {
      const { text, regex } = patternOf(step);
      const content = String(step.content ?? '');
      if (text !== undefined) return text !== '' && content !== '' && !/\s/.test(text + content);
      return regex !== undefined && runsOfSpaces.has(regex) && forSpaces.includes(content);
    }
    default:
      return false;
  }
}

const runsOfSpaces: ReadonlySet<string> = new Set([' {2,}', ' +', '\\s+', '\\s{2,}']);

function dropsWhiteSpace(step: Step): boolean {
  if (step.type !== 'Split') return ['BertPreTokenizer', 'Whitespace', 'WhitespaceSplit'].includes(step.type);
  return step.invert === true && step.behavior === 'Removed' && patternOf(step).regex === clipPattern;
}

/** Of CLIP, whose tokenizer keeps only what it matches. */
const clipPattern = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

function beginsWordsWithSpaces(step: Step): boolean {
  if (step.type === 'ByteLevel') return step.use_regex !== false;
  if (step.type === 'Metaspace') return step.split !== false && (step.replacement ?? '▁') === '▁';
  return isolates(step, wordPatterns);
}

/** Splits at digits and punctuation, wherever the spaces are. */
function looksAtNoSpace(step: Step): boolean {
  return step.type === 'Digits' || step.type === 'Punctuation' || isolates(step, characterPatterns);
}

function isolates(step: Step, patterns: ReadonlySet<string>): boolean {
  const { regex } = patternOf(step);
  const isIsolated = step.type === 'Split' && step.behavior === 'Isolated' && step.invert !== true;
  return isIsolated && regex !== undefined && patterns.has(regex);
}

const kindPatterns = [...preTokenizerKinds.values()].map(({ preTokenizer }) =>
  flattenSteps(preTokenizer, 'pretokenizers').flatMap((step) => patternOf(step).regex ?? []),
);
/** In each of them a match either begins with white space or has none, line ends after symbols aside. */
const wordPatterns: ReadonlySet<string> = new Set([byteLevelPattern, ...kindPatterns.flatMap((all) => all.slice(-1))]);
const characterPatterns: ReadonlySet<string> = new Set(kindPatterns.flatMap((all) => all.slice(0, -1)));

function patternOf({ pattern }: Step): { readonly text?: string; readonly regex?: string } {
  if (typeof pattern !== 'object' || pattern === null) return {};
  if ('Regex' in pattern && typeof pattern.Regex === 'string') return { regex: pattern.Regex };
  return 'String' in pattern && typeof pattern.String === 'string' ? { text: pattern.String } : {};
}

function prependScheme({ prepend_scheme: scheme, add_prefix_space: prefix }: Step): unknown {
  return scheme ?? (prefix === false ? 'never' : 'always');
}

function fusesUnknown({ model }: TokenizerDefinition): boolean {
  return model.kind === 'unigram' || (model.kind === 'bpe' && model.fuseUnknown);
}

function knows({ model, addedTokens }: TokenizerDefinition, text: string): boolean {
  if (addedTokens.some((token) => token.special && token.content === text)) return false;
  return model.kind === 'unigram' ? model.pieces.some(([piece]) => piece === text) : model.vocabulary.has(text);
}
