import type { Step } from './definition.js';
import { byteLevelPattern, isolate, sequence } from './library-steps.js';

/** How a byte-level BPE tokenizer splits text into words before merging. */
export interface PreTokenizerKind {
  readonly preTokenizer: Step;
  readonly normalizer?: Step;
  /** A word that is in the vocabulary is one token, whatever the merges say. */
  readonly ignoreMerges?: boolean;
  /** Unless the file says otherwise. */
  readonly addBos?: boolean;
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

/**
 * By the name that GGUF files use (`tokenizer.ggml.pre`). Each entry is what the model family's own tokenizer.json says,
 * which is why Qwen normalizes to NFC here. A kind is listed when its patterns are known, not guessed.
 */
export const preTokenizerKinds: ReadonlyMap<string, PreTokenizerKind> = new Map(
  Object.entries<PreTokenizerKind>({
    'gpt-2': { preTokenizer: words(byteLevelPattern) },
    'phi-2': { preTokenizer: words(byteLevelPattern) },
    smollm: { preTokenizer: words('\\p{N}', byteLevelPattern) },
    starcoder: { preTokenizer: words('\\p{N}', byteLevelPattern) },
    refact: { preTokenizer: words('\\p{N}', byteLevelPattern) },
    'llama-bpe': llama3(),
    llama3: llama3(),
    'llama-v3': llama3(),
    // Phi-4.
    dbrx: cl100k(),
    'smaug-bpe': cl100k(),
    qwen2: qwen('\\p{L}+'),
    'deepseek-r1-qwen': qwen('\\p{L}+'),
    qwen35: qwen('[\\p{L}\\p{M}]+'),
    'gpt-4o': gpt4o(),
    llama4: gpt4o(),
    tekken: { preTokenizer: words(casedWords('', '\\p{N}')), ignoreMerges: true, addBos: true },
    'deepseek-v3': {
      preTokenizer: words(
        '\\p{N}{1,3}',
        '[一-龥\u3040-ゟ゠-ヿ]+',
        '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
      ),
    },
  }),
);

function words(...patterns: readonly string[]): Step {
  return sequence(...patterns.map(isolate), { type: 'ByteLevel', add_prefix_space: false, use_regex: false });
}

function cl100k(): PreTokenizerKind {
  return { preTokenizer: words(englishWords('\\p{L}+', '\\p{N}{1,3}')) };
}

function llama3(): PreTokenizerKind {
  return { ...cl100k(), ignoreMerges: true, addBos: true };
}

function qwen(word: string): PreTokenizerKind {
  return { preTokenizer: words(englishWords(word, '\\p{N}')), normalizer: { type: 'NFC' } };
}

function gpt4o(): PreTokenizerKind {
  return { preTokenizer: words(casedWords(`${contractions}?`, '\\p{N}{1,3}')) };
}

/** The pattern that began with cl100k: contractions, words with one leading symbol, numbers, symbols, line ends, space. */
function englishWords(word: string, number: string): string {
  const symbol = word === '\\p{L}+' ? '[^\\s\\p{L}\\p{N}]' : '[^\\s\\p{L}\\p{M}\\p{N}]';
  return `${contractions}|[^\\r\\n\\p{L}\\p{N}]?${word}|${number}| ?${symbol}+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
}

/** The pattern that began with o200k: also splits words where lower case turns to upper case. */
function casedWords(suffix: string, number: string): string {
  const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
  const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
  const lead = '[^\\r\\n\\p{L}\\p{N}]?';
  return `${lead}${upper}*${lower}+${suffix}|${lead}${upper}+${lower}*${suffix}|${number}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
}
