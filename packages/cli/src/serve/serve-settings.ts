import { InvalidArgumentError } from 'commander';
import { integerArgument, numberArgument } from '../number-argument.js';
import { textArgument } from '../text-argument.js';

/** A setting of the server that has a flag and an environment variable. What it may be is the server's schema to say. */
export interface ServeSetting {
  /** Where it is in the configuration, as `limits.requests`. */
  readonly path: string;
  /** As commander takes it. A list's may be repeated; a switch's has no value. */
  readonly flag: string;
  readonly variable: string;
  readonly description: string;
  /** Its heading in the help. */
  readonly group: 'Listening' | 'Access' | 'Limits' | 'Models' | 'Output';
  readonly kind: 'value' | 'list' | 'switch';
  /** Reads one value. @throws InvalidArgumentError */
  readonly parse: (text: string) => unknown;
}

const whole = integerArgument();
const seconds = numberArgument();

export const serveSettings: readonly ServeSetting[] = [
  {
    path: 'hostname',
    flag: '--host <address>',
    variable: 'FERRUM_HOST',
    group: 'Listening',
    kind: 'value',
    parse: textArgument,
    description: 'without it 127.0.0.1, which only this machine reaches; 0.0.0.0 is every network',
  },
  {
    path: 'port',
    flag: '--port <number>',
    variable: 'FERRUM_PORT',
    group: 'Listening',
    kind: 'value',
    parse: whole,
    description: 'without it 8080; 0 takes a free one',
  },
  {
    path: 'trustProxy',
    flag: '--trust-proxy',
    variable: 'FERRUM_TRUST_PROXY',
    group: 'Listening',
    kind: 'switch',
    parse: switchArgument,
    description: 'believe the X-Forwarded headers of a reverse proxy',
  },
  {
    path: 'apiKeys',
    flag: '--api-key <key>',
    variable: 'FERRUM_API_KEYS',
    group: 'Access',
    kind: 'list',
    parse: apiKeyArgument,
    description:
      'opens the API; or sha256:HEX of one (may be repeated). Others on this machine may see the command line',
  },
  {
    path: 'corsOrigins',
    flag: '--cors-origin <origin>',
    variable: 'FERRUM_CORS_ORIGINS',
    group: 'Access',
    kind: 'list',
    parse: textArgument,
    description: 'web pages that may call, as https://app.example (may be repeated); "*" is all',
  },
  {
    path: 'playground',
    flag: '--no-playground',
    variable: 'FERRUM_PLAYGROUND',
    group: 'Access',
    kind: 'switch',
    parse: switchArgument,
    description: 'serve no page at "/"',
  },
  {
    path: 'limits.requestsPerMinute',
    flag: '--requests-per-minute <count>',
    variable: 'FERRUM_REQUESTS_PER_MINUTE',
    group: 'Limits',
    kind: 'value',
    parse: whole,
    description: 'of each key, or of each address without keys; without it no limit',
  },
  {
    path: 'limits.requests',
    flag: '--max-requests <count>',
    variable: 'FERRUM_MAX_REQUESTS',
    group: 'Limits',
    kind: 'value',
    parse: whole,
    description: 'under way at once, more are answered with 503; without it 256',
  },
  {
    path: 'limits.connections',
    flag: '--max-connections <count>',
    variable: 'FERRUM_MAX_CONNECTIONS',
    group: 'Limits',
    kind: 'value',
    parse: whole,
    description: 'without it 1024',
  },
  {
    path: 'limits.jsonBytes',
    flag: '--max-json-bytes <count>',
    variable: 'FERRUM_MAX_JSON_BYTES',
    group: 'Limits',
    kind: 'value',
    parse: whole,
    description: 'of a JSON body; without it 8 MiB',
  },
  {
    path: 'limits.audioBytes',
    flag: '--max-audio-bytes <count>',
    variable: 'FERRUM_MAX_AUDIO_BYTES',
    group: 'Limits',
    kind: 'value',
    parse: whole,
    description: 'of an upload of audio; without it 1 GiB',
  },
  {
    path: 'limits.completionTokens',
    flag: '--max-completion-tokens <count>',
    variable: 'FERRUM_MAX_COMPLETION_TOKENS',
    group: 'Limits',
    kind: 'value',
    parse: whole,
    description: 'longest answer; without it what the context holds',
  },
  {
    path: 'sessions.max',
    flag: '--session-max <count>',
    variable: 'FERRUM_SESSION_MAX',
    group: 'Limits',
    kind: 'value',
    parse: whole,
    description: 'conversations kept for X-Ferrum-Session; without it 128',
  },
  {
    path: 'timeouts.shutdownSeconds',
    flag: '--shutdown-timeout <seconds>',
    variable: 'FERRUM_SHUTDOWN_TIMEOUT',
    group: 'Limits',
    kind: 'value',
    parse: seconds,
    description: 'how long answers under way may take when the server stops; without it 30',
  },
  {
    path: 'logLevel',
    flag: '--log-level <level>',
    variable: 'FERRUM_LOG_LEVEL',
    group: 'Output',
    kind: 'value',
    parse: textArgument,
    description: 'fatal, error, warn, info, debug, trace or silent; without it info',
  },
  {
    path: 'idleTimeoutSeconds',
    flag: '--idle-timeout <seconds>',
    variable: 'FERRUM_IDLE_TIMEOUT',
    group: 'Models',
    kind: 'value',
    parse: seconds,
    description: 'close a model that nobody used for so long; 0 keeps it open; without it 300',
  },
  {
    path: 'adapterDirectory',
    flag: '--adapter-directory <folder>',
    variable: 'FERRUM_ADAPTER_DIRECTORY',
    group: 'Models',
    kind: 'value',
    parse: textArgument,
    description: 'clients may load LoRA adapters that lie in it; without it none',
  },
  {
    path: 'prefer',
    flag: '--prefer <id>',
    variable: 'FERRUM_PREFER',
    group: 'Models',
    kind: 'list',
    parse: textArgument,
    description: 'a plugin or an engine to use where it can open a model; the first comes first (may be repeated)',
  },
  {
    path: 'offline',
    flag: '--offline',
    variable: 'FERRUM_OFFLINE',
    group: 'Models',
    kind: 'switch',
    parse: switchArgument,
    description: 'use no network to fetch models',
  },
];

/** `sha256:HEX`, or the key itself. */
export function apiKeyArgument(text: string): string | { readonly sha256: string } {
  const key = textArgument(text);
  return key.startsWith('sha256:') ? { sha256: key.slice('sha256:'.length) } : key;
}

/** What a variable says of a switch. */
export function switchArgument(text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new InvalidArgumentError('It must be 1 or 0.');
}
