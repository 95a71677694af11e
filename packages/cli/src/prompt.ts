import { FerrumError } from '@ferrum/registry/errors';
import type { InputStream } from './environment.js';

export interface PromptSource {
  /** The PROMPT arguments. */
  readonly words: readonly string[];
  readonly stdin: InputStream;
  /** Keeps white space at the end, which matters to a prompt that has no template around it. */
  readonly raw: boolean;
  readonly signal: AbortSignal;
  /** Tells the user that a pipe keeps silent. */
  readonly warn: (message: string) => Promise<void>;
}

/** How long a pipe beside a PROMPT may keep silent, in ms. Programs often leave one open that they never write to. */
const patienceMs = 3000;

/** The prompt: the arguments, what is piped in, or both with an empty line between. @throws FerrumError `RequestValidation` when empty. */
export async function readPrompt({ words, stdin, raw, signal, warn }: PromptSource): Promise<string> {
  const waits = words.at(-1) === '-';
  const text = (waits ? words.slice(0, -1) : words).join(' ');
  const piped =
    stdin.isTTY && !waits ? '' : await readAll(stdin, text !== '' && !waits ? patienceMs : undefined, signal);
  if (piped === undefined) {
    await warn(
      'nothing came through standard input for 3 s, so PROMPT goes alone. Add "-" after it to wait, or "< /dev/null" not to.',
    );
  }
  const prompt = [text, raw ? piped : piped?.trimEnd()].filter(Boolean).join('\n\n');
  if (prompt.trim() !== '') return prompt;
  throw new FerrumError('RequestValidation', 'The prompt is empty. Write it after MODEL, or pipe it in.');
}

/** Reads to the end; undefined when nothing at all came in `patience` ms. */
async function readAll(
  stdin: InputStream,
  patience: number | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const settle = (action: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      stdin.off('data', onData).off('end', onEnd).off('error', onError).pause();
      action();
    };
    const onData = (chunk: Buffer | string) => {
      clearTimeout(timer);
      chunks.push(Buffer.from(chunk));
    };
    const onEnd = () => settle(() => resolve(Buffer.concat(chunks).toString('utf8')));
    const onError = (cause: Error) =>
      settle(() => reject(new FerrumError('IO', `Standard input cannot be read: ${cause.message}.`, { cause })));
    const onAbort = () => settle(() => reject(signal.reason));
    const timer = patience === undefined ? undefined : setTimeout(() => settle(() => resolve(undefined)), patience);
    signal.addEventListener('abort', onAbort, { once: true });
    stdin.on('data', onData).on('end', onEnd).on('error', onError);
  });
}
