import type { EmbeddingEncoding, EmbedEngine, EmbedOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { type Destination, openDestination } from '../embed/destination.js';
import { type EmbedInputs, embedInputs } from '../embed/embed-inputs.js';
import type { EmbeddingFormat } from '../embed/embedding-writer.js';
import { readImageArgument } from '../embed/image-argument.js';
import type { EngineFlags } from '../engine-flags.js';
import { isStandardInput, readLineWindows, windowSize } from '../lines/line-windows.js';
import { createProgressReporter } from '../output/progress.js';
import { formatCount } from '../output/units.js';
import { withEngine } from '../with-engine.js';

/** The flags of `ferrum embed` as commander hands them over, in range already. */
export interface EmbedFlags extends EngineFlags {
  readonly image?: readonly string[];
  readonly format: EmbeddingFormat;
  readonly output?: string;
  readonly dimensions?: number;
  readonly promptName?: string;
  readonly truncate?: 'error' | 'end';
  readonly encoding: EmbeddingEncoding;
}

/** `ferrum embed`: the vectors of texts and images, written as they come. */
export async function embed(
  model: string,
  words: readonly string[],
  flags: EmbedFlags,
  context: CommandContext,
): Promise<void> {
  checkFlags(words, flags);
  const inputs = await inputsOf(words, flags, context);
  const { format, encoding, output } = flags;
  const destination = await openDestination({ format, encoding, ...(output !== undefined && { output }) }, context);
  try {
    await withEngine({ capability: 'embedding', model, flags }, context, async (engine) => {
      requireDimensions(engine, flags);
      await embedTo(destination, engine, inputs, flags, context);
    });
    await destination.commit();
  } finally {
    await destination.discard();
  }
}

/** A flag that would change nothing is a mistake. */
function checkFlags(words: readonly string[], { image, dimensions, encoding, promptName, truncate }: EmbedFlags): void {
  if (!image) return;
  const refuse = (flag: string, reason: string) => {
    throw new FerrumError('InvalidParameter', `${flag} ${reason}, so it has no place beside --image. Leave one out.`);
  };
  if (dimensions !== undefined) refuse('--dimensions', 'cuts embeddings of texts only');
  if (encoding !== 'float') refuse(`--encoding ${encoding}`, 'is for texts only');
  if (words.length > 0) return;
  if (promptName !== undefined) refuse('--prompt-name', 'is for texts, and there are none');
  if (truncate !== undefined) refuse('--truncate', 'is for texts, and there are none');
}

async function inputsOf(
  words: readonly string[],
  { image = [] }: EmbedFlags,
  { environment, signal }: CommandContext,
): Promise<EmbedInputs> {
  const folder = environment.workingDirectory();
  const images = await Promise.all(image.map((name) => readImageArgument(name, folder)));
  if (isStandardInput(words) || (words.length === 0 && images.length === 0)) {
    if (environment.stdin.isTTY && words.length === 0) {
      throw new FerrumError(
        'InvalidParameter',
        'There is no TEXT. Write texts after MODEL, or pipe them in, one on a line.',
      );
    }
    return { windows: readLineWindows(environment.stdin, signal), images };
  }
  return { windows: windowsOf(words), images };
}

function* windowsOf(texts: readonly string[]): Generator<readonly string[]> {
  for (let first = 0; first < texts.length; first += windowSize) yield texts.slice(first, first + windowSize);
}

/** Said before a text is read; the engine would say it of the first. */
function requireDimensions(engine: EmbedEngine, { dimensions }: EmbedFlags): void {
  const most = engine.embeddingDim();
  if (dimensions === undefined || dimensions <= most) return;
  throw new FerrumError(
    'InvalidParameter',
    `--dimensions asks for ${dimensions}, but the embeddings of ${engine.modelId} have ${most}. Lower it.`,
  );
}

async function embedTo(
  { writer }: Destination,
  engine: EmbedEngine,
  inputs: EmbedInputs,
  { dimensions, promptName, truncate, encoding, output }: EmbedFlags,
  context: CommandContext,
): Promise<void> {
  const { stdout, stderr, signal, verbose } = context;
  const options: EmbedOptions = {
    ...(dimensions !== undefined && { dimensions }),
    ...(promptName !== undefined && { promptName }),
    ...(truncate !== undefined && { truncate }),
    encoding,
    signal,
  };
  const progress = createProgressReporter(context);
  // On one terminal the line would be drawn amid the results.
  const shown = output !== undefined || !stdout.isTerminal;
  const label = engine.modelId;
  const start = performance.now();
  try {
    const summary = await embedInputs(engine, inputs, options, {
      onEmbedded: (embedded) => writer.write(embedded),
      onProgress: (completed) => {
        if (shown) progress.listener({ phase: 'embed', label, ...completed });
      },
    });
    progress.stop();
    await writer.end(summary);
    if (verbose || (stderr.isTerminal && shown)) {
      const seconds = (performance.now() - start) / 1000;
      await stderr.writeLine(stderr.colors.dim(formatSpeed(summary, inputs.images.length, seconds)));
    }
  } finally {
    progress.stop();
  }
}

/** `[256 texts, 8012 tokens, 2 images in 1.24 s]` */
function formatSpeed(
  { texts, promptTokens }: { readonly texts: number; readonly promptTokens: number },
  images: number,
  seconds: number,
): string {
  const facts = [
    ...(texts > 0 ? [formatCount(texts, 'text'), formatCount(promptTokens, 'token')] : []),
    ...(images > 0 ? [formatCount(images, 'image')] : []),
  ];
  return `[${facts.join(', ') || 'nothing'} in ${seconds.toFixed(2)} s]`;
}
