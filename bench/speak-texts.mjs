// What the benchmarks have spoken.
import { readFileSync } from 'node:fs';
import { speakTexts } from '../packages/cli/dist/bench/speak-texts.js';

/** Texts of about 10, 60 and 200 words by name: those of `file` (JSON with the same names), or `ferrum bench speak`'s. */
export function readTexts(file) {
  if (file === undefined) return speakTexts;
  const texts = JSON.parse(readFileSync(file, 'utf8'));
  for (const name of Object.keys(speakTexts)) {
    if (typeof texts[name] !== 'string') throw new Error(`${file} has no text ${name}.`);
  }
  return texts;
}

/** What a person reads otherwise than it is written. */
export const trickySentences = [
  'The new lamp costs $45.50.',
  'The limit on this road is 80 km/h.',
  'Please ask Dr. Smith about the results.',
  'The last train leaves at 3:30 p.m. on Sundays.',
  'Their house was built in 1999.',
  'Bring something warm, e.g. a coat or a blanket.',
];
