import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { pipedInput, silentInput } from '../testing/streams.js';
import { readText } from './text-source.js';

const { signal } = new AbortController();

async function all(text: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const piece of text) whole += piece;
  return whole;
}

describe('text that is piped in', () => {
  it('comes whole, without its byte order mark', async () => {
    expect(await all(readText(pipedInput('\ufeffGrüße, 世界 🎉\n'), signal))).toBe('Grüße, 世界 🎉\n');
  });

  it('keeps characters together that arrive in pieces', async () => {
    const stdin = silentInput();
    const text = all(readText(stdin, signal));
    for (const byte of Buffer.from('é世🎉')) {
      stdin.write(Buffer.from([byte]));
      await sleep(1);
    }
    stdin.end();
    expect(await text).toBe('é世🎉');
  });

  it('that ends in the middle of a character says so with a replacement', async () => {
    const stdin = silentInput();
    stdin.end(Buffer.from([0x61, 0xe4, 0xb8]));
    expect(await all(readText(stdin, signal))).toBe('a\ufffd');
  });

  it('comes before its end is there, and who leaves need not wait for it', async () => {
    const stdin = silentInput();
    const pieces: string[] = [];
    stdin.write('one ');
    for await (const piece of readText(stdin, signal)) {
      pieces.push(piece);
      break;
    }
    expect(pieces).toEqual(['one ']);
  });

  it('can be left while it is silent', async () => {
    const text = readText(silentInput(), signal)[Symbol.asyncIterator]();
    const next = text.next();
    expect(await text.return?.()).toEqual({ done: true, value: undefined });
    next.catch(() => {});
  });

  it('that is silent leaves an abort its way', async () => {
    const controller = new AbortController();
    const text = all(readText(silentInput(), controller.signal));
    controller.abort(new Error('interrupted'));
    await expect(text).rejects.toThrow('interrupted');
  });
});
