// Uses the packages as an application does that installed them.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Runs the README's example, finds the plugins, imports and requires every entry point, and starts the command.
 *
 * @param execute runs Node.js with arguments in the application's folder, and throws when it fails
 * @param output the same, and gives what it prints
 */
export async function tryPacked({ application, readme, packages, version, execute, output }) {
  const [, example] = /## As a library\n+```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8')) ?? [];
  if (example === undefined) throw new Error('README.md has no example under "As a library".');
  await writeFile(path.join(application, 'example.mjs'), example);
  await execute('example.mjs');
  console.log();

  const plugins = packages.filter(({ manifest }) => manifest.ferrum?.plugin !== undefined).map(({ name }) => name);
  await evaluate(`
    import { createHost, discoverPlugins } from '@ferrum/registry';
    const { plugins, failures } = await discoverPlugins({ from: process.cwd() });
    for (const { packageName, error } of failures) console.error(packageName, error);
    const found = plugins.map((plugin) => plugin.name);
    const missing = ${JSON.stringify(plugins)}.filter((name) => !found.includes(name));
    if (missing.length > 0) throw new Error('Not found: ' + missing.join(', '));
    const host = createHost({ plugins });
    const phonemizer = await host.resolve('phonemization', { model: 'espeak-ng' });
    if ((await phonemizer.phonemize('hello', 'en-US')).length !== 1) throw new Error('espeak-ng says nothing.');
    await host.dispose();
  `);

  // What lies under vitest needs vitest, which this application does not have.
  const specifiers = packages
    .flatMap(({ entryPoints }) => entryPoints)
    .map(({ specifier }) => specifier)
    .filter((specifier) => !specifier.endsWith('/vitest'));
  await evaluate(`for (const name of ${JSON.stringify(specifiers)}) await import(name);`);
  // The codes come from one copy of the registry, whether it is imported or required.
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || minor >= 19) {
    await execute(
      '--eval',
      `
      for (const name of ${JSON.stringify(specifiers)}) require(name);
      const { FerrumError } = require('@ferrum/registry');
      if (!FerrumError.isInstance(new FerrumError('Config', 'x'))) process.exit(1);
    `,
    );
  }

  const said = (await output(path.join('node_modules', '@ferrum', 'cli', 'dist', 'main.js'), '--version')).trim();
  if (said !== version) throw new Error(`"ferrum --version" says ${said}, not ${version}.`);

  function evaluate(code) {
    return execute('--input-type=module', '--eval', code);
  }
}
