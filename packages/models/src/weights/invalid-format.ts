import { FerrumError } from '@ferrum/registry/errors';

/** Where in a file something was found. */
export interface FilePlace {
  readonly file: string;
  /** In bytes from the start of the file. */
  readonly offset: number;
}

/** The error for a file that is not what it should be; `found` and `expected` complete "found …, expected …". */
export function invalidFormat(place: FilePlace, found: string, expected: string): FerrumError {
  return new FerrumError(
    'InvalidFormat',
    `${place.file}: at byte ${place.offset} found ${found}, expected ${expected}. The file is damaged or of another kind; get it again.`,
    { details: { file: place.file, offset: place.offset, found, expected } },
  );
}

/** A string from a file, made fit for a message: quoted, escaped and cut. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
