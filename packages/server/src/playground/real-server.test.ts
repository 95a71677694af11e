import { describe, expect, it } from 'vitest';
import { findChromium, openPage } from '../../playground/testing/browser.js';
import { until, useChromium } from '../../playground/testing/each-test.js';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { testServer } from '../testing/test-server.js';

const chromiumPath = findChromium();

describe.skipIf(chromiumPath === undefined)('the pages that the server serves, in Chromium', () => {
  const browser = useChromium(chromiumPath);
  const engines = { 'text-generation': fakeLanguageModel().engine, embedding: fakeEmbedder().engine };

  it('are a playground that works under the headers they come with', async () => {
    await using server = await testServer(engines, { playground: true });
    const { page, problems } = await openPage(browser(), server.url);
    await page.getByLabel('Message', { exact: true }).fill('one two three');
    await page.keyboard.press('Enter');
    await until(() => page.getByRole('main').textContent()).toContain('Tokens/s');
    await page.goto(`${server.url}/#/models`);
    await until(() => page.getByRole('main').textContent()).toContain('embedding');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('are a reference that lists every endpoint', async () => {
    await using server = await testServer(engines, { playground: true });
    const { page, problems } = await openPage(browser(), `${server.url}/reference`);
    await until(() => page.locator('body').textContent()).toContain('/v1/chat/completions');
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
