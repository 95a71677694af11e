import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { JunkSender } from './junk.js';
import type { Outcome } from './outcome.js';
import { type Prompt, type RequestShape, requestBody, requestPath } from './request-shape.js';
import type { ServerClient } from './server-client.js';
import { streamAnswer } from './stream-answer.js';

export interface ClientTurnOptions {
  readonly client: ServerClient;
  readonly shape: RequestShape;
  readonly nextPrompt: () => Prompt;
  /** Share of requests whose client goes away in the middle. */
  readonly vanish: number;
  /** Share of requests that are junk. */
  readonly junk: number;
  readonly junkSender: JunkSender;
  readonly random: RandomGenerator;
  /** What each prompt is answered with when it is alone; absent where answers are not compared. */
  readonly references?: ReadonlyMap<Prompt, string>;
  readonly signal: AbortSignal;
}

/** One request of a client, in order or not, as chance has it. `startMs` is as in `StreamRequest`. */
export type ClientTurn = (startMs: number) => Promise<Outcome>;

export function createClientTurn(options: ClientTurnOptions): ClientTurn {
  const { client, shape, nextPrompt, junkSender, random, references, signal } = options;
  const path = requestPath(shape.endpoint);
  return async (startMs) => {
    const lot = uniformFloat64(random);
    if (lot < options.junk) return junkSender.send(signal);
    const vanishes = lot < options.junk + options.vanish;
    const vanishAfter = vanishes ? uniformInt(random, 1, Math.max(1, shape.maxTokens - 1)) : undefined;
    const prompt = nextPrompt();
    const body = requestBody(shape, prompt);
    const request = { path, body, startMs, signal, ...(vanishAfter !== undefined && { vanishAfter }) };
    return compare(await streamAnswer(client, request), references?.get(prompt));
  };
}

function compare(outcome: Outcome, reference: string | undefined): Outcome {
  if (outcome.type !== 'completed' || reference === undefined || outcome.trace.text === reference) return outcome;
  const { trace } = outcome;
  const [answered, alone] = [[...trace.text], [...reference]];
  const difference = alone.findIndex((character, index) => character !== answered[index]);
  const from = difference === -1 ? alone.length : difference;
  const excerpt = (characters: readonly string[]) => JSON.stringify(characters.slice(from, from + 40).join(''));
  const detail = `from character ${from} on it is ${excerpt(answered)}, alone it was ${excerpt(alone)}`;
  return { type: 'failed', kind: 'wrongAnswer', detail, trace };
}
