import { describe, expect, it } from 'vitest';
import { findChromium, hasFocus } from '../../playground/testing/browser.js';
import { models } from '../../playground/testing/canned.js';
import { until, useChromium, usePlayground } from '../../playground/testing/each-test.js';
import { Playground, views } from '../../playground/testing/open-playground.js';

const chromiumPath = findChromium();

describe.skipIf(chromiumPath === undefined)('the playground as a whole in Chromium', () => {
  let playground: Playground;
  usePlayground(chromiumPath, (opened) => {
    playground = opened;
  });

  it('has a skip link, one heading per view, and moves the focus there', async () => {
    await playground.press('Tab');
    expect(await hasFocus(playground.page.getByRole('link', { name: 'Skip to the content' }))).toBe(true);
    await playground.press('Enter');
    expect(await hasFocus(playground.heading('Chat'))).toBe(true);
    await playground.page.reload();
    for (const view of views) {
      await playground.go(view);
      expect(await playground.page.getByRole('heading', { level: 1 }).count()).toBe(1);
      expect(await playground.page.title()).toBe(`${view} · Ferrum playground`);
      expect(await playground.page.locator('nav [aria-current=page]').getAttribute('href')).toBe(
        `#/${view.toLowerCase()}`,
      );
    }
  });

  it('says the same to a screen reader as it shows: the views', async () => {
    await playground.page.getByText('Version 0.1.0').waitFor();
    await expect(await playground.page.locator('.sidebar').ariaSnapshot()).toMatchFileSnapshot(
      'fixtures/navigation.aria.yaml',
    );
    for (const view of views) {
      await playground.go(view);
      if (view === 'Speech') await playground.page.getByLabel('Voice').waitFor();
      if (view === 'Models') await playground.page.getByRole('table').waitFor();
      const snapshot = await playground.page.getByRole('main').ariaSnapshot();
      // The values of the charts are tested elsewhere.
      const stable =
        view !== 'Metrics' ? snapshot : snapshot.replace(/paragraph: (?!What the server).*$/gm, 'paragraph: (values)');
      await expect(stable).toMatchFileSnapshot(`fixtures/${view.toLowerCase()}.aria.yaml`);
    }
  });

  it('follows the system theme until another is chosen, and keeps that', async () => {
    const background = () =>
      playground.page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    await playground.page.emulateMedia({ colorScheme: 'light' });
    const light = await background();
    await playground.page.emulateMedia({ colorScheme: 'dark' });
    await until(background).not.toBe(light);
    await playground.tabTo(playground.button('Settings'));
    await playground.press('Enter');
    await playground.tabTo(playground.page.getByRole('radio', { name: 'System' }));
    await playground.press('ArrowRight');
    await playground.press('Escape');
    await until(background).toBe(light);
    expect(await hasFocus(playground.button('Settings'))).toBe(true);
    await playground.page.reload();
    await until(background).toBe(light);
  });

  it('fits a phone: no sideways scrolling, targets of 40 pixels', async () => {
    await playground.page.setViewportSize({ width: 360, height: 740 });
    await playground.message.fill('What is iron?');
    await playground.message.press('Enter');
    await playground.page.getByText('First token').waitFor();
    for (const view of views) {
      await playground.page.goto(`${playground.api.url}#/${view.toLowerCase()}`);
      await playground.heading(view).waitFor();
      if (view === 'Embeddings') {
        await playground.button('Compare').click();
        // Below the fold, if nobody had scrolled.
        const title = playground.page.getByRole('heading', { name: 'Similarity' });
        await until(async () => (await title.boundingBox())?.y ?? 1000).toBeLessThan(200);
      }
      if (view === 'Transcription') await playground.chooseFile().then(() => playground.button('rusts').waitFor());
      if (view === 'Models' || view === 'Embeddings') await playground.page.getByRole('table').waitFor();
      expect(await playground.page.evaluate<number>('document.documentElement.scrollWidth'), view).toBeLessThanOrEqual(
        360,
      );
      const small = await playground.page.evaluate<
        string[]
      >(`[...document.querySelectorAll('button, select, input, textarea, nav a, summary')]
        .filter((control) => control.checkVisibility() && control.getBoundingClientRect().height < 40)
        .map((control) => control.outerHTML)`);
      expect(small, view).toEqual([]);
    }
  });
});

describe.skipIf(chromiumPath === undefined)('the playground of a server', () => {
  const browser = useChromium(chromiumPath);

  it('with keys says what to do, takes the key and sends it', async () => {
    const playground = await Playground.open(browser(), { apiKey: 'secret' });
    const { page, api, problems } = playground;
    await playground.tabTo(playground.button('Enter the key in Settings'));
    await playground.press('Enter');
    await playground.tabTo(page.getByLabel('API key'));
    await playground.type('secret');
    await playground.press('Enter');
    await page.getByLabel('Model', { exact: true }).waitFor();
    expect(api.calls.at(-1)?.authorization).toBe('Bearer secret');
    await page.reload();
    await page.getByLabel('Model', { exact: true }).waitFor();
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain('secret');
    // Chromium itself reports each refused call.
    expect(problems.filter((problem) => !problem.includes('401'))).toEqual([]);
    await playground.close();
  });

  it('without models names the command that brings one', async () => {
    const playground = await Playground.open(browser(), { models: [] });
    const { page, api, problems } = playground;
    for (const [view, command] of [
      ['chat', 'ferrum serve smollm2:135m'],
      ['embeddings', 'ferrum serve minilm:l6'],
      ['transcription', 'ferrum serve whisper:base'],
      ['speech', 'ferrum serve kokoro:82m'],
      ['models', 'ferrum serve smollm2:135m minilm:l6'],
    ]) {
      await page.goto(`${api.url}#/${view}`);
      await page.getByText(command ?? '', { exact: true }).waitFor();
    }
    expect(problems).toEqual([]);
    await playground.close();
  });

  it('that knows no context lengths has no column for them', async () => {
    const playground = await Playground.open(browser(), { models: models.slice(1) });
    await playground.go('Models');
    await playground.page.getByRole('table').waitFor();
    expect(await playground.page.getByRole('columnheader').allInnerTexts()).toEqual(['Model', 'Can do', 'State']);
    expect(await playground.page.getByRole('row').nth(1).getByRole('cell').count()).toBe(2);
    expect(playground.problems).toEqual([]);
    await playground.close();
  });
});
