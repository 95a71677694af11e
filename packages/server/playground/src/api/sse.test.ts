import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

vi.mock('../settings/api-key.js', () => ({ apiKey: { value: '' } }));
const { readEvents } = await import('./sse.js');

/** A body that arrives in these pieces. */
function bodyOf(pieces: readonly Uint8Array[], onCancel = () => {}): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const piece = left.shift();
      if (piece) controller.enqueue(piece);
      else controller.close();
    },
    cancel: onCancel,
  });
}

async function all(events: AsyncIterable<object>): Promise<object[]> {
  const list: object[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const encode = (text: string) => new TextEncoder().encode(text);

describe('readEvents', () => {
  it('gives the same events however the bytes are cut', async () => {
    const bytes = encode(': ping\n\ndata: {"text":"Eisen – 鉄"}\n\ndata: {"text":"b"}\r\n\r\ndata: [DONE]\n\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), async (cuts) => {
        const ends = [...cuts, bytes.length].sort((left, right) => left - right);
        const pieces = ends.map((end, index) => bytes.slice(ends[index - 1] ?? 0, end));
        const events = await all(readEvents(bodyOf(pieces), { doneRequired: true }));
        expect(events).toEqual([{ text: 'Eisen – 鉄' }, { text: 'b' }]);
      }),
      { numRuns: 50 },
    );
  });

  it('throws an error event in the words of the server', async () => {
    const body = bodyOf([encode('data: {"n":1}\n\ndata: {"error":{"message":"The engine stopped."}}\n\n')]);
    await expect(all(readEvents(body))).rejects.toThrow('The engine stopped.');
  });

  it('says that an answer was cut when [DONE] is missing', async () => {
    const cut = () => bodyOf([encode('data: {"n":1}\n\n')]);
    await expect(all(readEvents(cut(), { doneRequired: true }))).rejects.toThrow(/before the answer/);
    expect(await all(readEvents(cut()))).toEqual([{ n: 1 }]);
  });

  it('shows an event that is no JSON object', async () => {
    await expect(all(readEvents(bodyOf([encode('data: {oops\n\n')])))).rejects.toThrow(/not JSON: \{oops/);
    await expect(all(readEvents(bodyOf([encode('data: 7\n\n')])))).rejects.toThrow(/not an object: 7/);
  });

  it('lets go of the connection when the reader stops', async () => {
    const cancelled = vi.fn();
    const body = bodyOf([encode('data: {"n":1}\n\n'), encode('data: {"n":2}\n\n')], cancelled);
    for await (const _ of readEvents(body)) break;
    expect(cancelled).toHaveBeenCalledOnce();
  });
});
