import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findChromium, hasFocus } from '../../playground/testing/browser.js';
import { until, usePlayground } from '../../playground/testing/each-test.js';
import { builtPage, type Playground } from '../../playground/testing/open-playground.js';

const chromiumPath = findChromium();
if (chromiumPath === undefined) {
  console.warn('The playground was not tested: no Chromium on PATH, and CHROMIUM_PATH is not set.');
}

it('is built', () => {
  expect(existsSync(`${builtPage}/index.html`), 'Build it first: npm run build:playground in packages/server.').toBe(
    true,
  );
});

describe.skipIf(chromiumPath === undefined)('the views of the playground in Chromium', () => {
  let playground: Playground;
  usePlayground(chromiumPath, (opened) => {
    playground = opened;
  });

  it('streams an answer, shows its speed and speaks it', async () => {
    await playground.tabTo(playground.page.getByLabel('Temperature'));
    await playground.type('0.5');
    await playground.tabTo(playground.message);
    await playground.type('What is');
    await playground.press('Shift+Enter');
    await playground.type('iron? hold');
    await playground.press('Enter');
    // The rest is held: what is here came as a stream.
    await playground.page.getByText('Iron is element 26').waitFor();
    expect(await playground.button('Stop').isVisible()).toBe(true);
    playground.api.release();
    await playground.page.getByText('Tokens/s').waitFor();
    await playground.button('Send').waitFor();
    expect(await hasFocus(playground.message)).toBe(true);
    const answer = playground.page.locator('.answer');
    expect(await answer.locator('pre').textContent()).toBe('const symbol = "Fe";');
    expect(await answer.locator('img').count()).toBe(0);
    expect(await answer.getByText('<img src=x onerror=alert(1)>').isVisible()).toBe(true);
    expect(await answer.getByRole('link').count()).toBe(1);
    expect(await answer.locator('.stats').textContent()).toMatch(/^Tokens31Tokens\/s[\d.]+First token\d+ ms$/);
    await playground.announced('Answer complete.');
    expect(JSON.parse(playground.sent('/v1/chat/completions'))).toEqual({
      model: 'smollm2:135m',
      messages: [{ role: 'user', content: 'What is\niron? hold' }],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      max_tokens: 1024,
    });
  });

  it('stops an answer, retries it, and clears the conversation', async () => {
    await playground.tabTo(playground.message);
    await playground.type('hold');
    await playground.press('Enter');
    await playground.page.getByText('Iron is element 26').waitFor();
    await playground.tabTo(playground.button('Stop'));
    await playground.press('Enter');
    await playground.page.locator('.answer').getByText('Stopped.').waitFor();
    await until(() => playground.api.hungUp).toBe(true);
    expect(await hasFocus(playground.message)).toBe(true);
    await playground.button('Retry').click();
    await playground.page
      .locator('.answer .waiting')
      .or(playground.page.getByText('Iron is element 26'))
      .first()
      .waitFor();
    playground.api.release();
    expect(await playground.page.locator('.question').count()).toBe(1);
    await playground.button('Clear').click();
    await playground.page.getByText('Nothing said yet.').waitFor();
  });

  it('goes on answering behind another view, which shows, and stops at Escape wherever the focus is', async () => {
    await playground.message.fill('hold');
    await playground.message.press('Enter');
    await playground.page.getByText('Iron is element 26').waitFor();
    await playground.go('Models');
    await playground.press('Escape');
    const answering = playground.page.getByRole('link', { name: 'Chat (answering)', exact: true });
    await playground.tabTo(answering);
    await playground.press('Enter');
    await playground.heading('Chat').waitFor();
    expect(await answering.count()).toBe(0);
    await playground.button('Stop').waitFor();
    await until(() => hasFocus(playground.heading('Chat'))).toBe(true);
    // Escape closes a dialog first.
    await playground.button('Settings').click();
    await playground.page.getByRole('dialog').waitFor();
    await playground.press('Escape');
    await playground.page.getByRole('dialog').waitFor({ state: 'hidden' });
    await playground.button('Stop').waitFor();
    expect(playground.api.hungUp).toBe(false);
    await playground.press('Escape');
    await playground.page.locator('.answer').getByText('Stopped.').waitFor();
    await until(() => playground.api.hungUp).toBe(true);
  });

  it('shows an error in the middle of an answer, and a bad setting beside its field', async () => {
    await playground.message.fill('fail');
    await playground.message.press('Enter');
    await playground.page.locator('.answer').getByRole('alert').getByText('The engine stopped.').waitFor();
    await playground.page.getByLabel('Top p').fill('3');
    await playground.page.getByText('Top p must be a number from 0 to 1.').waitFor();
    await playground.message.fill('hello');
    await playground.message.press('Enter');
    await playground.page.getByText('Not sent. Top p must be a number from 0 to 1.').waitFor();
    expect(await playground.page.locator('.question').count()).toBe(1);
  });

  it('compares lines in a table whose values are the cosines, and ranks them', async () => {
    await playground.go('Embeddings');
    await playground.tabTo(playground.button('Compare'));
    await playground.press('Enter');
    const rows = playground.page.getByRole('table').locator('tbody tr');
    await rows.first().waitFor();
    const title = playground.page.getByRole('heading', { name: 'Similarity' });
    await until(() => hasFocus(title)).toBe(true);
    expect(await rows.nth(0).locator('td').allInnerTexts()).toEqual(['1.00', '0.87', '0.00', '0.00']);
    expect(await rows.nth(1).locator('td').allInnerTexts()).toEqual(['0.87', '1.00', '0.50', '0.50']);
    const heat = (column: number) =>
      rows
        .nth(0)
        .locator('td')
        .nth(column)
        .evaluate((cell) => cell.ownerDocument.defaultView?.getComputedStyle(cell).backgroundColor);
    expect(await heat(1)).not.toBe(await heat(2));
    await playground.page
      .getByText('Nearest pair, 1.00: The stock market fell today. and Shares lost value this morning.')
      .waitFor();
    await playground.tabTo(playground.page.getByLabel('Query'));
    await playground.type('money');
    await playground.press('Enter');
    const ranked = playground.page.getByRole('list', { name: 'Lines, best first' }).getByRole('listitem');
    await ranked.first().waitFor();
    expect(await ranked.first().textContent()).toContain('Shares lost value this morning.');
  });

  it('lights up the words of a file as it plays, and moves by word', async () => {
    await playground.go('Transcription');
    await playground.chooseFile();
    const word = (text: string) => playground.page.getByRole('button', { name: text, exact: true });
    await word('Iron').waitFor();
    const body = playground.sent('/v1/audio/transcriptions');
    expect(body.match(/name="timestamp_granularities\[\]"\r\n\r\n(word|segment)/g)).toHaveLength(2);
    await playground.tabTo(word('Iron'));
    await playground.press('End');
    await playground.press('ArrowLeft');
    expect(await hasFocus(word('in'))).toBe(true);
    await playground.press('Enter');
    await until(() => word('rain.').getAttribute('aria-current')).toBe('true');
    expect(await playground.page.locator('.word[aria-current]').count()).toBe(1);
    expect(await playground.page.locator('audio').evaluate((player) => player.currentTime)).toBeGreaterThanOrEqual(2.1);
    const text = await playground.saved('Download as txt');
    expect(text).toEqual({ name: 'rain.txt', content: 'Iron is strong.\nIt rusts in rain.\n' });
    expect((await playground.saved('Download as vtt')).content).toContain('WEBVTT');
  });

  it('asks for a language by name, unless the model hears English alone', async () => {
    await playground.go('Transcription');
    const language = playground.page.getByLabel('Language', { exact: true });
    await language.selectOption({ label: 'German' });
    await playground.chooseFile();
    await playground.button('rusts').waitFor();
    expect(playground.sent('/v1/audio/transcriptions')).toContain('name="language"\r\n\r\nde\r\n');
    await playground.go('Models');
    await playground.go('Transcription');
    expect(await language.inputValue()).toBe('de');
    await playground.page.getByLabel('Model').selectOption('whisper:tiny.en');
    expect(await language.count()).toBe(0);
    await playground.button('Transcribe again').click();
    const bodies = () => playground.api.calls.filter(({ path }) => path === '/v1/audio/transcriptions');
    await until(() => bodies().length).toBe(2);
    expect(bodies()[1]?.body).toContain('whisper:tiny.en');
    expect(bodies()[1]?.body).not.toContain('name="language"');
  });

  it('records from the microphone and transcribes that', async () => {
    await playground.go('Transcription');
    await playground.tabTo(playground.button('Record'));
    await playground.press('Enter');
    await playground.page.getByText('Recording 0:01').waitFor();
    await playground.press('Enter');
    await playground.page.getByRole('heading', { name: 'recording.webm' }).waitFor();
    await playground.button('rusts').click();
    await until(() => playground.page.locator('audio').evaluate((player) => player.duration)).toBeGreaterThan(0.5);
    const body = playground.sent('/v1/audio/transcriptions');
    expect(body).toContain('filename="recording.webm"');
  });

  it('speaks before the response has ended, and saves what it spoke', async () => {
    await playground.go('Speech');
    await playground.page.getByLabel('Voice').selectOption('bf_emma');
    await playground.tabTo(playground.button('Speak'));
    await playground.press('Enter');
    // The second half is held, so this is sound of a response that goes on.
    await playground.page.getByText('First sound').waitFor();
    await playground.page.getByText('0.5 s so far').waitFor();
    expect(await playground.page.getByLabel('Player for the speech').count()).toBe(0);
    playground.api.release();
    await playground.page.getByLabel('Player for the speech').waitFor();
    await playground.button('Speak').waitFor();
    const { name, content } = await playground.saved('Download');
    expect(name).toBe('speech.wav');
    expect(content).toHaveLength(44 + 48_000);
    const body = playground.sent('/v1/audio/speech');
    expect(JSON.parse(body)).toMatchObject({ model: 'kokoro:82m', voice: 'bf_emma', response_format: 'pcm' });
    await playground.page.getByLabel('Format').selectOption('mp3');
    expect(await playground.saved('Download')).toMatchObject({ name: 'speech.mp3' });
  });

  it('stops speaking', async () => {
    await playground.go('Speech');
    await playground.button('Speak').click();
    await playground.page.getByText('Speaking…').waitFor();
    await playground.button('Stop').click();
    await until(() => playground.api.hungUp).toBe(true);
    await playground.button('Speak').waitFor();
    await playground.announced('Stopped.');
  });

  it('draws the metrics and says their values', async () => {
    // Read in the background: a chart has a history when it comes into sight.
    const reads = () => playground.api.calls.filter(({ path }) => path === '/metrics').length;
    await until(reads).toBeGreaterThanOrEqual(2);
    await playground.go('Metrics');
    await playground.page.getByText(/^Median 133 ms; 95th percentile 200 ms\.$/).waitFor();
    expect(await playground.page.locator('canvas').count()).toBe(7);
    const colored = await playground.page
      .locator('canvas')
      .first()
      .evaluate((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean));
    expect(colored).toBe(true);
  });
});
