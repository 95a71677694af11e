import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { fakeEngine } from './testing/fake-engine.js';
import { runCommand } from './testing/run-command.js';

async function runWithStray(reason: unknown, parameters: readonly string[] = []) {
  const signals = new EventEmitter();
  const { plugin } = fakeEngine();
  const leaving = {
    ...plugin,
    register(registry: Parameters<typeof plugin.register>[0]) {
      signals.emit('unhandledRejection', reason, Promise.resolve());
      return plugin.register(registry);
    },
  };
  const result = await runCommand(['plugins', 'list', ...parameters], { plugins: [leaving], signals });
  return { ...result, listeners: signals.listenerCount('unhandledRejection') };
}

describe('a promise that a plugin leaves to fail alone', () => {
  it('is told of with its place, and the command goes on', async () => {
    const { code, stdout, stderr, listeners } = await runWithStray(new Error('no \u001b[2Jdriver'));
    expect(code).toBe(0);
    expect(stdout).toContain('fake-plugin');
    expect(stderr).toMatch(/^ferrum: something failed that nobody waits for: no \[2Jdriver \(at .+\)\n$/);
    expect(listeners).toBe(0);
  });

  it('is told of whatever it failed with, and with --verbose in full', async () => {
    expect((await runWithStray('gone')).stderr).toContain('nobody waits for: gone (at ');
    expect((await runWithStray({ code: 7 })).stderr).toContain('{ code: 7 }');
    expect((await runWithStray(new TypeError('x'), ['--verbose'])).stderr).toMatch(/TypeError: x\n {4}at .+\n {4}at /);
  });
});
