import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { npmCommand } from './npm-command.js';
import { onlyFile, type PackageDownload } from './package-download.js';
import { runTool } from './run-tool.js';

/** Downloads a package with the user's own npm, and so from the registry or mirror that npm is set up for. @returns its path */
export async function downloadTarball(download: PackageDownload): Promise<string> {
  const { name, version, directory } = download;
  const output = join(directory, 'tarball');
  await mkdir(output, { recursive: true });
  await runTool({
    name: 'npm',
    commands: [npmCommand(download.environment)],
    // A cache of its own: npm's would keep a second copy of the model, and here its growth shows the progress.
    arguments: [
      ...'pack --ignore-scripts --loglevel error --no-update-notifier --logs-max 0'.split(' '),
      ...'--fetch-retries 0 --fetch-timeout 15000'.split(' '),
      ...['--cache', join(directory, 'cache'), '--pack-destination', output],
      ...['--', `${name}@${version ?? 'latest'}`],
    ],
    environment: download.environment,
    directory,
    signal: download.signal,
    onBytes: download.onBytes,
  });
  return await onlyFile(output, '.tgz', `npm pack ${name}`);
}
