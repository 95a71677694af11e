// Ferrum against node-llama-cpp on the same GGUF files, the two alternating in one run; prints ratios per file.
//   PEERS_DIR=<folder with node-llama-cpp installed> node bench/llm-compare.mjs MODEL.gguf… [--pairs 5] [--threads 2]
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, watchSteal } from './statistics.mjs';
import { exitWithUsage } from './usage.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: 'string', default: '5' }, threads: { type: 'string', default: '2' } },
});
if (positionals.length === 0) {
  exitWithUsage('PEERS_DIR=… node bench/llm-compare.mjs MODEL.gguf… [--pairs 5] [--threads 2]');
}
const scripts = { ferrum: 'llm-ferrum.mjs', peer: 'llm-node-llama-cpp.mjs' };
const measures = ['decodeTokensPerSecond', 'prefillTokensPerSecond'];

function measure(script, model) {
  const file = path.join(import.meta.dirname, script);
  const args = [file, model, '--threads', values.threads, '--repeats', '3'];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

for (const model of positionals) {
  const pairs = [];
  for (let i = 0; i < Number(values.pairs); i++) {
    const steal = watchSteal();
    const pair = {};
    // Whoever goes second finds the file in memory and the processor warm, so they take turns.
    for (const program of i % 2 === 0 ? ['ferrum', 'peer'] : ['peer', 'ferrum']) {
      pair[program] = measure(scripts[program], model);
    }
    pairs.push({ ...pair, stealPercent: steal() });
  }
  const line = {
    model: path.basename(model),
    peer: pairs[0].peer.program,
    pairs: pairs.length,
    threads: Number(values.threads),
  };
  for (const name of measures) {
    const of = (program) => pairs.map((pair) => pair[program][name].median);
    const ratios = pairs.map(({ ferrum, peer }) => ferrum[name].median / peer[name].median);
    line[name] = {
      ferrum: Math.round(median(of('ferrum'))),
      peer: Math.round(median(of('peer'))),
      ratio: Number(median(ratios).toFixed(2)),
      ratios: ratios.map((ratio) => Number(ratio.toFixed(2))),
    };
  }
  const own = (pick) => median(pairs.map(({ ferrum }) => pick(ferrum)));
  line.eventLoopDelayOverIdleMs = own((run) => run.eventLoopDelayOverIdleMs.median);
  line.residentTimesFile = own((run) => run.residentTimesFile);
  line.stealPercent = pairs.map((pair) => pair.stealPercent);
  console.log(JSON.stringify(line));
}
