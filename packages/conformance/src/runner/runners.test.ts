import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeTextGeneration } from '../index.js';

const run = promisify(execFile);
const built = new URL('../../dist/', import.meta.url);

describe('the suites for node:test', () => {
  it('say under vitest where those for vitest are', () => {
    const open = async () => {
      throw new Error('never opened');
    };
    expect(() => describeTextGeneration(open, { features: [] })).toThrow(/@ferrum\/conformance\/vitest/);
  });

  it.skipIf(!existsSync(built))(
    'run under node --test, pass for a mock, and fail for a broken one (needs dist)',
    async () => {
      const passing = await nodeTest('mockLanguageModel({ contextLength: 400, beforePiece })');
      expect(passing.output).toMatch(/^# fail 0$/m);
      expect(passing.code).toBe(0);
      expect(Number(/^# pass (\d+)$/m.exec(passing.output)?.[1])).toBeGreaterThan(80);
      const failing = await nodeTest('mockLanguageModel({ features: ["streaming"], contextLength: 400, beforePiece })');
      expect(failing.code).not.toBe(0);
      expect(failing.output).toMatch(/declares the feature seed/);
    },
  );
});

async function nodeTest(mock: string): Promise<{ readonly code: number; readonly output: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'ferrum-conformance-'));
  const file = join(folder, 'mock.test.mjs');
  await writeFile(
    file,
    `import { setTimeout as sleep } from 'node:timers/promises';
import { describeTextGeneration } from ${JSON.stringify(new URL('index.js', built).href)};
import { mockLanguageModel, mockLanguageModelFeatures } from ${JSON.stringify(new URL('testing.js', built).href)};
const beforePiece = () => sleep(1);
describeTextGeneration(async () => ${mock}.engine, { features: mockLanguageModelFeatures, contextLength: 400 });
`,
  );
  // Without what tells the suites that vitest is at work.
  const { VITEST: _, NODE_OPTIONS: __, ...env } = process.env;
  try {
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', file], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { readonly code: number; readonly stdout: string };
    return { code, output: stdout };
  } finally {
    await rm(folder, { recursive: true });
  }
}
