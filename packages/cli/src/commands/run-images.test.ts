import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FerrumError } from '@ferrum/registry';
import { afterAll, describe, expect, it } from 'vitest';
import { type FakeEngine, fakeEngine } from '../testing/fake-engine.js';
import { runCommand } from '../testing/run-command.js';

const folder = await mkdtemp(path.join(tmpdir(), 'ferrum-run-images-'));
afterAll(() => rm(folder, { recursive: true }));
const cat = path.join(folder, 'cat.png');
await writeFile(cat, 'a cat');

async function run(...flags: readonly string[]) {
  return await runWith(fakeEngine({}), flags);
}

async function runWith(engine: FakeEngine, flags: readonly string[]) {
  const result = await runCommand(['run', 'tiny', 'What?', ...flags], { plugins: [engine.plugin] });
  return { ...result, request: engine.requests[0], opened: engine.options.length };
}

describe('--image', () => {
  it('shows the model images before the question, in their order', async () => {
    const { code, request } = await run('--image', cat, '--image', cat, '--system', 'Be brief.');
    expect(code).toBe(0);
    const image = { type: 'image', image: Buffer.from('a cat') };
    expect(request?.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [image, image, { type: 'text', text: 'What?' }] },
    ]);
  });

  it('is named where the engine says what is wrong with one', async () => {
    const parameter = 'messages.1.content.1';
    const message = `Invalid request: \`${parameter}\`: that is no image.`;
    const failure = new FerrumError('RequestValidation', message, { details: { parameter } });
    const flags = ['--system', 'x', '--image', cat, '--image', `${folder}/./cat.png`];
    expect(await runWith(fakeEngine({ answer: [failure] }), flags)).toMatchObject({
      code: 2,
      stderr: `ferrum: --image ${folder}/./cat.png: that is no image.\n`,
    });
  });

  it.each([
    [['--image', 'nowhere.png'], '--image nowhere.png: there is no such file.'],
    [['--image', folder], `--image ${folder}: it is no file.`],
    [['--image', cat, '--raw'], '--raw sends the prompt alone, so --image has no place in it.'],
  ])('%j is refused before a model is opened', async (flags, message) => {
    expect(await run(...flags)).toMatchObject({ code: 2, opened: 0, stderr: expect.stringContaining(message) });
  });
});
