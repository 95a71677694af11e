// What an adapter costs: by default of rank 16 over every projection of SmolLM2-135M, against the model alone. Runs of both alternate in
// one process; medians in ms. Usage: node bench/lora.mjs [threads] [rounds] [rank] [targets, e.g. attn_q,attn_v]

import { OnnxModelRunner } from '../packages/llm/dist/engine/onnx-model-runner.js';
import { adapterModule } from '../packages/llm/dist/lora/adapter-module.js';
import { prepareModel } from '../packages/llm/dist/prepare-model.js';

const threads = Number(process.argv[2] ?? 2);
const rounds = Number(process.argv[3] ?? 40);
const rank = Number(process.argv[4] ?? 16);
const prepared = await prepareModel({ model: { reference: 'smollm2:135m' }, options: {} }, {});
const { directory, config } = prepared;

const everything = 'attn_q,attn_k,attn_v,attn_output,ffn_gate,ffn_up,ffn_down';
const targets = (process.argv[5] ?? everything).split(',');
const small = (length) => Float32Array.from({ length }, (_, i) => ((i * 7919) % 201) / 1e5 - 1e-3);
const pairs = Array.from({ length: config.layers }, (_, layer) =>
  targets.map((target) => {
    const module = adapterModule(`blk.${layer}.${target}`, config);
    const [place] = module.places;
    return { module, place, rank, a: small(rank * module.inFeatures), b: small(rank * place.outFeatures) };
  }),
).flat();

const open = () => OnnxModelRunner.open(directory, config, { threads, slots: 8, capacity: 512 });
const [base, adapted, mixed] = [await open(), await open(), await open()];
const add = (runner) => runner.adapters.add(pairs, (work) => work());
const adapter = await add(adapted);
const two = [await add(mixed), await add(mixed)];

const rowsOf = (count, of) =>
  Array.from({ length: count }, (_, row) => ({ token: 100 + row, past: 200, adapter: of(row) }));
const prompt = Array.from({ length: 256 }, (_, i) => 100 + i);
const cases = [1, 4, 8].map((count) => [
  `decode ${count}`,
  () => base.decode(rowsOf(count, () => undefined)),
  () => adapted.decode(rowsOf(count, () => adapter)),
  () => mixed.decode(rowsOf(count, (row) => two[row % 2])),
  () => adapted.decode(rowsOf(count, () => undefined)),
]);
cases.push([
  'prefill 256',
  () => base.extend(0, prompt, 0, 'last'),
  () => adapted.extend(0, prompt, 0, 'last', 'prompt', adapter),
  () => mixed.extend(0, prompt, 0, 'last', 'prompt', two[0]),
  () => adapted.extend(0, prompt, 0, 'last'),
]);

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
for (const [name, ...runs] of cases) {
  const times = runs.map(() => []);
  for (let round = -3; round < rounds; round++) {
    for (const [i, run] of runs.entries()) {
      const from = performance.now();
      await run();
      if (round >= 0) times[i].push(performance.now() - from);
    }
  }
  const [alone, one, both, unused] = times.map(median);
  const more = (time) => `${time.toFixed(2)} (${((time / alone - 1) * 100).toFixed(0)} % more)`;
  console.log(
    `${name}: alone ${alone.toFixed(2)}, one adapter ${more(one)}, two loaded and both in a run where it has rows ` +
      `${more(both)}, one loaded and not used ${more(unused)}`,
  );
}
await Promise.all([base, adapted, mixed].map((runner) => runner.dispose()));
