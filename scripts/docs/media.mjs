// Files that the documentation's examples read: made by Ferrum itself, or taken from the tests of its packages.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { link } from './scratch.mjs';

const spoken =
  'The ferry leaves the pier when the fog has lifted. Its keeper lights the lamp every evening, and reads the weather report.';

/** @returns a function that lays the files into the folder of a page */
export function makeMedia(folder, env) {
  const media = path.join(folder, 'media');
  mkdirSync(media);
  ferrum(['pull', 'silero-vad:v5'], media, env);
  ferrum(['speak', spoken, '-o', 'interview.mp3', '--seed', '1'], media, env);
  ferrum(['speak', spoken, '-o', 'speech.raw', '--sample-rate', '16000', '--seed', '1'], media, env);
  writeFileSync(path.join(media, 'lines.txt'), 'How old are you?\nWhat is your age?\nThe tide is low at noon.\n');
  copyFileSync(path.join(root, 'packages/embed/src/fixtures/images/landscape.png'), path.join(media, 'photo.png'));
  const { path: model } = JSON.parse(ferrum(['show', 'smollm2:135m', '--json'], media, env));
  return (page) => {
    for (const name of ['interview.mp3', 'speech.raw', 'lines.txt', 'photo.png']) {
      link(path.join(media, name), path.join(page, name));
    }
    if (model.endsWith('.gguf')) link(model, path.join(page, 'model.gguf'));
  };
}

function ferrum(args, cwd, env) {
  const { status, stdout, stderr } = spawnSync('ferrum', args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`ferrum ${args[0]} failed:\n${stderr}`);
  return stdout;
}
