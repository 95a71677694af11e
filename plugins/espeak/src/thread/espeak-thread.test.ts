import { expect, it } from 'vitest';
import { EspeakThread } from './espeak-thread.js';

const open = (): EspeakThread => new EspeakThread(new URL('../fixtures/failing-thread.mjs', import.meta.url));

it.each(['exit', 'throw'])(
  'rejects the text at which the thread ends (%s), and reads the others in a new one',
  async (how) => {
    const thread = open();
    const [before, ending, after] = await Promise.allSettled(
      ['one', how, 'two'].map((text) => thread.phonemize('gmw/en', text)),
    );
    expect(before).toMatchObject({ value: ['one'] });
    expect(ending).toMatchObject({
      reason: { code: 'Backend', message: expect.stringMatching(/exit code 3|memory access out of bounds/) },
    });
    expect(after).toMatchObject({ value: ['two'] });
    expect(await thread.phonemize('gmw/en', 'three')).toEqual(['three']);
    await thread.close();
  },
);

it('passes failures on and goes on', async () => {
  const thread = open();
  await expect(thread.phonemize('gmw/en', 'fail')).rejects.toMatchObject({ code: 'Backend', message: 'no such voice' });
  expect(await thread.phonemize('gmw/en', 'one')).toEqual(['one']);
  await thread.close();
});

it('drops what waits once its signal fires', async () => {
  const thread = open();
  const abort = new AbortController();
  const first = thread.phonemize('gmw/en', 'one');
  let isAnswered = false;
  void thread.phonemize('gmw/en', 'exit', abort.signal).finally(() => {
    isAnswered = true;
  });
  const last = thread.phonemize('gmw/en', 'two');
  abort.abort();
  expect(await Promise.all([first, last])).toEqual([['one'], ['two']]);
  expect(isAnswered).toBe(false);
  await thread.close();
});

it('rejects everything when it is closed, and may be closed twice', async () => {
  const thread = open();
  const calls = [thread.phonemize('gmw/en', 'one'), thread.phonemize('gmw/en', 'two')];
  const outcomes = Promise.allSettled(calls);
  await Promise.all([thread.close(), thread.close()]);
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: { code: 'Cancelled' } });
  await expect(thread.phonemize('gmw/en', 'three')).rejects.toMatchObject({ code: 'Cancelled' });
  await open().close();
});
