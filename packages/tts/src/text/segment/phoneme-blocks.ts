/** A stretch of a text: ordinary text, or phonemes given directly. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string; readonly start: number }
  | { readonly kind: 'phonemes'; readonly phonemes: string; readonly start: number };

/** The longest block, its brackets included, in UTF-16 code units. A longer one is plain text. */
export const longestBlock = 1000;

/**
 * Parts text from `[[ phonemes ]]` blocks. A block reaches from `[[` to the next `]]`; an unclosed one is plain text.
 *
 * @returns the parts in order. `start` is the offset in `text`, UTF-16: of the part, for phonemes of their `[[`. Phonemes are
 *   without white space around them; text of white space alone is left out.
 */
export function splitBlocks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let position = 0;
  const addText = (end: number) => {
    const between = text.slice(position, end);
    if (between.trim() !== '') parts.push({ kind: 'text', text: between, start: position });
  };
  for (const { start, end } of findBlocks(text).blocks) {
    addText(start);
    parts.push({ kind: 'phonemes', phonemes: text.slice(start + 2, end - 2).trim(), start });
    position = end;
  }
  addText(text.length);
  return parts;
}

/** Offsets in UTF-16 code units, brackets included. */
export interface Block {
  readonly start: number;
  readonly end: number;
}

/** @returns the blocks of `text`, and where a `[[` that more text might still close begins (else -1). */
export function findBlocks(text: string): { blocks: Block[]; openAt: number } {
  const blocks: Block[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf('[[', from);
    if (start < 0) return { blocks, openAt: -1 };
    const close = text.indexOf(']]', start + 2);
    const end = close + 2;
    if (close >= 0 && end - start <= longestBlock) {
      blocks.push({ start, end });
      from = end;
    } else {
      const reach = close < 0 ? text.length : end;
      if (close < 0 && start + longestBlock > reach) return { blocks, openAt: start };
      // Whatever opens earlier than this is too far from the next `]]` as well.
      from = Math.max(start + 1, reach - longestBlock);
    }
  }
}
