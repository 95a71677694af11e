import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';

/** Where `onnxruntime-node` keeps one folder per platform and architecture. */
export function bundledLibraryFolder(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return join(dirname(manifest), 'bin', 'napi-v6');
}

/**
 * The path of the ONNX Runtime library that the package `onnxruntime-node` carries for this machine.
 * @throws FerrumError `Unsupported` that names the platforms it has, when this is none of them.
 */
export function findBundledLibrary(
  platform: string = process.platform,
  architecture: string = process.arch,
  folder: string = bundledLibraryFolder(),
): string {
  const path = libraryIn(join(folder, platform, architecture));
  if (path !== undefined) return path;
  const supported = supportedPlatforms(folder);
  throw new FerrumError(
    'Unsupported',
    `There is no ONNX Runtime library for ${platform} ${architecture}; onnxruntime-node carries it for ` +
      `${supported.join(', ')}. Build or download one for this machine and give its path as libraryPath.`,
    { details: { platform, architecture, supported } },
  );
}

function supportedPlatforms(folder: string): string[] {
  return listFolder(folder).flatMap((platform) =>
    listFolder(join(folder, platform))
      .filter((architecture) => libraryIn(join(folder, platform, architecture)) !== undefined)
      .map((architecture) => `${platform} ${architecture}`),
  );
}

function libraryIn(folder: string): string | undefined {
  const name = listFolder(folder).find((file) => libraryName.test(file));
  return name === undefined ? undefined : join(folder, name);
}

const libraryName = /^(libonnxruntime\.so(\.\d+)*|libonnxruntime(\.\d+)+\.dylib|onnxruntime\.dll)$/;

function listFolder(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}
