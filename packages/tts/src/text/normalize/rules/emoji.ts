import { createRequire } from 'node:module';
import { type Rule, rule } from '../rule.js';

const BASE = String.raw`\p{Extended_Pictographic}[\ufe0e\ufe0f\p{Emoji_Modifier}\u20e3]*`;
/** UTS #51: pictographs with skin tones, joined sequences, tagged and regional flags, keycaps. */
const EMOJI = String.raw`(?:[0-9#*]\ufe0f?\u20e3|\p{Regional_Indicator}{1,2}|${BASE}[\u{e0020}-\u{e007f}]*(?:\u200d${BASE})*|\p{Emoji_Modifier})`;
/** Pictographs that are read as signs of writing. */
const SIGNS_OF_WRITING = '©®™‼⁉↔';
const EMOJI_RUN = String.raw`(?:(?![${SIGNS_OF_WRITING}])${EMOJI}[\u200d\p{M}]*)+`;

/** A run of emoji is one token: silent, or their names. */
export const EMOJI_RULES: readonly Rule[] = [
  rule(EMOJI_RUN, (match, { emoji }) => ({
    spoken: emoji === 'drop' ? ' ' : ` ${namesOf(match[0])} `,
    endsToken: true,
  })),
];

function namesOf(run: string): string {
  const names: string[] = [];
  for (const [emoji] of run.matchAll(SINGLE_EMOJI)) {
    const name = nameOf(emoji);
    if (name !== '' && name !== names.at(-1)) names.push(name);
  }
  return names.join(', ');
}

/** The name without colons; that of the plain emoji for one with a skin tone, of the first one for an unknown sequence. */
function nameOf(emoji: string): string {
  const plain = emoji.replace(/[\ufe0e\ufe0f]/g, '');
  const table = emojiNames();
  const name =
    table.get(plain) ??
    table.get(plain.replace(/\p{Emoji_Modifier}/gu, '')) ??
    table.get(String.fromCodePoint(plain.codePointAt(0) ?? 0));
  return (name ?? '').replace(/:/g, '');
}

/** Names by emoji without variation selectors, read from the package at first use (it is 380 kB). */
function emojiNames(): ReadonlyMap<string, string> {
  if (names === undefined) {
    const data: Readonly<Record<string, { readonly name: string }>> = createRequire(import.meta.url)(
      'unicode-emoji-json',
    );
    names = new Map(Object.entries(data).map(([emoji, { name }]) => [emoji.replace(/\ufe0f/g, ''), name]));
  }
  return names;
}

let names: ReadonlyMap<string, string> | undefined;
const SINGLE_EMOJI = new RegExp(EMOJI, 'gu');
