import { FerrumError } from '@ferrum/registry/errors';

/**
 * Reads from a failed tool's last words what went wrong.
 * @param result its exit code or signal, or why it could not start
 * @returns `ResourceExhausted` (disk full), `NotFound` (no such package or version), else `Network`
 */
export function toolError(name: string, result: number | string | Error, stderr: string): FerrumError {
  const lines = stderr
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const connection = lines.filter((line) => connectionFailure.test(line));
  // pip reports an index that it could not reach as one that has no version of the package.
  const isUnreachable = connection.length > 0 && /\(from versions: none\)/.test(stderr);
  const said = describe(isUnreachable ? connection : tellingLines(lines)) || (isError(result) ? result.message : '');
  const message = `${name} failed (${isError(result) ? 'could not start' : result}): ${said || 'it said nothing'}`;
  const options = { ...(isError(result) ? { cause: result } : {}), details: { tool: name, stderr } };
  if (/ENOSPC|No space left on device/i.test(stderr)) {
    return new FerrumError('ResourceExhausted', `The disk is full: ${message}`, options);
  }
  const isMissing = /E404|ETARGET|No matching distribution/.test(stderr) && !isUnreachable;
  return new FerrumError(isMissing ? 'NotFound' : 'Network', message, options);
}

/** In the words of pip (urllib3), of Node, and of the operating system. Package names must not match. */
const connectionFailure =
  /connection (?:refused|broken|reset|aborted)|new connection|NewConnectionError|timed out|name resolution|not a trusted or secure host|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT/i;

/** The lines that say what went wrong, as tools print much else. */
function tellingLines(lines: readonly string[]): readonly string[] {
  if (lines.some((line) => npmPrefix.test(line))) return npmLines(lines);
  const errors = lines.filter((line) => /error/i.test(line) || connectionFailure.test(line));
  return (errors.length > 0 ? errors : lines).slice(-3);
}

const npmPrefix = /^npm (?:error|ERR!)\s*/;

/** The code, and of each topic (`404`, `network`, `notarget` …) its first line; the rest is stack and advice. */
function npmLines(lines: readonly string[]): readonly string[] {
  const topics = new Map<string, string>();
  for (const line of lines) {
    const text = line.replace(npmPrefix, '');
    if (text === line || npmNoise.test(text)) continue;
    const topic = /^(?:code|404|network|notarget)(?= )/.exec(text)?.[0] ?? '';
    if (!topics.has(topic)) topics.set(topic, line);
  }
  return [...topics.values()].slice(0, 3);
}

const npmNoise =
  /^\S*$|^(?:errno|syscall|at|path|dest) |^\w+: ['\d]|A complete log|Log files were not written|Note that you can|tarball, folder|prox(?:y|ies)/;

function describe(lines: readonly string[]): string {
  const short = lines.map((line) =>
    line.replace(/^WARNING: Retrying \(.*?\)\) after /, '').replace(/<[\w.]+ object at 0x[0-9a-f]+>: /gi, ''),
  );
  return [...new Set(short)].slice(0, 3).join(' | ').slice(0, 600);
}

function isError(result: number | string | Error): result is Error {
  return result instanceof Error;
}
