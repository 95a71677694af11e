import { FerrumError } from '@ferrum/registry/errors';

/**
 * Cuts a word (or phonemes without a space) into the fewest pieces of at most `limit` grapheme clusters, as even as can be. A cluster
 * of more than 16 UTF-16 code units, such as a letter with hundreds of marks, counts as its code points.
 *
 * @param limit a whole number from 1 on
 * @throws FerrumError `InvalidParameter` for another limit.
 */
export function cutWord(text: string, limit: number): string[] {
  if (!Number.isInteger(limit) || limit < 1) {
    const message = `limit must be a whole number from 1 on, not ${limit}.`;
    throw new FerrumError('InvalidParameter', message, { details: { parameter: 'limit' } });
  }
  const clusters = Array.from(graphemes.segment(text), ({ segment }) => segment).flatMap((cluster) =>
    cluster.length > longestCluster ? [...cluster] : [cluster],
  );
  const pieces = Math.ceil(clusters.length / limit);
  return Array.from({ length: pieces }, (_, index) => {
    const start = Math.ceil((index * clusters.length) / pieces);
    return clusters.slice(start, Math.ceil(((index + 1) * clusters.length) / pieces)).join('');
  });
}

const longestCluster = 16;
/** Clusters are the same in every language. */
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
