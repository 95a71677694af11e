import { brokenOff, invalidAnswer } from '../http/failure.js';
import { wrongType } from '../http/read-body.js';
import { cutShort } from '../http/read-events.js';
import type { ServerResponse } from '../http/remote-server.js';
import type { ServerGroup } from '../http/server-group.js';
import { otherFormat } from './other-format.js';
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

/** The bytes as they come, once the first ones have shown that they are samples: a server may know no other format than its own. */
async function* soundOf(response: ServerResponse): AsyncGenerator<Uint8Array, void, undefined> {
  const { url, headers, body } = response;
  if (/^text\/|[/+](json|html|xml)\b/i.test(String(headers['content-type']))) throw await wrongType(response, 'pcm');
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    if (start === undefined) {
      yield piece;
      continue;
    }
    start = Buffer.concat([start, piece]);
    const other = otherFormat(start);
    if (other === 'unclear') continue;
    if (other !== undefined) throw invalidAnswer(url, `answers with ${other}, not with pcm.`);
    yield start;
    start = undefined;
  }
  if (start !== undefined && start.length > 0) yield start;
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
    throw brokenOff(error, url, signal);
  } finally {
    await rest.return();
  }
}
