import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const built = new URL('../dist/index.js', import.meta.url);
const isBuilt = existsSync(fileURLToPath(built));
if (!isBuilt) process.stderr.write('Skipped: broken-plugins.process.test.ts needs `npm run build`.\n');

/** A process that does nothing but what the script says prints this. */
async function printed(script: string): Promise<unknown> {
  const source = `
    import { createHost } from ${JSON.stringify(built.href)};
    const never = new Promise(() => {});
    const plugin = (name, { register = () => {}, ...engine } = {}) => ({
      specificationVersion: '1',
      name,
      version: '1.0.0',
      register: (registry) => register() ?? registry.register({
        specificationVersion: '1',
        id: name,
        capability: 'fake',
        features: [],
        device: 'cpu',
        match: () => ({ score: 50, reason: 'opens it' }),
        create: async () => ({ label: name, [Symbol.asyncDispose]: async () => {} }),
        ...engine,
      }),
    });
    const failure = (call) => call.then(() => 'none', (error) => error.errors?.[0].code ?? error.code);
    const request = { model: 'm' };
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    ${script}
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source]);
  return JSON.parse(stdout);
}

// Node.js leaves when only promises are waited for: a process must live to hear what its plugins have not done.
describe.skipIf(!isBuilt)('a process in which nothing else goes on', () => {
  it('hears of a plugin that does not register, match or open', async () => {
    const script = `
      const limits = { registrationTimeoutMs: 20, matchTimeoutMs: 20, openTimeoutMs: 20 };
      const host = createHost({
        ...limits,
        plugins: [
          plugin('registers never', { register: () => never }),
          plugin('matches never', { match: () => never }),
          plugin('opens never', { create: () => never }),
          plugin('fine'),
        ],
      });
      const { label } = await host.resolve('fake', { ...request, prefer: ['fine'] });
      const code = await failure(host.resolve('fake', { ...request, prefer: ['opens never'] }));
      await host.dispose();
      console.log(JSON.stringify({ label, code, states: host.plugins.map(({ state }) => state), timers: timers() }));
    `;
    expect(await printed(script)).toEqual({
      label: 'fine',
      code: 'Timeout',
      states: ['failed', 'registered', 'registered', 'registered'],
      timers: 0,
    });
  });

  it('hears of an engine that does not close', async () => {
    const script = `
      const create = async () => ({ [Symbol.asyncDispose]: () => never });
      const host = createHost({ closeTimeoutMs: 20, plugins: [plugin('closes never', { create })] });
      await host.resolve('fake', request);
      console.log(JSON.stringify({ code: await failure(host.dispose()), timers: timers() }));
    `;
    expect(await printed(script)).toEqual({ code: 'Timeout', timers: 0 });
  });

  it('ends at once when it disposes the host', async () => {
    const script = `
      const registering = createHost({ plugins: [plugin('registers never', { register: () => never })] });
      const matching = createHost({ plugins: [plugin('matches never', { match: () => never })] });
      const create = ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      const opening = createHost({ plugins: [plugin('opens slowly', { create })] });
      const hosts = [registering, matching, opening];
      const calls = hosts.map((host) => failure(host.resolve('fake', request)));
      await new Promise((resolve) => setTimeout(resolve, 5));
      await Promise.all(hosts.map((host) => host.dispose()));
      console.log(JSON.stringify({ codes: await Promise.all(calls), timers: timers() }));
    `;
    expect(await printed(script)).toEqual({ codes: ['Cancelled', 'Cancelled', 'Cancelled'], timers: 0 });
  });
});
