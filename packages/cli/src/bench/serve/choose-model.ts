import { FerrumError } from '@ferrum/registry/errors';
import { reasonOf, type ServerClient } from './server-client.js';
import { errorMessageOf, isRecord } from './server-error.js';

interface ListedModel {
  readonly id: string;
  /** Whether it writes text, as far as the server says what its models can do. */
  readonly text: boolean;
}

/**
 * The first model of `/v1/models` that writes text. A server that does not say what its models can do is taken at its word
 * that they are models.
 *
 * @throws FerrumError `NotFound` when there is none; `Auth`, `Network` or `Backend` when the list cannot be had.
 */
export async function chooseModel(client: ServerClient, signal: AbortSignal): Promise<string> {
  const models = await listModels(client, signal);
  const chosen = models.find(({ text }) => text);
  if (chosen) return chosen.id;
  throw new FerrumError('NotFound', `The server has no model that writes text. ${describeModels(models)}`);
}

/** What there is to choose from, for a model that the server does not know; empty when the list cannot be had. */
export async function otherModels(client: ServerClient, signal: AbortSignal): Promise<string> {
  return listModels(client, signal).then(describeModels, () => '');
}

async function listModels(client: ServerClient, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const { target } = client;
  const url = `${target.origin}${target.prefix}/v1/models`;
  const { status, text } = await client.get('/v1/models', signal).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new FerrumError('Network', `${url} cannot be reached: ${target.redact(reasonOf(cause))}.`, { cause });
  });
  if (status === 401 || status === 403) {
    throw new FerrumError(
      'Auth',
      `${url} wants another key (${status}): ${target.redact(errorMessageOf(text))} Give one with --api-key.`,
    );
  }
  if (status !== 200) {
    throw new FerrumError('Backend', `${url} was answered ${status}: ${target.redact(errorMessageOf(text))}`);
  }
  const models = parseModels(text);
  if (models) return models;
  throw new FerrumError(
    'InvalidFormat',
    `${url} is no list of models as OpenAI has it. Is this the base of the server?`,
  );
}

function parseModels(text: string): readonly ListedModel[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !Array.isArray(value.data)) return undefined;
  return value.data.flatMap((model: unknown) =>
    isRecord(model) && typeof model.id === 'string' ? [{ id: model.id, text: writesText(model.capabilities) }] : [],
  );
}

function writesText(capabilities: unknown): boolean {
  if (!Array.isArray(capabilities)) return true;
  return ['text-generation', 'completion', 'chat'].some((name) => capabilities.includes(name));
}

function describeModels(models: readonly ListedModel[]): string {
  return models.length === 0 ? 'It lists none.' : `It lists ${models.map(({ id }) => id).join(', ')}.`;
}
