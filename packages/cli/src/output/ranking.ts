import type { RankedDocument } from '@ferrum/interfaces';
import type { Output } from './output.js';
import { formatTable } from './table.js';
import { cleanForTerminal } from './terminal-text.js';

/**
 * A line for each document: rank, relevance score, index, and the document on one line. A terminal gets no more of it than
 * fits, and nothing that would command it.
 */
export function formatRanking(results: readonly Required<RankedDocument>[], { isTerminal, stream }: Output): string {
  const rows = results.map(({ index, relevanceScore, document }, rank) => {
    const line = document.replace(/[\r\n\t]+/g, ' ');
    return [`${rank + 1}`, relevanceScore.toFixed(4), `${index}`, isTerminal ? cleanForTerminal(line) : line];
  });
  const lines = rows.length === 0 ? [] : formatTable(rows).split('\n');
  // Some terminals go to the next line behind the last cell.
  const cells = isTerminal ? (stream.columns || 80) - 1 : Number.POSITIVE_INFINITY;
  return lines.map((line) => `${cutTo(cells, line)}\n`).join('');
}

/** What fits so many cells; a character beyond the alphabets of Europe and the Near East counts as two. */
function cutTo(cells: number, line: string): string {
  let used = 0;
  const kept: string[] = [];
  for (const character of line) {
    used += character >= '\u1100' ? 2 : 1;
    if (used > cells) return `${kept.slice(0, -1).join('')}…`;
    kept.push(character);
  }
  return line;
}
