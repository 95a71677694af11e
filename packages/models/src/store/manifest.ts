import { join } from 'node:path';
import type { ModelManifest } from '@ferrum/interfaces';
import type { CatalogueEntry } from '../catalogue/catalogue-entry.js';
import { inspectFiles } from './inspect-files.js';
import type { PulledReference } from './resolve-reference.js';

/** Files of a model that are on this machine. */
export interface FilesOnDisk {
  readonly directory: string;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
}

/** What is known of a model: from the catalogue if it is there, else from the files' own headers. */
export async function createManifest(
  reference: string,
  resolved: PulledReference,
  onDisk: FilesOnDisk | undefined,
): Promise<ModelManifest> {
  const sizeBytes = onDisk && { sizeBytes: onDisk.files.reduce((sum, file) => sum + file.sizeBytes, 0) };
  const names = onDisk?.files.map((file) => file.name) ?? [];
  if (resolved.kind === 'source') {
    return { reference, ...(onDisk && (await inspectFiles(onDisk.directory, names))), ...sizeBytes };
  }
  const path = onDisk && { path: modelPath(onDisk.directory, resolved.entry, names) };
  return { reference, ...entryFacts(resolved.entry), ...sizeBytes, ...path };
}

function entryFacts(entry: CatalogueEntry): Omit<ModelManifest, 'reference'> {
  const { name, capability, architecture, format, license, sizeBytes, contextLength, quantization } = entry;
  const { sampling, embedding } = entry;
  return {
    ...{ name, architecture, format, license },
    // One that is for nothing by itself is used by other models.
    capabilities: capability === undefined ? [] : [capability],
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(sampling === undefined ? {} : { sampling }),
    ...(embedding === undefined ? {} : { embedding }),
  };
}

/** A GGUF is one file; every other format is a folder. */
function modelPath(directory: string, entry: CatalogueEntry, names: readonly string[]): string {
  const gguf = entry.format === 'gguf' ? names.find((name) => /\.gguf$/i.test(name)) : undefined;
  return gguf === undefined ? directory : join(directory, gguf);
}
