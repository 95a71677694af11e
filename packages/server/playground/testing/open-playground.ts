import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { encodeWav } from '../src/speech/wav.js';
import { hasFocus, openPage, tabTo } from './browser.js';
import { type FakeApi, type FakeApiOptions, startFakeApi } from './fake-api.js';

/** What the build makes. */
export const builtPage = fileURLToPath(new URL('../../dist/playground', import.meta.url));

/** The page begins with the last of them. */
export const views = ['Embeddings', 'Transcription', 'Speech', 'Models', 'Metrics', 'Chat'] as const;

/** The page in a browser, over a fake server of its own. */
export class Playground {
  private constructor(
    readonly page: Page,
    readonly api: FakeApi,
    /** Console errors, refused content and calls to other servers so far. */
    readonly problems: readonly string[],
  ) {}

  /** Starts the fake server and opens its page. */
  static async open(browser: Browser, options: Omit<FakeApiOptions, 'page'> = {}): Promise<Playground> {
    const api = await startFakeApi({ page: builtPage, ...options });
    const { page, problems } = await openPage(browser, api.url);
    // From the start: Chromium begins to hand file dialogs over some time after it is asked to.
    const silence = encodeWav([new Int16Array(3 * 24_000)], 24_000);
    const rain = { name: 'rain.wav', mimeType: 'audio/wav', buffer: Buffer.from(await silence.arrayBuffer()) };
    page.on('filechooser', (chooser) => void chooser.setFiles(rain));
    return new Playground(page, api, problems);
  }

  async close(): Promise<void> {
    await this.page.context().close();
    await this.api.close();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  heading(name: string): Locator {
    return this.page.getByRole('heading', { level: 1, name });
  }

  get message(): Locator {
    return this.page.getByLabel('Message', { exact: true });
  }

  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  /** Moves the focus by the Tab key alone. */
  tabTo(target: Locator): Promise<void> {
    return tabTo(this.page, target);
  }

  /** Goes to a view through the navigation, by keyboard alone; its heading takes the focus. */
  async go(view: (typeof views)[number]): Promise<void> {
    await this.tabTo(this.page.getByRole('link', { name: view, exact: true }));
    await this.press('Enter');
    await this.heading(view).waitFor();
    while (!(await hasFocus(this.heading(view)))) await this.page.waitForTimeout(20);
  }

  /** Waits until the live region has a text. */
  announced(text: string): Promise<void> {
    return this.page.getByTestId('announcer').getByText(text).first().waitFor({ state: 'attached' });
  }

  /** Opens the file dialog, by keyboard alone. It gives rain.wav, three seconds of silence. */
  async chooseFile(): Promise<void> {
    await this.tabTo(this.button('Choose a file'));
    await this.press('Enter');
  }

  /** Presses a button that saves a file; gives that, its bytes as latin-1. */
  async saved(name: string): Promise<{ readonly name: string; readonly content: string }> {
    const download = this.page.waitForEvent('download');
    await this.button(name).click();
    const file = await download;
    return { name: file.suggestedFilename(), content: await readFile(await file.path(), 'latin1') };
  }

  /** The body of the first call of a path. */
  sent(path: string): string {
    return this.api.calls.find((call) => call.path === path)?.body ?? '';
  }
}
