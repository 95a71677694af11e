// Time per token with a format over that without, alternating in one process: node bench/structured-output.mjs [repeats]
import { plugin } from '../packages/llm/dist/index.js';
import { createHost } from '../packages/registry/dist/index.js';
import { delayOverIdle } from './event-loop-delay.mjs';
import { summary } from './statistics.mjs';

const repeats = Number(process.argv[2] ?? 5);
const host = createHost({ plugins: [plugin] });
const engine = await host.resolve('text-generation', {
  model: 'smollm2:135m',
  options: { threads: 2, contextLength: 1024 },
});
// Without an end within the tokens that are asked for.
const format = { type: 'json_schema', schema: { type: 'array', items: { type: 'string' }, minItems: 200 } };

/** Milliseconds a step, over the tokens after the first; `formatted` of `count` answers have the format. */
async function time(count, formatted) {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) => {
      const wanted = i < formatted ? { responseFormat: format } : { ignoreEos: true };
      const sampling = { temperature: 0.8, seed: i, maxTokens: 48, ...wanted };
      return engine.infer({ prompt: `List the words of story ${i}.`, sampling });
    }),
  );
  const spent = answers.map(
    ({ timing, usage }) => (timing.totalMs - timing.timeToFirstTokenMs) / (usage.completionTokens - 1),
  );
  return spent.reduce((a, b) => a + b, 0) / count;
}

const begun = performance.now();
await engine.infer({ prompt: 'A', sampling: { maxTokens: 1, responseFormat: format } });
console.log(`first token of the first format: ${(performance.now() - begun).toFixed(0)} ms`);
await time(1, 0);
for (const [count, formatted] of [
  [1, 1],
  [4, 4],
  [4, 2],
]) {
  const ratios = [];
  for (let i = 0; i < repeats; i++) {
    const free = await time(count, 0);
    ratios.push((await time(count, formatted)) / free);
  }
  console.log(`${formatted} of ${count} with a format, time a token over that without:`, summary(ratios));
}
console.log('event loop:', await delayOverIdle(() => time(4, 4)));
await host.dispose();
