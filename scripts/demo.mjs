// npm run demo [-- "my prompt"]: installs and builds what is missing, then writes, speaks, hears and compares with real models.
import path from 'node:path';
import { build, root } from './run.mjs';

const prompt = process.argv.slice(2).join(' ').trim() || 'Why is the sky blue?';
const file = path.join(root, 'demo.wav');

await build();
// They import what was only just built.
const { runTour } = await import('./demo/run-tour.mjs');
process.exit(await runTour({ prompt, file }));
