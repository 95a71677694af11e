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
const text = (maxLength, more) => ({ type: 'string', maxLength, ...more });
/** The like of which agents send. */
const agentFormat = {
  type: 'json_schema',
  schema: {
    type: 'object',
    properties: {
      title: text(200, { minLength: 1 }),
      summary: text(2000),
      slug: { type: 'string', pattern: '^[a-z0-9-]{1,63}$' },
      tags: { type: 'array', items: text(50), maxItems: 100 },
      email: text(254, { format: 'email' }),
      date: { type: 'string', format: 'date-time' },
      priority: { type: 'integer', minimum: 1, maximum: 100 },
    },
    required: ['title', 'summary', 'slug', 'tags'],
    additionalProperties: false,
  },
};

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

/** Until the first token, of an answer with a format that is new. */
async function firstToken(responseFormat) {
  const begun = performance.now();
  await engine.infer({ prompt: 'A', sampling: { maxTokens: 1, responseFormat } });
  return `${(performance.now() - begun).toFixed(0)} ms`;
}

await time(1, 0);
console.log('first token without a format:', await firstToken(undefined));
console.log('first token of the first format:', await firstToken(format));
console.log('first token of another format, seven properties:', await firstToken(agentFormat));
console.log('first token of that format again:', await firstToken(agentFormat));
for (const [count, formatted] of [
  [1, 1],
  [8, 8],
  [8, 4],
]) {
  const ratios = [];
  for (let i = 0; i < repeats; i++) {
    const free = await time(count, 0);
    ratios.push((await time(count, formatted)) / free);
  }
  console.log(`${formatted} of ${count} with a format, time a token over that without:`, summary(ratios));
}
console.log('event loop:', await delayOverIdle(() => time(8, 8)));
await host.dispose();
