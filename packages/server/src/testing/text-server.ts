import { type FakeLanguageModel, type FakeLanguageModelOptions, fakeLanguageModel } from './fake-language-model.js';
import { type TestServer, testServer } from './test-server.js';

/** What the fake language model is called. */
export const textModel = 'text-generation';

/** A server of one fake language model, and the model itself. */
export async function textServer(
  options: FakeLanguageModelOptions = {},
  settings: Parameters<typeof testServer>[1] = {},
): Promise<TestServer & { readonly fake: FakeLanguageModel }> {
  const fake = fakeLanguageModel(options);
  const server = await testServer({ [textModel]: fake.engine }, settings);
  return { fake, ...server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The JSON of a response, for a test to look into as it likes. */
export async function anyJsonOf(response: Response) {
  // biome-ignore lint/suspicious/noExplicitAny: what the test looks into
  return (await response.json()) as any;
}
