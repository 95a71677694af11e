// The tour on a terminal: progress as the ferrum command shows it, Ctrl-C, and errors without a stack.
import { listenForInterruption } from '../../packages/cli/dist/interruption.js';
import { createOutput } from '../../packages/cli/dist/output/output.js';
import { createProgressReporter } from '../../packages/cli/dist/output/progress.js';
import { cleanForTerminal } from '../../packages/cli/dist/output/terminal-text.js';
import { formatBytes } from '../../packages/cli/dist/output/units.js';
import { reportError } from '../../packages/cli/dist/report-error.js';
import { createModelStore } from '../../packages/models/dist/index.js';
import { modelNames, tour } from './tour.mjs';

/** @returns what the process ends with */
export async function runTour({ prompt, file }) {
  const variables = process.env;
  const stdout = createOutput(process.stdout, 'standard output', variables);
  const stderr = createOutput(process.stderr, 'standard error', variables);
  const verbose = variables.FERRUM_DEBUG === '1';
  const interruption = listenForInterruption(process, (code) => process.exit(code));
  const { signal } = interruption;
  const { bold, dim } = stdout.colors;
  let endsLine = true;
  let failure;
  const write = async (text) => {
    endsLine = text.endsWith('\n');
    try {
      await stdout.write(text);
    } catch (error) {
      // An engine that asks for text says it in its own words.
      failure = error;
      throw error;
    }
  };
  const clean = (text) => (stdout.isTerminal ? cleanForTerminal(text) : text);
  try {
    await stderr.write(await announceDownloads());
    await tour({
      prompt,
      file,
      signal,
      /** Shows progress while a model is opened. */
      whileOpening: async (open) => {
        const progress = createProgressReporter({ stderr, environment: { variables }, verbose });
        try {
          return await open(progress.listener);
        } finally {
          progress.stop();
        }
      },
      title: (text) => write(`\n${bold(clean(text))}\n`),
      text: (text) => write(clean(text)),
      fact: (text) => write(`${endsLine ? '' : '\n'}${dim(text)}\n`),
    });
    return 0;
  } catch (error) {
    if (!endsLine) await stdout.write('\n').catch(() => {});
    return await reportError(failure ?? error, false, { signal, stdout, stderr, verbose });
  } finally {
    interruption.stop();
  }
}

/** @returns a line that says what will be downloaded, if anything is missing */
async function announceDownloads() {
  const store = createModelStore();
  const manifests = await Promise.all(modelNames.map((name) => store.inspect(name)));
  const missing = manifests.filter(({ path }) => path === undefined);
  if (missing.length === 0) return '';
  const bytes = missing.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const each = missing.map(({ name, sizeBytes = 0 }) => `${name} (${formatBytes(sizeBytes)})`).join(', ');
  return `${formatBytes(bytes)} to download, once: ${each}\n`;
}
