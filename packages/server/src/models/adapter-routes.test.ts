import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { post } from '../testing/test-server.js';
import { anyJsonOf, textModel as model, textServer } from '../testing/text-server.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ferrum-adapters-'));
  for (const name of ['good', 'broken']) await mkdir(path.join(folder, 'in', name), { recursive: true });
  await mkdir(path.join(folder, 'outside'));
  await symlink(path.join(folder, 'outside'), path.join(folder, 'in', 'link'));
});
afterAll(() => rm(folder, { recursive: true }));

const load = '/v1/load_lora_adapter';
const messages = [{ role: 'user', content: 'x' }];

describe('adapters', () => {
  it('are loaded, listed, chosen by name and unloaded', async () => {
    await using server = await textServer({}, { adapterDirectory: path.join(folder, 'in') });
    const loaded = await post(server.url, load, { lora_name: 'a', lora_path: 'good' });
    expect([loaded.status, await anyJsonOf(loaded)]).toMatchObject([200, { id: `${model}:a`, parent: model }]);
    expect((await post(server.url, load, { lora_name: 'a', lora_path: 'good' })).status).toBe(400);
    const list = await anyJsonOf(await fetch(`${server.url}/v1/models`));
    expect(list.data.map(({ id }: { id: string }) => id)).toEqual([model, `${model}:a`]);
    const ask = () => post(server.url, '/v1/chat/completions', { model: `${model}:a`, messages });
    expect(await anyJsonOf(await ask())).toMatchObject({ model: `${model}:a` });
    expect(server.fake.requests[0]?.adapter).toBe('a');
    expect((await post(server.url, '/v1/unload_lora_adapter', { lora_name: 'a' })).status).toBe(200);
    expect((await ask()).status).toBe(404);
    const again = await post(server.url, '/v1/unload_lora_adapter', { lora_name: 'a' });
    const { error } = await anyJsonOf(again);
    expect([again.status, error.param, error.code]).toEqual([404, 'lora_name', 'adapter_not_found']);
  });

  it.each([true, false])(
    'that do not load when their model opens are told of once, with the reason (preload: %s)',
    async (preload) => {
      const served = {
        model,
        preload,
        adapters: { good: path.join(folder, 'in', 'good'), bad: path.join(folder, 'in', 'broken') },
      };
      await using server = await textServer({}, { models: [served] });
      const ask = (name: string) => post(server.url, '/v1/chat/completions', { model: name, messages });
      expect([(await ask(model)).status, (await ask(model)).status, (await ask(`${model}:good`)).status]).toEqual([
        200, 200, 200,
      ]);
      const warnings = server.log.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
      expect(warnings).toMatchObject([
        {
          msg: 'adapter could not be loaded',
          model: `${model}:bad`,
          err: { message: expect.stringContaining('has rank 0') },
        },
      ]);
      const refused = await ask(`${model}:bad`);
      expect([refused.status, (await anyJsonOf(refused)).error.message]).toEqual([
        500,
        expect.stringContaining('log says why'),
      ]);
    },
  );

  it.each(['/etc', '../outside', 'link', '.', 'broken'])('are refused from %s', async (lora_path) => {
    await using server = await textServer({}, { adapterDirectory: path.join(folder, 'in') });
    const response = await post(server.url, load, { lora_name: 'a', lora_path });
    expect(response.status).toBe(400);
    const { error } = await anyJsonOf(response);
    expect(error.param).toBe('lora_path');
    expect(error.message).not.toContain(folder);
  });

  it('are loaded by clients only where the operator lets them', async () => {
    await using server = await textServer();
    expect((await post(server.url, load, { lora_name: 'a', lora_path: 'good' })).status).toBe(403);
  });
});
