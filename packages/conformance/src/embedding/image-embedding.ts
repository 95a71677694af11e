import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { EmbedEngine, ImageInput } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import type { Subject } from '../engine/subject.js';
import { assertSameVector, assertUnitLength, assertVector, cosine } from './vectors.js';

/** PNG files of 32 × 32 pixels, base64: one red, one a chessboard of blue and yellow. */
const red =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAKklEQVR42mO4IydHU8QwasGoBaMWjFowasGoBaMWjFowasGoBaMWDBULAJI2YD30P/0LAAAAAElFTkSuQmCC';
const chessboard =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAOklEQVR42mP4/58BK2Jg+I8VkaqeYdSCUQuGgAXUMgi3+lELRi0Y/BaMFhWjFoxaMFofjFowagEQAQDLs/pMiHwcDgAAAABJRU5ErkJggg==';
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

export function imageEmbedding(subject: Subject<EmbedEngine>, { normalized }: { readonly normalized: boolean }): void {
  featureContract(subject, 'image', {
    works(test) {
      test('embeds an image in the space of the texts, from bytes and from a data URL', async () => {
        const { engine } = subject;
        const vector = await engine.embedImage(bytesOf(red));
        assertVector(vector, engine.embeddingDim(), 'The embedding of an image');
        if (normalized) assertUnitLength(vector, 'The embedding of an image');
        const ofUrl = await engine.embedImage(`data:image/png;base64,${red}`);
        assertSameVector(vector, ofUrl, 'The same image from bytes and from a data URL');
        const other = await engine.embedImage(bytesOf(chessboard));
        assert.ok(cosine(vector, other) < 0.9999, 'Two different images have one embedding.');
      });

      test('gives an image the same embedding beside other callers', async () => {
        const { engine } = subject;
        const alone = await engine.embedImage(bytesOf(chessboard));
        const inputs = [chessboard, red, chessboard, red].map(bytesOf);
        const [first, , third] = await Promise.all(inputs.map((input) => engine.embedImage(input)));
        assert.ok(first && third);
        assertSameVector(first, alone, 'An image beside others');
        assertSameVector(third, alone, 'An image beside others');
      });

      const broken: Readonly<Record<string, ImageInput>> = {
        'bytes that are no image': new TextEncoder().encode('This is no image, but a sentence.'),
        'no bytes': new Uint8Array(0),
        'an image that ends early': bytesOf(chessboard).subarray(0, 60),
        'a data URL without an image': 'data:image/png;base64,AAAA',
        'the path of a file that is not there': join('a folder that is not there', 'image.png'),
        'a number': 42 as unknown as string,
        null: null as unknown as string,
      };
      for (const [what, input] of Object.entries(broken)) {
        test(`refuses ${what}, and goes on working`, async () => {
          const codes = ['InvalidFormat', 'RequestValidation', 'InvalidParameter', 'NotFound', 'Unsupported'] as const;
          await rejection(() => subject.engine.embedImage(input), ...codes);
          await subject.engine.embedImage(bytesOf(red));
        });
      }

      test('refuses a call whose signal has fired already', async () => {
        await rejection(() => subject.engine.embedImage(bytesOf(red), { signal: AbortSignal.abort() }), 'Cancelled');
      });
    },
    uses: { 'an image': (engine) => engine.embedImage(bytesOf(red)) },
  });
}
