import { expect, it } from 'vitest';
import { loadJointFixture } from './fixtures/load-fixture.js';
import { largestDifference } from './testing/differences.js';
import { refuseUnhandledRejections } from './testing/event-loop.js';
import { opener } from './testing/open-fixture.js';
import { temporaryFolder } from './testing/temporary-folder.js';

refuseUnhandledRejections();
const open = opener(temporaryFolder());
const { location, images } = loadJointFixture('clip');
const [image] = images;
const file = image?.location ?? '';

it('an image that is being read when the engine is shut down is embedded', async () => {
  const engine = await open.embed(location);
  const expected = await engine.embedImage(file);
  const reading = engine.embedImage(file);
  expect(await engine.status()).toMatchObject({ activeRequests: 1 });
  const closing = engine.shutdown();
  expect(largestDifference(await reading, expected)).toBe(0);
  await closing;
  await expect(engine.embedImage(file)).rejects.toMatchObject({ code: 'Cancelled' });
});

it('images whose callers have gone are let go of, those that wait to be read too', async () => {
  await using engine = await open.embed(location);
  const controller = new AbortController();
  const others = Array.from({ length: 20 }, () => engine.embedImage(file));
  let areOthersDone = false;
  const all = Promise.all(others).then(() => {
    areOthersDone = true;
  });
  const leaving = engine.embedImage(file, { signal: controller.signal });
  controller.abort();
  await expect(leaving).rejects.toMatchObject({ code: 'Cancelled' });
  expect(areOthersDone).toBe(false);
  await all;
});

it('an image that cannot be read counts as a call that failed', async () => {
  await using engine = await open.embed(location);
  await expect(engine.embedImage(Uint8Array.of(1, 2, 3))).rejects.toMatchObject({ code: 'InvalidFormat' });
  expect(engine.metrics()).toMatchObject({ totalRequests: 1, failedRequests: 1 });
});

it('calls of one text or image refuse options that they do not have', async () => {
  await using engine = await open.embed(location);
  const options = { encoding: 'int8' } as object;
  for (const call of [engine.embedText('a boat', options), engine.embedImage(file, options)]) {
    await expect(call).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('"encoding" is no known field'),
    });
  }
  await expect(engine.embedImage(file, { dimensions: 8 } as object)).rejects.toMatchObject({
    code: 'InvalidParameter',
  });
  await expect(engine.embedText('a boat', null as never)).rejects.toMatchObject({ code: 'InvalidParameter' });
  expect(await engine.embedText('a boat', { dimensions: 8 })).toHaveLength(8);
  const signal = { signal: 5 } as object;
  await expect(engine.embedImage(file, signal)).rejects.toMatchObject({ details: { parameter: 'signal' } });
});
