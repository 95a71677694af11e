import { GraphEditor, type OnnxModel, type OnnxNode, type OnnxValueInfo } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import { batchWindows } from './batch-windows.js';
import { replaceUpsampling } from './pixel-shuffle-upsampling.js';
import { planeConvolutions } from './plane-convolutions.js';

/** Frames of each phoneme id: one of them is a hop of the decoder, 256 samples in Piper's voices. */
export const durationsOutput = 'ferrum_durations';
/** Standard normal noise, [1, 2, ids]: how much the durations vary. */
export const durationNoiseInput = 'ferrum_duration_noise';
/** Standard normal noise, [1, channels, frames]: how much the sound varies. */
export const noiseInput = 'ferrum_noise';

/** In the encoder's metadata: the name of the value whose shape the noise has. */
export const noiseShapeKey = 'ferrum.noise_shape';

/** A VITS graph in two halves: what its text says, and the sound of it. Between them one knows how much noise is wanted. */
export interface PiperHalves {
  /** Reads ids; makes the durations and everything that the decoder needs. */
  readonly encoder: OnnxModel;
  /** @param infos types of the encoder's outputs, by name */
  readonly decoder: (infos: ReadonlyMap<string, OnnxValueInfo>) => OnnxModel;
}

/**
 * Splits a VITS graph (Kim et al., 2021) as Piper exports it where its noise is drawn, and takes the noise as an input: so a
 * seed gives the same speech on every machine.
 * @param windows into how many parts the time of the decoder's last stages is divided, to be computed as a batch
 * @throws FerrumError `InvalidFormat` for a graph that is not one of a Piper voice.
 */
export function importPiper(model: OnnxModel, windows: number): PiperHalves {
  const encoder = new GraphEditor(model);
  const durations = encoder.nodes.find(({ operator }) => operator === 'Ceil')?.outputs[0];
  const [output] = encoder.outputs;
  if (durations === undefined || output === undefined || !encoder.inputs.some(({ name }) => name === 'scales')) {
    throw notPiper('predicts no durations or has no input "scales"');
  }
  const before = ancestorsOf(encoder, durations);
  const random = encoder.nodes.filter(({ operator }) => operator === 'RandomNormalLike');
  const durationNoise = random.filter((node) => before.has(node));
  const [noise, ...others] = random.filter((node) => !before.has(node));
  if (!noise || others.length > 0 || durationNoise.length > 1) {
    throw notPiper(`draws noise in ${random.length} places`);
  }
  const after = descendantsOf(encoder, noise.outputs[0] as string);
  const decoder = new GraphEditor(model);
  const boundary = boundaryOf(encoder, after);
  const noiseShape = noise.inputs[0] as string;

  for (const node of durationNoise) {
    encoder.cutInput({ name: node.outputs[0] as string, type: 'float32', shape: [1, 2, 'ids'] });
    encoder.renameInput(node.outputs[0] as string, durationNoiseInput);
  }
  encoder.setOutputs([...new Set([...boundary, noiseShape])].map((name) => ({ name })));
  encoder.addOutput(durations, { name: durationsOutput, type: 'float32' });
  encoder.dropUnreadInputs();

  const first = encoder.finish();
  return {
    encoder: { ...first, metadata: new Map([...first.metadata, [noiseShapeKey, noiseShape]]) },
    decoder: (infos) => {
      decoder.setOutputs([output]);
      for (const name of boundary) decoder.cutInput(infos.get(name) ?? { name });
      decoder.cutInput({ name: noise.outputs[0] as string, type: 'float32', shape: [1, 'channels', 'frames'] });
      decoder.renameInput(noise.outputs[0] as string, noiseInput);
      speedUpDecoder(decoder, windows);
      decoder.dropUnreadInputs();
      return decoder.finish();
    },
  };
}

/** The last two stages of a HiFi-GAN decoder (Kong et al., 2020) take most of the time, and see little of the time around. */
function speedUpDecoder(decoder: GraphEditor, windows: number): void {
  const upsampling = decoder.inOrder().filter(({ operator }) => operator === 'ConvTranspose');
  const waveform = decoder.inOrder().findLast(({ operator }) => operator === 'Tanh')?.outputs[0];
  const input = upsampling.at(-2)?.inputs[0];
  const between =
    input !== undefined && waveform !== undefined
      ? batchWindows(decoder, { input, output: waveform, windows })
      : undefined;
  if (between) planeConvolutions(decoder, between);
  replaceUpsampling(decoder);
}

function notPiper(why: string): FerrumError {
  return new FerrumError('InvalidFormat', `The ONNX file is not a voice as Piper exports them: its graph ${why}.`);
}

function ancestorsOf(editor: GraphEditor, value: string): ReadonlySet<OnnxNode> {
  const found = new Set<OnnxNode>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = editor.producerOf(next);
    if (!node || found.has(node)) continue;
    found.add(node);
    open.push(...node.inputs);
  }
  return found;
}

function descendantsOf(editor: GraphEditor, value: string): ReadonlySet<OnnxNode> {
  const found = new Set<OnnxNode>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const node of editor.consumersOf(next)) {
      if (found.has(node)) continue;
      found.add(node);
      open.push(...node.outputs);
    }
  }
  return found;
}

/** What the nodes after the noise read that depends on the text, but not on the noise. */
function boundaryOf(editor: GraphEditor, after: ReadonlySet<OnnxNode>): readonly string[] {
  const inputs = new Set(editor.inputs.map(({ name }) => name));
  const dependent = new Map<string, boolean>();
  const depends = (value: string): boolean => {
    const known = dependent.get(value);
    if (known !== undefined) return known;
    dependent.set(value, false);
    const answer = inputs.has(value) || (editor.producerOf(value)?.inputs.some(depends) ?? false);
    dependent.set(value, answer);
    return answer;
  };
  const boundary = new Set<string>();
  for (const node of after) {
    for (const input of node.inputs) {
      const producer = editor.producerOf(input);
      if (input !== '' && !(producer && after.has(producer)) && !inputs.has(input) && depends(input)) {
        boundary.add(input);
      }
    }
  }
  return [...boundary].filter((value) => editor.producerOf(value)?.operator !== 'RandomNormalLike');
}
