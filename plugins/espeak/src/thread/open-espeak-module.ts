import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FerrumError } from '@ferrum/registry/errors';
import type { EspeakVoice } from './messages.js';

const packageName = '@echogarden/espeak-ng-emscripten';

/** SHA-256 of espeak-ng.js in version 0.3.5. */
const expectedHash = '3502d997af2640e54518a06845776c8507bfeebd8ff75f80176370e35de9896b';

/** Size of its espeak-ng.data. */
const expectedDataBytes = 24_014_553;

/** What this package uses of the module; its interface is emscripten/espeakng_glue.idl in Echogarden's fork of espeak-ng. */
export interface EspeakModule {
  readonly HEAPU8: Uint8Array;
  readonly eSpeakNGWorker: new () => {
    list_voices(): readonly EspeakVoice[];
    /** @returns 0 when it worked */
    set_voice(identifier: string): number;
    /** @returns a pointer to be freed */
    text_to_phonemes(text: string, isIpa: 0 | 1): { readonly ptr: number };
  };
  _free(pointer: number): void;
}

/** @param phonemes a pointer to a string, valid during the call; @param terminator bits of `CLAUSE_…` in espeak-ng's translate.h */
type OnClause = (phonemes: number, terminator: number) => void;

/**
 * Loads espeak-ng compiled to JavaScript.
 *
 * Its `text_to_phonemes` takes under a millisecond for a sentence, but does not say how a clause ended. Inside, espeak-ng
 * knows it, so a call of `onClause` is added to its loop over the clauses. The names there are of one build: another one
 * is refused.
 *
 * @param entry finds the path of the package's main file
 * @throws FerrumError `Backend` when it is missing or another one
 */
export async function openEspeakModule(onClause: OnClause, entry = packageEntry): Promise<EspeakModule> {
  const { path, source, data } = await readPackage(entry);
  const hash = createHash('sha256').update(source).digest('hex');
  if (hash !== expectedHash || data.byteLength !== expectedDataBytes) {
    const message = `${packageName} in ${dirname(path)} is not version 0.3.5, or was changed; install @ferrum/plugin-espeak anew.`;
    throw new FerrumError('Backend', message, { details: { path, hash } });
  }
  const changed = withClauses(source.toString('utf8'), pathToFileURL(path));
  const { default: create }: { default: (options: object) => Promise<EspeakModule> } = await import(
    `data:text/javascript;base64,${Buffer.from(changed).toString('base64')}`
  );
  const silent = (): void => {};
  // It would read the data itself, but wait for ever if it could not.
  return create({ onClause, getPreloadedPackage: () => data, print: silent, printErr: silent });
}

const packageEntry = (): string => createRequire(import.meta.url).resolve(packageName);

async function readPackage(entry: () => string): Promise<{ path: string; source: Buffer; data: ArrayBuffer }> {
  try {
    const path = entry();
    const [source, data] = await Promise.all([readFile(path), readFile(join(dirname(path), 'espeak-ng.data'))]);
    return { path, source, data: data.buffer };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${packageName} cannot be read (${reason}); install @ferrum/plugin-espeak anew.`;
    throw new FerrumError('Backend', message, { cause });
  }
}

/**
 * In `text_to_phonemes`, `b` points to the phonemes of the clause that was just translated, `Xd` appends them to the
 * result, I is the memory as 32-bit integers, I[49252] is `translator`, and at 8240 of it `clause_terminator`.
 */
function withClauses(source: string, url: URL): string {
  const append = 'Xd(a,b);if(!I[a+12>>2])';
  return (
    source
      .replace(append, `Module.onClause(b,I[I[49252]+8240>>2]);${append}`)
      // The changed source has no file of its own.
      .replaceAll('import.meta.url', JSON.stringify(url.href))
  );
}
