import type { Block } from './phoneme-blocks.js';

/**
 * Where to cut a sentence of more than `limit` characters: after a clause mark in its second half, else at white space, else
 * between code points. Never inside a block.
 *
 * @param text the sentence with its blocks masked by letters, longer than `limit`
 * @param blocks at most `limit` long each
 * @returns an offset from 1 to `limit`, UTF-16
 */
export function cutOverlong(text: string, blocks: readonly Block[], limit: number): number {
  const head = text.slice(0, limit + 1);
  if (endsInWhiteSpace.test(head)) return limit;
  const half = limit >> 1;
  const afterMark = Math.max(lastMatch(spacedMark, head) + 1, lastMatch(wideMark, head.slice(0, limit)) + 1);
  if (afterMark > half) return afterMark;
  const whiteSpace = lastMatch(/\s/g, head);
  if (whiteSpace > 0) return whiteSpace;
  const block = blocks.find(({ start, end }) => start < limit && end > limit);
  if (block !== undefined) return block.start;
  return isSurrogatePair(head, limit - 1) ? limit - 1 : limit;
}

/** The sentence is not overlong, only the white space after it. */
const endsInWhiteSpace = /\s\s$/;
const spacedMark = /[,;:)\]”»…\u2010-\u2015،؛](?=\s)/g;
/** Marks of scripts that put no space after them. */
const wideMark = /[、，；：]/g;

/** @returns -1 when there is none */
function lastMatch(pattern: RegExp, text: string): number {
  let last = -1;
  for (const { index } of text.matchAll(pattern)) last = index;
  return last;
}

function isSurrogatePair(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}
