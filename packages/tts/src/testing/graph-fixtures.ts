import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeModel, GraphEditor, type OnnxModel, OnnxRuntime, Tensor, writeModel } from '@ferrum/onnx';

/** A tensor of float32 as import/fixtures/make.py writes it. */
export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly data: string;
}

export interface FixtureRun {
  readonly inputs: Readonly<Record<string, FixtureTensor>>;
  readonly output: FixtureTensor;
}

export interface GraphFixture {
  readonly model: string;
  readonly runs: readonly FixtureRun[];
  /** Of a vocoder: the values between which its time may be divided. */
  readonly start?: string;
  readonly waveform?: string;
}

const graphs: Readonly<Record<string, GraphFixture>> = JSON.parse(
  readFileSync(new URL('../import/fixtures/graphs.json', import.meta.url), 'utf8'),
);

export function graphFixture(name: string): GraphFixture {
  const found = graphs[name];
  if (!found) throw new Error(`graphs.json has no graph "${name}"`);
  return found;
}

export function modelOf({ model }: GraphFixture): OnnxModel {
  return decodeModel(Buffer.from(model, 'base64'), 'fixture');
}

/** float32, base64. */
export function floats(base64: string): Float32Array<ArrayBuffer> {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
}

export interface Output {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

let files = 0;

/** What ONNX Runtime makes of each of the inputs: the first output. */
export async function runModel(
  model: OnnxModel,
  folder: string,
  runs: readonly Readonly<Record<string, FixtureTensor>>[],
): Promise<Output[]> {
  files += 1;
  const file = path.join(folder, `${files}.onnx`);
  await writeModel(file, model);
  const session = await OnnxRuntime.load().openSession(file, { intraOpThreads: 1 });
  try {
    const results: Output[] = [];
    for (const run of runs) {
      const inputs = Object.fromEntries(
        Object.entries(run).map(([name, { shape, data }]) => [name, Tensor.from('float32', shape, floats(data))]),
      );
      const [output] = Object.values(await session.run(inputs));
      if (!(output?.data instanceof Float32Array)) throw new Error('the graph makes no float32');
      results.push({ shape: [...output.dims], data: output.data.slice() });
    }
    return results;
  } finally {
    await session.dispose();
  }
}

/** Runs the fixture's graph as it is after `rewrite`, beside what ONNX Runtime in Python made of it as it was. */
export async function rewritten(
  name: string,
  folder: string,
  rewrite: (editor: GraphEditor) => void,
): Promise<{ readonly model: OnnxModel; readonly found: Output[]; readonly expected: Output[] }> {
  const fixture = graphFixture(name);
  const editor = new GraphEditor(modelOf(fixture));
  rewrite(editor);
  const model = editor.finish({ 'com.microsoft': 1 });
  const found = await runModel(
    model,
    folder,
    fixture.runs.map(({ inputs }) => inputs),
  );
  const expected = fixture.runs.map(({ output: { shape, data } }) => ({ shape, data: floats(data) }));
  return { model, found, expected };
}

/** The largest difference over the largest value; infinite where shapes differ. */
export function relativeError(found: readonly Output[], expected: readonly Output[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  for (const [run, { shape, data }] of expected.entries()) {
    const other = found[run];
    if (other?.shape.join() !== shape.join()) return Number.POSITIVE_INFINITY;
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    for (const [at, value] of data.entries()) {
      const difference = Math.abs((other.data[at] as number) - value) / largest;
      if (!(difference <= error)) error = difference;
    }
  }
  return error;
}

export function operatorsOf(model: OnnxModel): readonly string[] {
  return model.graph.nodes.map(({ operator }) => operator);
}
