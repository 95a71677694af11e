import { formatTable } from '../output/table.js';
import type { Summary } from './summary.js';

/** A line of the table: what it is called, and what it says of each case. */
export interface ResultRow<Result> {
  readonly label: string;
  cell(result: Result): string;
}

/** Measures from top to bottom, cases from left to right. */
export function formatResults<Result>(
  headings: readonly string[],
  results: readonly Result[],
  rows: readonly ResultRow<Result>[],
): string {
  return formatTable([['', ...headings], ...rows.map(({ label, cell }) => [label, ...results.map(cell)])]);
}

/** `68.2 (66.1–70.3)`: the median, the least and the most. */
export function formatSummary(summary: Summary | null): string {
  if (!summary) return formatNumber(null);
  const { median, min, max, ci95 } = summary;
  return ci95 ? `${formatNumber(median)} (${formatNumber(min)}–${formatNumber(max)})` : formatNumber(median);
}

/** Three digits, or all before the point: `0.41`, `6.83`, `68.2`, `1520`; `–` for what was not measured. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const digitsBeforePoint = Math.trunc(Math.abs(value)).toString().length;
  return value.toFixed(Math.max(0, 3 - digitsBeforePoint));
}
