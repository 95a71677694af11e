import type { Tokenizer } from '@ferrum/models';
import { fakeTokenizer } from '../../testing/fake-model.js';
import { ConstraintEngine } from '../constraint-engine.js';
import type { ConstraintSpec } from '../constraint-spec.js';

/** Every byte is a token, after these: pieces as they cross quotes, escapes and characters in real vocabularies. */
const pieces = [
  ...[
    '","',
    '":"',
    '": "',
    '"a',
    'ab"',
    '""',
    '"}',
    '"]',
    '["',
    '{"',
    '", "',
    'b","c',
    '"\\',
    '\\"',
    '\\n',
    '\\\\',
    '\\u00',
    'e9',
  ],
  ...[
    'hello',
    ' world',
    'the quick brown fox',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'é',
    'über',
    '日本',
    '😀',
    'name',
    '12',
    'xyz',
  ],
  ...['true', 'null', ' ', '  ', '\n', '{"name":"', '-', '--', '.com', '@', 'AB', '()', '<|', '|>'],
];
const encoder = new TextEncoder();
const bytesOf = [
  ...pieces.map((piece) => encoder.encode(piece)),
  ...Array.from({ length: 256 }, (_, i) => Uint8Array.of(i)),
];
const [end, special] = [bytesOf.length, bytesOf.length + 1];
const specialText = '<|call|>';

export const pieceTokenizer: Tokenizer = {
  ...fakeTokenizer,
  tokenId: (text) => (text === specialText ? special : undefined),
  tokenText: (id) => (id === special ? specialText : id === end ? '<|end|>' : id < end ? `token ${id}` : undefined),
  tokenBytes: (id) => bytesOf[id] ?? encoder.encode(specialText),
  isSpecial: (id) => id >= end,
  vocabSize: bytesOf.length + 2,
  endOfGenerationTokens: new Set([end]),
};

export function openPieceEngine(): ConstraintEngine {
  return new ConstraintEngine({ tokenizer: pieceTokenizer, vocabularySize: pieceTokenizer.vocabSize });
}

export interface RandomAnswer {
  readonly bytes: Uint8Array;
  readonly text: string;
  /** False when it was cut off. */
  readonly isFinished: boolean;
}

/**
 * An answer of random tokens among those that are allowed, which tends to end.
 * @throws Error where no token is allowed
 */
export async function randomAnswer(
  engine: ConstraintEngine,
  spec: ConstraintSpec,
  seed: number,
  mostTokens = 200,
): Promise<RandomAnswer> {
  const compiled = engine.compile(spec);
  const matcher = engine.matcher(compiled, new Set([end]));
  const random = randomNumbers(seed);
  const parts: Uint8Array[] = [];
  const finish = (isFinished: boolean): RandomAnswer => {
    const bytes = Buffer.concat(parts);
    return { bytes, text: bytes.toString('utf8'), isFinished };
  };
  try {
    for (let count = 0; count < mostTokens; count++) {
      await matcher.ready();
      const logits = new Float32Array(pieceTokenizer.vocabSize);
      matcher.process(logits);
      const allowed = [...logits.keys()].filter((id) => logits[id] === 0);
      if (allowed.length === 0) throw new Error(`nothing may follow ${JSON.stringify(finish(false).text)}`);
      // A quote or a bracket is preferred now and then, so that answers end.
      const closing = allowed.filter((id) => id === end || '"]}'.includes(String.fromCharCode(bytesOf[id]?.[0] ?? 0)));
      const from = closing.length > 0 && random() < 0.25 ? closing : allowed;
      const token = from[Math.floor(random() * from.length)] ?? end;
      if (token === end) return finish(true);
      parts.push(pieceTokenizer.tokenBytes(token));
      matcher.accept(token);
    }
    return finish(false);
  } finally {
    matcher.dispose();
  }
}

/** Whether an answer may be this text, byte by byte. @throws FerrumError for a constraint that cannot be followed */
export async function accepts(engine: ConstraintEngine, spec: ConstraintSpec, text: string): Promise<boolean> {
  const matcher = engine.matcher(engine.compile(spec), new Set([end]));
  try {
    for (const token of [...Array.from(encoder.encode(text), (byte) => pieces.length + byte), end]) {
      await matcher.ready();
      const logits = new Float32Array(pieceTokenizer.vocabSize);
      matcher.process(logits);
      if (logits[token] !== 0) return false;
      matcher.accept(token);
    }
    return true;
  } finally {
    matcher.dispose();
  }
}

/** Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
