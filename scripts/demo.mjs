// npm run demo [-- "my prompt"]: installs and builds what is missing, then asks a small language model.
import path from 'node:path';
import { build, exitCode, root } from './run.mjs';

const model = 'smollm2:135m';
const prompt = process.argv.slice(2).join(' ') || 'Why is the sky blue?';
// "-5 plus 3?" is a question, not an option.
const separator = prompt.startsWith('-') ? ['--'] : [];

await build();
const command = path.join(root, 'packages', 'cli', 'dist', 'main.js');
console.error(`> ${['ferrum run', model, ...separator, JSON.stringify(prompt)].join(' ')}\n`);
process.exit(await exitCode(process.execPath, [command, 'run', '--verbose', model, ...separator, prompt]));
