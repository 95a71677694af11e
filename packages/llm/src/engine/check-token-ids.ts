import { invalid } from './invalid.js';

/**
 * A copy of token ids that came from outside.
 * @throws FerrumError `RequestValidation` naming the parameter and the first entry that is no id of the vocabulary.
 */
export function checkTokenIds(
  tokens: readonly unknown[],
  vocabularySize: number,
  parameter: string,
): readonly number[] {
  const checked: number[] = [];
  // By index: a list with gaps may be longer than anything that could be copied, and ends at its first gap.
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (typeof token !== 'number' || !Number.isInteger(token) || token < 0 || token >= vocabularySize) {
      const shown = typeof token === 'number' ? String(token) : `a value of type ${typeof token}`;
      throw invalid(
        `\`${parameter}\`: ${shown}, at index ${index}, is no token id; they go from 0 to ${vocabularySize - 1}`,
        parameter,
      );
    }
    checked.push(token);
  }
  return checked;
}
