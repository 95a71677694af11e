import type { TranscriptionFormat } from '@ferrum/audio';
import { InvalidArgumentError } from 'commander';

/** How the file of each format ends; no two alike. */
export const extensions: Readonly<Record<TranscriptionFormat, string>> = {
  text: '.txt',
  json: '.json',
  verbose_json: '.verbose.json',
  srt: '.srt',
  vtt: '.vtt',
  tsv: '.tsv',
  'word-vtt': '.words.vtt',
};

/** What `--format` takes. */
export const formatChoices = [...(Object.keys(extensions) as TranscriptionFormat[]), 'all'] as const;

export type FormatChoice = (typeof formatChoices)[number];

/** A commander argument parser for formats separated by commas, of a flag that may be repeated; each counts once. */
export function collectFormats(text: string, earlier: readonly FormatChoice[] = []): readonly FormatChoice[] {
  const found = text.split(',').map((part) => {
    const choice = formatChoices.find((allowed) => allowed === part.trim());
    if (choice === undefined) throw new InvalidArgumentError(`Allowed choices are ${formatChoices.join(', ')}.`);
    return choice;
  });
  return [...new Set([...earlier, ...found])];
}
