import { FerrumError } from '@ferrum/registry/errors';
import { InsufficientMemoryError } from 'node-llama-cpp';

/** Why a file did not become a model. */
export function modelFailure(label: string, file: string, cause: unknown, lines: readonly string[]): FerrumError {
  if (cause instanceof InsufficientMemoryError) return noMemory(label, cause);
  const said = sentence(cause, lines);
  return new FerrumError(
    'Model',
    `llama.cpp cannot open ${label} (${file}): ${said} If the file is whole, this version of llama.cpp does not know its architecture.`,
    { cause, details: { file } },
  );
}

/** Why there is no context to compute in. */
export function contextFailure(label: string, cause: unknown, lines: readonly string[]): FerrumError {
  if (cause instanceof InsufficientMemoryError) return noMemory(label, cause);
  return new FerrumError('Backend', `llama.cpp made no context for ${label}: ${sentence(cause, lines)}`, { cause });
}

/** Why a run failed. */
export function runFailure(label: string, cause: unknown, lines: readonly string[] = []): FerrumError {
  return new FerrumError('Backend', `llama.cpp failed at ${label}: ${sentence(cause, lines)}`, { cause });
}

function noMemory(label: string, cause: InsufficientMemoryError): FerrumError {
  return new FerrumError(
    'ResourceExhausted',
    `${label} does not fit memory: ${cause.message}. Choose a smaller contextLength, fewer maxSequences or gpuLayers, or a smaller model.`,
    { cause },
  );
}

/** What llama.cpp wrote says more than what was thrown. */
function sentence(cause: unknown, lines: readonly string[]): string {
  const thrown = cause instanceof Error ? cause.message : String(cause);
  const said = [...new Set([thrown, ...lines])].join('; ');
  return said.endsWith('.') ? said : `${said}.`;
}
