import { signal } from '@preact/signals';
import { callJson } from '../api/client.js';
import { announce } from '../components/announcer.js';
import { type NumberRule, numberProblem, readNumber } from '../components/number-field.js';
import { extremePairs, formatSimilarity, similarityMatrix } from './similarity.js';

/** A table of more would not be read. */
const mostLines = 40;

/** The texts compared, with `[lines, lines]` cosine similarities. */
export interface Comparison {
  readonly lines: readonly string[];
  readonly matrix: readonly (readonly number[])[];
  readonly dimensions: number;
  readonly promptTokens: number;
}

/** One line with its score for the query, best first. */
export interface RankedLine {
  readonly text: string;
  readonly score: number;
}

export const linesText = signal(
  'The cat sleeps on the sofa.\nA kitten naps on the couch.\nThe stock market fell today.\nShares lost value this morning.',
);
export const dimensionsText = signal('');
export const dimensionsRule: NumberRule = { label: 'Dimensions', min: 1, max: 65_536, integer: true };
export const comparison = signal<Comparison | undefined>(undefined);
export const comparing = signal(false);
export const compareProblem = signal<Error | undefined>(undefined);

export const query = signal('');
export const ranking = signal<readonly RankedLine[] | undefined>(undefined);
export const rankBusy = signal(false);
export const rankProblem = signal<Error | undefined>(undefined);

/** Embeds the lines and compares each with each. */
export async function compare(model: string): Promise<void> {
  if (comparing.value) return;
  compareProblem.value = undefined;
  comparing.value = true;
  try {
    const lines = readLines(2);
    const problem = numberProblem(dimensionsText.value, dimensionsRule);
    if (problem !== undefined) throw new Error(problem);
    const dimensions = readNumber(dimensionsText.value);
    const { data, usage } = await callJson<EmbeddingsAnswer>('v1/embeddings', {
      body: { model, input: lines, encoding_format: 'float', ...(dimensions !== undefined && { dimensions }) },
    });
    const vectors = [...data].sort((left, right) => left.index - right.index).map(({ embedding }) => embedding);
    const matrix = similarityMatrix(vectors);
    comparison.value = { lines, matrix, dimensions: vectors[0]?.length ?? 0, promptTokens: usage.prompt_tokens };
    const nearest = extremePairs(matrix)?.nearest;
    if (nearest) {
      announce(
        `Compared ${lines.length} lines. Nearest: ${nearest.first + 1} and ${nearest.second + 1}, ${formatSimilarity(nearest.similarity)}.`,
      );
    }
  } catch (error) {
    compareProblem.value = error as Error;
  } finally {
    comparing.value = false;
  }
}

/** Has a reranking model order the lines by how well they answer the query. */
export async function rank(model: string): Promise<void> {
  if (rankBusy.value) return;
  rankProblem.value = undefined;
  rankBusy.value = true;
  try {
    const lines = readLines(1);
    if (query.value.trim() === '') throw new Error('Write a query first.');
    const { results } = await callJson<RerankAnswer>('v1/rerank', {
      body: { model, query: query.value, documents: lines, return_documents: false },
    });
    ranking.value = results.map(({ index, relevance_score }) => ({ text: lines[index] ?? '', score: relevance_score }));
    announce(`Ranked ${results.length} lines. Best: ${ranking.value[0]?.text ?? ''}`);
  } catch (error) {
    rankProblem.value = error as Error;
  } finally {
    rankBusy.value = false;
  }
}

interface EmbeddingsAnswer {
  readonly data: readonly { readonly index: number; readonly embedding: readonly number[] }[];
  readonly usage: { readonly prompt_tokens: number };
}

interface RerankAnswer {
  readonly results: readonly { readonly index: number; readonly relevance_score: number }[];
}

function readLines(least: number): readonly string[] {
  const lines = linesText.value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length < least)
    throw new Error(least === 1 ? 'Write a line first.' : 'Write two lines or more to compare.');
  if (lines.length > mostLines) {
    throw new Error(`There are ${lines.length} lines; the table shows ${mostLines} at most.`);
  }
  return lines;
}
