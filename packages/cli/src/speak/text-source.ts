import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import type { InputStream } from '../environment.js';
import { chunkReader } from '../lines/chunk-reader.js';
import { isStandardInput } from '../lines/line-windows.js';

/**
 * The TEXT arguments; or, for `-` and where there are none, what is piped in, as it comes.
 *
 * @throws FerrumError `InvalidParameter` when there is neither.
 */
export function textSource(
  words: readonly string[],
  { environment, signal }: Pick<CommandContext, 'environment' | 'signal'>,
): string | AsyncIterable<string> {
  const { stdin } = environment;
  if (words.length > 0 && !isStandardInput(words)) return words.join(' ');
  if (words.length === 0 && stdin.isTTY) {
    throw new FerrumError('InvalidParameter', 'There is no TEXT. Write it after "speak", or pipe it in.');
  }
  return readText(stdin, signal);
}

/**
 * Text in pieces, as they come; UTF-8, a byte order mark is left out. Who leaves early need not wait for the next piece.
 *
 * The iterator throws as `chunkReader`.
 */
export function readText(stdin: InputStream, signal: AbortSignal): AsyncIterable<string> {
  return {
    [Symbol.asyncIterator]: () => {
      const next = chunkReader(stdin, signal);
      const decoder = new TextDecoder();
      let isOver = false;
      return {
        next: async () => {
          if (isOver) return { done: true, value: undefined };
          signal.throwIfAborted();
          const result = await next();
          if (!result.done) {
            const chunk = result.value;
            return { done: false, value: typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }) };
          }
          isOver = true;
          // The bytes of a character that was cut off.
          return { done: false, value: decoder.decode() };
        },
        return: async () => {
          isOver = true;
          return { done: true, value: undefined };
        },
      };
    },
  };
}
