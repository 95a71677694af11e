// Runs one case in one program and prints it as one line of JSON.
import { parseArgs } from 'node:util';
import { promptText } from '../packages/cli/dist/bench/prompt-text.js';
import { cases } from './llm-cases.mjs';
import { summary } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

/** The command line that every program has, with options of its own. */
export function readCommandLine(usage, options = {}) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: 'string' },
      threads: { type: 'string', default: '2' },
      repeats: { type: 'string', default: '3' },
      ...options,
    },
  });
  const [model] = positionals;
  if (model === undefined || values.case === undefined)
    exitWithUsage(`${usage} --case NAME [--threads 2] [--repeats 3]`);
  return { ...values, model, threads: Number(values.threads), repeats: Number(values.repeats) };
}

/**
 * Samples of the measures of a case that every program has. `open({ streams, contextLength })` gives `generate`, and
 * `reset` where something has to be forgotten between repeats.
 */
export async function measureCase({ case: name, model, repeats }, open) {
  const chosen = cases[name];
  if (!chosen) throw new Error(`There is no case ${name}: there are ${Object.keys(cases).join(', ')}.`);
  const { generate, reset } = await open(chosen);
  let number = 0;
  const prompt = (tokens) => promptText(tokens, number++);
  const repeat = async (newTokens) => {
    await reset?.();
    return chosen.repeat({ model, generate, prompt, newTokens });
  };
  if (chosen.once) return repeatMeasures(1, () => repeat(128));
  // Not counted: eight tokens show a program every kind of step.
  await repeat(8);
  return repeatMeasures(repeats, () => repeat(128));
}

/** The values of each measure over the repeats, less those that could not be measured. */
export async function repeatMeasures(repeats, body) {
  const samples = {};
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [name, value] of Object.entries(await body(repeat))) {
      if (value !== undefined) samples[name] = [...(samples[name] ?? []), value];
    }
  }
  return samples;
}

export function printResult(facts, samples) {
  const measures = Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, summary(values, 4)]));
  console.log(JSON.stringify({ ...facts, measures }));
}
