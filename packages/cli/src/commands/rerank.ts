import type { RankedDocument } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import type { EngineFlags } from '../engine-flags.js';
import { isStandardInput, readLines } from '../lines/line-windows.js';
import { writeJsonLine } from '../output/json-line.js';
import { formatRanking } from '../output/ranking.js';
import { withEngine } from '../with-engine.js';

/** The flags of `ferrum rerank` as commander hands them over, in range already. */
export interface RerankFlags extends EngineFlags {
  readonly format: 'text' | 'json' | 'jsonl';
  readonly topN?: number;
  readonly returnDocuments?: true;
}

/** `ferrum rerank`: documents in the order of how well they answer a query. */
export async function rerank(
  model: string,
  query: string,
  words: readonly string[],
  flags: RerankFlags,
  context: CommandContext,
): Promise<void> {
  const documents = await documentsOf(words, context);
  const { format, topN, returnDocuments = false } = flags;
  const { signal, stdout } = context;
  await withEngine({ capability: 'reranking', model, flags }, context, async (engine) => {
    const options = { ...(topN !== undefined && { topN }), returnDocuments, signal };
    const { results, usage, ...facts } = await engine.rerank(query, documents, options);
    if (format === 'text') {
      const ranking = results.map((result) => ({ ...result, document: documents[result.index] ?? '' }));
      await stdout.write(formatRanking(ranking, stdout));
    } else if (format === 'jsonl') {
      for (const result of results) await writeJsonLine(stdout, lineOf(result));
    } else {
      const { promptTokens } = usage;
      await writeJsonLine(stdout, { results: results.map(lineOf), model: facts.model, usage: { promptTokens } });
    }
  });
}

async function documentsOf(
  words: readonly string[],
  { environment: { stdin }, signal }: CommandContext,
): Promise<readonly string[]> {
  const reads = isStandardInput(words) || (words.length === 0 && !stdin.isTTY);
  const documents = reads ? await readLines(stdin, signal) : words;
  if (documents.length > 0) return documents;
  throw new FerrumError(
    'RequestValidation',
    'There is no DOCUMENT. Write documents after QUERY, or pipe them in, one on a line.',
  );
}

function lineOf({ index, score, relevanceScore, document }: RankedDocument): RankedDocument {
  return { index, score, relevanceScore, ...(document !== undefined && { document }) };
}
