import { readFile } from 'node:fs/promises';
import type { Voice } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { nearest } from './nearest.js';

/** Values of one style. */
export const styleSize = 256;

/** The first letter of a voice's name. */
const languages: Readonly<Record<string, string>> = {
  a: 'en-US',
  b: 'en-GB',
  e: 'es-ES',
  f: 'fr-FR',
  h: 'hi-IN',
  i: 'it-IT',
  j: 'ja-JP',
  p: 'pt-BR',
  z: 'zh-CN',
};

/** What a voice's name says: `af_heart` is American and female. */
export function kokoroVoice(id: string, sampleRate: number, license: string | undefined): Voice {
  const [language = '', gender] = id;
  return {
    id,
    language: languages[language] ?? 'en-US',
    ...(gender === 'f' ? { gender: 'female' as const } : gender === 'm' ? { gender: 'male' as const } : {}),
    sampleRate,
    ...(license === undefined ? {} : { license }),
  };
}

/** The voices of a Kokoro model: files of float32, 510 styles of 256 values, by the number of phonemes. */
export class KokoroVoices {
  readonly #loaded = new Map<string, Promise<Float32Array>>();

  /** @param files paths by voice */
  constructor(private readonly files: ReadonlyMap<string, string>) {}

  get names(): readonly string[] {
    return [...this.files.keys()];
  }

  /** `af_heart` when the model has it. */
  get first(): string {
    return this.files.has('af_heart') ? 'af_heart' : (this.names[0] as string);
  }

  /**
   * The styles of a voice or a blend (`af_heart*0.6+am_adam*0.4`; without numbers in equal parts), whose weights are brought to a
   * sum of 1.
   * @returns them, and the voice with the largest part
   */
  async styles(id: string): Promise<{ readonly styles: Float32Array; readonly main: string }> {
    const parts = parseBlend(id);
    for (const { name } of parts) this.#require(name);
    const loaded = await Promise.all(parts.map(({ name }) => this.#load(name)));
    const main = parts.reduce((best, part) => (part.weight > best.weight ? part : best)).name;
    const [only] = loaded;
    if (only && loaded.length === 1) return { styles: only, main };
    // Relative to the largest, so that their sum is a number.
    const largest = Math.max(...parts.map(({ weight }) => weight));
    const total = parts.reduce((sum, { weight }) => sum + weight / largest, 0);
    const styles = new Float32Array(Math.min(...loaded.map(({ length }) => length)));
    for (const [index, voice] of loaded.entries()) {
      const weight = (parts[index]?.weight ?? 0) / largest / total;
      for (let at = 0; at < styles.length; at += 1)
        styles[at] = (styles[at] as number) + weight * (voice[at] as number);
    }
    return { styles, main };
  }

  #require(name: string): void {
    if (this.files.has(name)) return;
    const near = nearest(name, this.names);
    const advice =
      near.length > 0 ? `did you mean ${near.join(', ')}?` : `voices() lists the ${this.files.size} that there are.`;
    throw new FerrumError('NotFound', `voice: the model has no voice ${name}; ${advice}`, {
      details: { parameter: 'voice', nearest: near },
    });
  }

  #load(name: string): Promise<Float32Array> {
    let loading = this.#loaded.get(name);
    if (!loading) {
      loading = readStyles(this.files.get(name) as string);
      this.#loaded.set(name, loading);
      loading.catch(() => this.#loaded.delete(name));
    }
    return loading;
  }
}

interface BlendPart {
  readonly name: string;
  readonly weight: number;
}

/** @throws FerrumError `InvalidParameter`. */
export function parseBlend(id: string): readonly [BlendPart, ...BlendPart[]] {
  const parts = id.split('+').map((part): BlendPart => {
    const [name = '', factor, ...more] = part.split('*').map((text) => text.trim());
    const weight = factor === undefined ? 1 : Number(factor);
    if (name !== '' && factor !== '' && more.length === 0 && Number.isFinite(weight) && weight > 0) {
      return { name, weight };
    }
    throw new FerrumError(
      'InvalidParameter',
      `voice: ${JSON.stringify(part)} of ${JSON.stringify(id)} is no part of a blend; write af_heart*0.6+am_adam*0.4, with weights above 0.`,
      { details: { parameter: 'voice' } },
    );
  });
  return parts as unknown as readonly [BlendPart, ...BlendPart[]];
}

async function readStyles(file: string): Promise<Float32Array> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new FerrumError('IO', `The voice ${file} cannot be read: ${String(cause)}`, { cause });
  });
  const rowBytes = 4 * styleSize;
  if (bytes.length === 0 || bytes.length % rowBytes !== 0) {
    throw new FerrumError(
      'InvalidFormat',
      `${file} is no Kokoro voice: it has ${bytes.length} bytes, not a multiple of ${rowBytes}.`,
    );
  }
  const styles = new Float32Array(new Uint8Array(bytes).buffer);
  if (!styles.every(Number.isFinite))
    throw new FerrumError('InvalidFormat', `${file} is no Kokoro voice: it holds numbers that are not finite.`);
  return styles;
}
