// Resident memory of Ferrum after one prefill of the given prompt and 64 decode steps, in a process that does nothing
// else. Prints the bytes; llm-ferrum.mjs starts it.
//   node bench/llm-resident.mjs MODEL OPTIONS-AS-JSON PROMPT
import { plugin } from '../packages/llm/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { generate } from './generate.mjs';

const [model, options, prompt] = process.argv.slice(2);
const host = createHost({ plugins: [plugin] });
const engine = await host.resolve('text-generation', { model, options: JSON.parse(options) });
// The prefill gives the first token, each step one more.
await generate(engine, prompt, 65);
console.log(process.memoryUsage.rss());
await host.dispose();
