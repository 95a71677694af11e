import { FerrumError } from '@ferrum/registry/errors';
import type { Step } from './definition.js';

/**
 * Rewrites a normalizer so that the JavaScript library does with it what Hugging Face tokenizers does: `$` in a
 * replacement is no pattern, Chinese characters outside the basic plane are spaced out, and Σ is lower-cased without
 * looking at its neighbours; white space is Unicode's. Throws `Unsupported` for an unknown step.
 */
export function adaptNormalizer(step: Step, source: string, depth = 0): Step {
  switch (step.type) {
    case 'Sequence': {
      const normalizers = innerSteps(step.normalizers, 'normalizer', source, depth);
      return { ...step, normalizers: normalizers.map((inner) => adaptNormalizer(inner, source, depth + 1)) };
    }
    case 'Replace':
      return { ...step, content: typeof step.content === 'string' ? step.content.replaceAll('$', '$$$$') : '' };
    case 'Strip':
      return sequenceOfNormalizers(
        ...(step.strip_left === true ? [removed('\\A\\s+')] : []),
        ...(step.strip_right === true ? [removed('\\s+\\z')] : []),
      );
    case 'Lowercase':
      return sequenceOfNormalizers(plainSigma, step);
    case 'BertNormalizer': {
      // The format's defaults, which the library takes for false.
      const bert = { clean_text: true, handle_chinese_chars: true, lowercase: true, ...step };
      return sequenceOfNormalizers(
        ...(bert.handle_chinese_chars ? [spacedRareChinese] : []),
        ...(bert.lowercase ? [plainSigma] : []),
        bert,
      );
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
    case 'StripAccents':
    case 'Prepend':
    case 'Precompiled':
      return step;
    default:
      throw unsupported('normalizer', step.type, source);
  }
}

/**
 * Rewrites a pre-tokenizer in the same spirit. The library treats every `Split` behaviour but Removed as Isolated, merges
 * runs of punctuation, knows ASCII digits and word characters only, never splits at a Metaspace, and has JavaScript's idea
 * of white space (U+FEFF, but not U+0085). All of them have an equal `Split`, whose patterns the library does translate faithfully.
 */
export function adaptPreTokenizer(step: Step, source: string, depth = 0): Step {
  switch (step.type) {
    case 'Sequence': {
      const pretokenizers = innerSteps(step.pretokenizers, 'pre_tokenizer', source, depth);
      return { ...step, pretokenizers: pretokenizers.map((inner) => adaptPreTokenizer(inner, source, depth + 1)) };
    }
    case 'Split':
      return adaptSplit(step, source);
    case 'ByteLevel':
      if (step.use_regex === false) return step;
      return sequence(...(step.add_prefix_space === true ? [prefixSpace] : []), isolate(byteLevelPattern), {
        ...step,
        add_prefix_space: false,
        use_regex: false,
      });
    case 'Digits':
      return isolate(step.individual_digits === true ? '\\p{N}' : '\\p{N}+');
    case 'Punctuation':
      return split(`[${punctuation}]`, step.behavior ?? 'Isolated', source);
    case 'Whitespace':
      return matches(`[${wordCharacters}]+|[^${wordCharacters}\\s]+`);
    case 'WhitespaceSplit':
      return matches('\\S+');
    case 'Metaspace': {
      const { replacement = '▁', prepend_scheme: scheme, add_prefix_space: prefix } = step;
      const metaspace = { ...step, prepend_scheme: scheme ?? (prefix === false ? 'never' : 'always') };
      if (step.split === false || typeof replacement !== 'string') return metaspace;
      return sequence(metaspace, split(escapePattern(replacement), 'MergedWithNext', source));
    }
    case 'BertPreTokenizer':
      return matches(`[^\\s${punctuation}]+|[${punctuation}]`);
    case 'FixedLength':
      return step;
    default:
      throw unsupported('pre_tokenizer', step.type, source);
  }
}

/** GPT-2's own pattern, from openai/gpt-2 `src/encoder.py`. */
export const byteLevelPattern = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Every match is a piece of its own, and so is what lies between two matches. */
export function isolate(pattern: string): Step {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}

export function sequence(...pretokenizers: readonly Step[]): Step {
  return { type: 'Sequence', pretokenizers };
}

const maximalDepth = 8;
const punctuation = '\\p{P}!-/:-@\\[-`{-~';
/** `\w` of Unicode's regular expressions (UTS 18, annex C). */
const wordCharacters = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200C\\u200D';
/** A step of the library's own: tokenizer.json cannot say this. */
const prefixSpace: Step = { type: 'Replace', pattern: { Regex: '\\A[^ ]' }, content: ' $&' };
const plainSigma: Step = { type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' };
/** The ranges of BERT's `_is_chinese_char` above U+FFFF. */
const spacedRareChinese: Step = {
  type: 'Replace',
  pattern: { Regex: '[\\u{20000}-\\u{2A6DF}\\u{2A700}-\\u{2CEAF}\\u{2F800}-\\u{2FA1F}]' },
  content: ' $& ',
};

function sequenceOfNormalizers(...normalizers: readonly Step[]): Step {
  return { type: 'Sequence', normalizers };
}

function removed(pattern: string): Step {
  return { type: 'Replace', pattern: { Regex: pattern }, content: '' };
}

/** Only the matches are pieces; what lies between them is dropped. */
function matches(pattern: string): Step {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: true };
}

function adaptSplit(step: Step, source: string): Step {
  const { pattern, behavior, invert } = step;
  const regex = patternOf(pattern);
  if (regex === undefined) {
    throw new FerrumError('InvalidFormat', `${source}: pre_tokenizer "Split" needs a pattern of type String or Regex.`);
  }
  if (invert !== true) return split(regex, behavior, source);
  // Inverted, the matches are the text and the gaps are the delimiters.
  if (nameOf(behavior) === 'removed') return matches(regex);
  if (nameOf(behavior) === 'isolated') return isolate(regex);
  throw unsupported('pre_tokenizer', `Split, inverted, ${String(behavior)}`, source);
}

function split(pattern: string, behavior: unknown, source: string): Step {
  const gap = `(?:(?!${pattern})[\\s\\S])`;
  switch (nameOf(behavior)) {
    case 'isolated':
      return isolate(pattern);
    case 'removed':
      return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: false };
    case 'contiguous':
      return isolate(`(?:${pattern})+`);
    case 'mergedwithprevious':
      return isolate(`${gap}*(?:${pattern})|${gap}+`);
    case 'mergedwithnext':
      return isolate(`(?:${pattern})${gap}*|${gap}+`);
    default:
      throw unsupported('pre_tokenizer', `Split, ${String(behavior)}`, source);
  }
}

/** Files write `MergedWithNext` and `merged_with_next`. */
function nameOf(behavior: unknown): string {
  return String(behavior).toLowerCase().replaceAll('_', '');
}

function patternOf(pattern: unknown): string | undefined {
  if (typeof pattern !== 'object' || pattern === null) return undefined;
  if ('Regex' in pattern && typeof pattern.Regex === 'string') return pattern.Regex;
  return 'String' in pattern && typeof pattern.String === 'string' ? escapePattern(pattern.String) : undefined;
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function innerSteps(steps: unknown, part: string, source: string, depth: number): readonly Step[] {
  if (depth >= maximalDepth) throw new FerrumError('InvalidFormat', `${source}: ${part} is nested too deeply.`);
  const isStep = (step: unknown): step is Step =>
    typeof step === 'object' && step !== null && 'type' in step && typeof step.type === 'string';
  if (Array.isArray(steps) && steps.every(isStep)) return steps;
  throw new FerrumError('InvalidFormat', `${source}: ${part} "Sequence" must list steps that have a type.`);
}

function unsupported(part: string, type: string, source: string): FerrumError {
  return new FerrumError('Unsupported', `${source}: ${part} "${type}" is not supported.`, {
    details: { [part]: type },
  });
}
