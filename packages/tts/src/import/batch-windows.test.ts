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
const vocoder = graphFixture('vocoder');
const inputs = vocoder.runs.map((run) => run.inputs);
const expected = vocoder.runs.map(({ output: { shape, data } }): Output => ({ shape, data: floats(data) }));

function divided(name: string, windows: number): { readonly editor: GraphEditor; readonly between: unknown } {
  const fixture = graphFixture(name);
  const editor = new GraphEditor(modelOf(fixture));
  const between = batchWindows(editor, { input: fixture.start ?? '', output: fixture.waveform ?? '', windows });
  return { editor, between };
}

const run = (model: OnnxModel) => runModel(model, folder, inputs);

describe('time in windows, as a batch', () => {
  // The vocoder's times are from 1 step, which is shorter than any window, to 33.
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i of them: the same values', async (windows) => {
    const { editor, between } = divided('vocoder', windows);
    expect(between).toBeInstanceOf(Set);
    expect(relativeError(await run(editor.finish()), expected)).toBeLessThan(1e-5);
  });

  it.each([1, 3, 8])('%i, on planes, with what is left of upsampling replaced: the same values', async (windows) => {
    const { editor, between } = divided('vocoder', windows);
    expect(planeConvolutions(editor, between as ReadonlySet<string>)).toBe(9);
    expect(replaceUpsampling(editor)).toBe(2);
    const model = editor.finish();
    expect(operatorsOf(model)).not.toContain('ConvTranspose');
    expect(relativeError(await run(model), expected)).toBeLessThan(1e-5);
  });

  it.each(['vocoder with a mean', 'vocoder with a gain'])('%s: left as it is', async (name) => {
    const before = modelOf(graphFixture(name));
    const { editor, between } = divided(name, 4);
    expect(between).toBeUndefined();
    expect(operatorsOf(editor.finish()).toSorted()).toEqual(operatorsOf(before).toSorted());
  });

  it('whose ends are not in the graph: left as it is', () => {
    const editor = new GraphEditor(modelOf(vocoder));
    expect(batchWindows(editor, { input: 'x', output: 'nowhere', windows: 2 })).toBeUndefined();
    expect(batchWindows(editor, { input: 'nowhere', output: vocoder.waveform ?? '', windows: 2 })).toBeUndefined();
  });
});

describe('convolutions over planes', () => {
  it('make the same values without a batch', async () => {
    const editor = new GraphEditor(modelOf(vocoder));
    const all = new Set(editor.nodes.flatMap(({ outputs }) => outputs));
    // The first convolution lies before the windows.
    expect(planeConvolutions(editor, all)).toBe(10);
    expect(relativeError(await run(editor.finish()), expected)).toBeLessThan(1e-5);
  });
});
