import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk';
import { afterEach } from 'vitest';
import {
  type FakeLanguageModel,
  type FakeLanguageModelOptions,
  fakeLanguageModel,
} from '../../testing/fake-language-model.js';
import { type TestServer, testServer } from '../../testing/test-server.js';

let ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  const all = ends;
  ends = [];
  for (const end of all) await end();
});

/** What the fake language model is called. */
export const model = 'text-generation';

export interface AnthropicSession {
  readonly client: Anthropic;
  readonly server: TestServer;
  readonly fake: FakeLanguageModel;
}

/** Anthropic's client of a server over a fake language model; the server is closed after the test. */
export async function connectAnthropic(
  options: FakeLanguageModelOptions = {},
  settings: Parameters<typeof testServer>[1] = {},
  clientOptions: ClientOptions = {},
): Promise<AnthropicSession> {
  const fake = fakeLanguageModel(options);
  const server = await testServer({ [model]: fake.engine }, settings);
  ends.push(() => Promise.resolve(server[Symbol.asyncDispose]()));
  const client = new Anthropic({ baseURL: server.url, apiKey: 'any key', maxRetries: 0, ...clientOptions });
  return { client, server, fake };
}
