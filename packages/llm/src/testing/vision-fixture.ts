import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ChatMessage, ContentPart } from '@ferrum/interfaces';

/** A tiny model that sees and what `transformers` computes with it; see make.py beside the files. */
export interface VisionFixture {
  /** Path of the Hugging Face folder. */
  readonly location: string;
  readonly cases: readonly VisionCase[];
}

export interface VisionCase {
  readonly name: string;
  readonly messages: readonly ChatMessage[];
  /** The images of the messages, in their order. */
  readonly images: readonly Extract<ContentPart, { readonly type: 'image' }>[];
  /** With every image written out. */
  readonly prompt: string;
  readonly tokens: readonly number[];
  /** Mean of each frame's pixels, over all images. */
  readonly frameMeans: readonly number[];
  /** After each of the last tokens: float32 [vocabulary]. */
  readonly logits: readonly Float32Array[];
  readonly greedy: readonly number[];
}

export const visionFixtures = ['smolvlm', 'idefics3'] as const;
export const fixturesOfVision = new URL('../vision/fixtures/', import.meta.url);

export function loadPicture(name: string): Uint8Array {
  return readFileSync(new URL(`pictures/${name}.png`, fixturesOfVision));
}

type FilePart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image'; readonly picture: string };
interface FileCase extends Omit<VisionCase, 'messages' | 'images' | 'logits'> {
  readonly detail?: 'low';
  readonly messages: readonly { readonly role: ChatMessage['role']; readonly content: readonly FilePart[] }[];
}

export function loadVisionFixture(name: (typeof visionFixtures)[number]): VisionFixture {
  const folder = new URL(`${name}/`, fixturesOfVision);
  const file = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8'));
  const { vocabulary, lastRows, cases } = file as { vocabulary: number; lastRows: number; cases: readonly FileCase[] };
  const bytes = readFileSync(new URL('logits.bin', folder));
  const row = (index: number): Float32Array =>
    Float32Array.from({ length: vocabulary }, (_, i) => bytes.readFloatLE((index * vocabulary + i) * 4));
  return {
    location: fileURLToPath(folder),
    cases: cases.map(({ detail, messages, ...one }, index) => {
      const read = messages.map(({ role, content }) => ({
        role,
        content: content.map(
          (part): ContentPart =>
            part.type === 'text'
              ? part
              : { type: 'image', image: loadPicture(part.picture), ...(detail === undefined ? {} : { detail }) },
        ),
      }));
      const parts = read.flatMap(({ content }) => content);
      return {
        ...one,
        messages: read,
        images: parts.filter((part) => part.type === 'image'),
        logits: Array.from({ length: lastRows }, (_, i) => row(index * lastRows + i)),
      };
    }),
  };
}
