import { FerrumError } from '@ferrum/registry/errors';
import { reasonOf, type ServerClient } from './server-client.js';

/** How often `/health` is asked, in ms. */
export const probeIntervalMs = 100;

/** How long `/health` takes to answer while something else goes on. */
export class HealthProbe {
  readonly #client: ServerClient;
  readonly #ms: number[] = [];
  #failures = 0;

  /** @param client One of its own: a probe shares no connection with the load. */
  constructor(client: ServerClient) {
    this.#client = client;
  }

  /** In ms, of each answer of the kind 2xx. */
  get samples(): readonly number[] {
    return this.#ms;
  }

  /** Probes that had another answer, or none. */
  get failures(): number {
    return this.#failures;
  }

  /** Asks once; never rejects. */
  readonly ask = async (): Promise<void> => {
    const startMs = performance.now();
    const reply = await this.#client.get('/health', neverAborted).catch(() => undefined);
    if (reply && reply.status >= 200 && reply.status < 300) this.#ms.push(performance.now() - startMs);
    else this.#failures += 1;
  };
}

/** @throws FerrumError `InvalidParameter` when the server has no `/health` to ask. */
export async function requireHealth(client: ServerClient, signal: AbortSignal): Promise<void> {
  const { status } = await client.get('/health', signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new FerrumError('Network', `GET /health failed: ${client.target.redact(reasonOf(cause))}.`, { cause });
  });
  if (status >= 200 && status < 300) return;
  throw new FerrumError(
    'InvalidParameter',
    `GET /health was answered ${status}, so there is nothing that --probe could measure. Leave it out.`,
  );
}

const neverAborted = new AbortController().signal;
