// One case of embed-cases.mjs in Ferrum.
//   node bench/embed-ferrum.mjs MODEL --case mixed256 [--threads 2] [--repeats 5] [--options '{"quantization":"int8"}']
import { plugin } from '../packages/embed/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { cases, measure } from './embed-cases.mjs';
import { printResult, readCommandLine } from './run-cases.mjs';

const usage = 'node bench/embed-ferrum.mjs MODEL';
const line = readCommandLine(usage, { options: { type: 'string', default: '{}' } });
const { model, threads, repeats } = line;
const host = createHost({ plugins: [plugin] });
const options = { threads, ...JSON.parse(line.options) };
const engine = await host.resolve('embedding', { model, options });
const embed = (texts) => (texts.length === 1 ? engine.embedText(texts[0]) : engine.embedTexts(texts));
const measures = await measure(cases[line.case], embed, repeats);
printResult({ program: 'ferrum', model, case: line.case, options }, measures);
await host.dispose();
