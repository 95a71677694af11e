import { FerrumError } from '@ferrum/registry/errors';

/** An engine's error about embeddings or reranking in the words of the command line. */
export function inWordsOfEmbedding(error: FerrumError): FerrumError {
  const { parameter } = error.details;
  const flag = typeof parameter === 'string' ? flagOf[parameter] : undefined;
  if (typeof parameter !== 'string' || flag === undefined) return error;
  return say(error, error.message.replaceAll(new RegExp(`(?<![\\w-])${parameter}(?![\\w-])`, 'g'), flag));
}

/** Options of the library that are flags here. */
const flagOf: Readonly<Record<string, string>> = {
  promptName: '--prompt-name',
  dimensions: '--dimensions',
  encoding: '--encoding',
  quantization: '--quantization',
  threads: '--threads',
  topN: '--top-n',
};

/**
 * Says which text of the whole input an error is about, and which flag helps one that is too long.
 *
 * @param firstIndex Where the texts of the call begin in the input.
 */
export function inWordsOfTheInput(error: unknown, firstIndex: number): unknown {
  if (!FerrumError.isInstance(error)) return error;
  const { input } = error.details;
  const index = typeof input === 'string' ? /^texts\[(\d+)\]$/.exec(input)?.[1] : undefined;
  if (typeof input !== 'string' || index === undefined) return error;
  const text = `Text ${firstIndex + Number(index) + 1}`;
  return say(error, error.message.replaceAll(input, text).replace("pass truncate: 'end'", 'add --truncate end'));
}

function say(error: FerrumError, message: string): FerrumError {
  return new FerrumError(error.code, message, { cause: error, details: error.details });
}
