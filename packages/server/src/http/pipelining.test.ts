import { describe, expect, it } from 'vitest';
import { fakeHost } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { rawConnection, rawPost } from '../testing/raw-connection.js';
import { testServer } from '../testing/test-server.js';
import { until } from '../testing/until.js';

const chat = { model: 'text-generation', messages: [{ role: 'user', content: 'one two three' }] };
const requests = 300;

/** Each request gets stuck until its signal fires. */
function stuckModel() {
  return fakeLanguageModel({
    beforePiece: (index, { signal }) =>
      index < 1 || new Promise((resume) => signal?.addEventListener('abort', resume, { once: true })),
  });
}

describe('many requests on one connection that breaks', () => {
  it.each([
    ['plain', false],
    ['streamed', true],
  ])('all end: %s', async (_, stream) => {
    const fake = stuckModel();
    const host = fakeHost({ 'text-generation': fake.engine });
    await using server = await testServer(
      { 'text-generation': fake.engine },
      { engines: host, limits: { requests: 1000 } },
    );
    const inFlight = async () =>
      ((await (await fetch(`${server.url}/health`)).json()) as { in_flight_requests: number }).in_flight_requests;
    const bytes = rawPost('/v1/chat/completions', { ...chat, stream });
    const { socket } = rawConnection(server.url, bytes.repeat(requests));
    await until(() => fake.active === requests);
    expect(await inFlight()).toBe(requests);
    socket.destroy();
    await until(async () => (await inFlight()) === 0);
    await until(() => fake.active === 0);
    await until(() => host.openEngines().every(({ leases }) => leases === 0));
    expect(fake.requests.every(({ signal }) => signal?.aborted)).toBe(true);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(
      new RegExp(`requests_total\\{method="POST",route="/v1/chat/completions",status="499"\\} ${requests}\\n`),
    );
  });

  it('end once each, and are answered in order when it does not break', async () => {
    await using server = await testServer({ 'text-generation': fakeLanguageModel().engine });
    const closes = new Map<unknown, number>();
    server.server.app.server.on('request', (_, response) => {
      closes.set(response, 0);
      response.on('close', () => closes.set(response, (closes.get(response) ?? 0) + 1));
    });
    const { socket, received, closed } = rawConnection(server.url, rawPost('/v1/chat/completions', chat).repeat(20));
    await until(() => received().split('HTTP/1.1 200').length === 21);
    socket.end();
    await closed;
    const broken = rawConnection(server.url, rawPost('/v1/chat/completions', { ...chat, stream: true }).repeat(20));
    await until(() => broken.received().includes('data:'));
    broken.socket.resetAndDestroy();
    await until(() => [...closes.values()].every((count) => count > 0));
    expect(closes.size).toBe(40);
    expect([...closes.values()].every((count) => count === 1)).toBe(true);
  });
});
