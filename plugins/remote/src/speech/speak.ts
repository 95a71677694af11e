import { failureOf, invalidAnswer } from '../http/failure.js';
import { cutShort } from '../http/read-events.js';
import type { ServerResponse } from '../http/remote-server.js';
import type { ServerGroup } from '../http/server-group.js';
import { toSamples } from './samples.js';
import type { SpeechSettings } from './speech-settings.js';

export interface SpeechRequest extends Pick<SpeechSettings, 'voice' | 'speed' | 'seed' | 'language'> {
  readonly model: string;
  readonly input: string;
}

/** The sound of a text, as it arrives; resolves with its first samples there, until when it is tried again. */
export async function speak(
  servers: ServerGroup,
  { model, input, voice, speed, seed, language }: SpeechRequest,
  signal: AbortSignal,
): Promise<AsyncGenerator<Float32Array, void, undefined>> {
  const json = {
    ...{ model, input, response_format: 'pcm' },
    ...(voice !== undefined && { voice }),
    ...(speed !== undefined && { speed }),
    ...(seed !== undefined && { seed }),
    ...(language !== undefined && { language }),
  };
  const call = { method: 'POST', path: 'audio/speech', model, accept: 'audio/*', body: { json } } as const;
  return servers.run(call, signal, async (response) => {
    const samples = toSamples(soundOf(response), () => cutShort(response.url));
    const first = await samples.next();
    if (first.done) throw invalidAnswer(response.url, 'answers with no sound.');
    return startedWith(first.value, samples, response.url, signal);
  });
}

function soundOf({ url, headers, body }: ServerResponse): AsyncIterable<Uint8Array> {
  const type = String(headers['content-type'] ?? '');
  if (!/^(text\/|application\/json\b)/i.test(type)) return body;
  throw invalidAnswer(url, `answers with ${type}, not with sound.`);
}

async function* startedWith(
  first: Float32Array,
  rest: AsyncGenerator<Float32Array, void, undefined>,
  url: string,
  signal: AbortSignal,
): AsyncGenerator<Float32Array, void, undefined> {
  try {
    yield first;
    yield* rest;
  } catch (error) {
    throw failureOf(error, url, signal).error;
  } finally {
    await rest.return();
  }
}
