import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Sets fields of a JSON file of a model's folder; those that are undefined are taken away. */
export function setJson(folder: string, name: string, fields: Readonly<Record<string, unknown>>): void {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }));
}

/** The file ends after this share of its bytes. */
export function truncate(folder: string, name: string, share: number): void {
  const file = path.join(folder, name);
  truncateSync(file, Math.floor(readFileSync(file).length * share));
}

/** Writes other text where a text is: the first time that it occurs. */
export function overwrite(folder: string, name: string, text: string, other: string): void {
  const file = path.join(folder, name);
  const bytes = readFileSync(file);
  const at = bytes.indexOf(text);
  if (at < 0 || text.length !== other.length) throw new Error(`${name} has no ${text}, or ${other} is not as long`);
  bytes.write(other, at);
  writeFileSync(file, bytes);
}
