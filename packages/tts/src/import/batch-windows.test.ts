import { GraphEditor, type OnnxModel } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import {
  floats,
  graphFixture,
  modelOf,
  type Output,
  operatorsOf,
  relativeError,
  runModel,
} from '../testing/graph-fixtures.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { batchWindows } from './batch-windows.js';
import { replaceUpsampling } from './pixel-shuffle-upsampling.js';
import { planeConvolutions } from './plane-convolutions.js';

const folder = temporaryFolder();

/** Upsampling, residual blocks and a waveform; nine convolutions and two transposed ones lie between its ends. */
const vocoders = ['vocoder', 'vocoder in blocks', 'vocoder half in blocks'];
const convolutions = 9;

function divided(name: string, windows: number): { editor: GraphEditor; between: ReadonlySet<string> | undefined } {
  const { start = '', waveform = '', ...fixture } = graphFixture(name);
  const editor = new GraphEditor(modelOf(fixture));
  const between = batchWindows(editor, { input: start, output: waveform, windows });
  return { editor, between };
}

/** How far the graph is from what ONNX Runtime in Python made of it as it was; times are from 1 step, shorter than any window, to 33. */
async function errorOf(model: OnnxModel, name: string): Promise<number> {
  const { runs } = graphFixture(name);
  const expected = runs.map(({ output: { shape, data } }): Output => ({ shape, data: floats(data) }));
  const found = await runModel(
    model,
    folder,
    runs.map(({ inputs }) => inputs),
  );
  return relativeError(found, expected);
}

describe('time in windows, as a batch', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i of them: the same values', async (windows) => {
    const { editor, between } = divided('vocoder', windows);
    expect(between).toBeInstanceOf(Set);
    expect(await errorOf(editor.finish(), 'vocoder')).toBeLessThan(1e-5);
  });

  it.each(vocoders.flatMap((name) => [1, 3, 8].map((windows) => [name, windows] as const)))(
    '%s in %i, on planes, with what is left of upsampling replaced: the same values',
    async (name, windows) => {
      const { editor, between } = divided(name, windows);
      expect(planeConvolutions(editor, between ?? new Set())).toBeGreaterThanOrEqual(convolutions);
      replaceUpsampling(editor);
      const model = editor.finish();
      expect(operatorsOf(model)).not.toContain('ConvTranspose');
      expect(await errorOf(model, name)).toBeLessThan(1e-5);
    },
  );

  it.each(['vocoder with a mean', 'vocoder with a gain'])('%s: left as it is', async (name) => {
    const before = modelOf(graphFixture(name));
    const { editor, between } = divided(name, 4);
    expect(between).toBeUndefined();
    expect(operatorsOf(editor.finish()).toSorted()).toEqual(operatorsOf(before).toSorted());
  });

  it('whose ends are not in the graph: left as it is', () => {
    const { start = '', waveform = '', ...fixture } = graphFixture('vocoder');
    const editor = new GraphEditor(modelOf(fixture));
    expect(batchWindows(editor, { input: start, output: 'nowhere', windows: 2 })).toBeUndefined();
    expect(batchWindows(editor, { input: 'nowhere', output: waveform, windows: 2 })).toBeUndefined();
  });
});

describe('convolutions over planes', () => {
  it.each(vocoders)('%s: the same values without a batch', async (name) => {
    const editor = new GraphEditor(modelOf(graphFixture(name)));
    const all = new Set(editor.nodes.flatMap(({ outputs }) => outputs));
    expect(planeConvolutions(editor, all)).toBeGreaterThan(convolutions);
    expect(await errorOf(editor.finish(), name)).toBeLessThan(1e-5);
  });
});
