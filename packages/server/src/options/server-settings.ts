import { type Static, Type } from 'typebox';
import { oneOf } from '../schema/nullable.js';

const strict = { additionalProperties: false } as const;
const positive = (description: string) => Type.Integer({ minimum: 1, description });
const seconds = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 2_000_000, description });

export const apiKeySchema = Type.Object(
  {
    key: Type.Optional(Type.String({ minLength: 8, description: 'The key itself.' })),
    sha256: Type.Optional(
      Type.String({
        pattern: '^[0-9a-fA-F]{64}$',
        description: 'Or its SHA-256 in hexadecimal, so that the key is nowhere.',
      }),
    ),
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'For logs and fair shares. Default: key-1 …' }),
    ),
    requestsPerMinute: Type.Optional(
      positive('POST requests a minute of this key. Default: `limits.requestsPerMinute`.'),
    ),
  },
  strict,
);

/** What an operator can set, less engines and models; every value has a default. */
export const serverSettingsSchema = Type.Object(
  {
    hostname: Type.Optional(Type.String({ minLength: 1, description: 'Address to listen on. Default 127.0.0.1.' })),
    port: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 65_535, description: '0 takes a free one. Default 8080.' }),
    ),
    apiKeys: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 8 }), apiKeySchema]), {
        description: 'Who may call. Without any, everybody who reaches the port may.',
      }),
    ),
    corsOrigins: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Origins of web pages that may call, e.g. https://app.example; "*" is all. Default: none.',
      }),
    ),
    logLevel: Type.Optional(
      oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
        description: 'Default info. No level logs prompts or answers.',
      }),
    ),
    playground: Type.Optional(Type.Boolean({ description: 'Whether `/` serves the page. Default true.' })),
    adapterDirectory: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Folder of LoRA adapters that clients may load while the server runs. Default: none, clients load none.',
      }),
    ),
    trustProxy: Type.Optional(
      Type.Boolean({ description: 'Whether X-Forwarded-* of a reverse proxy is believed. Default false.' }),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          jsonBytes: Type.Optional(positive('Largest JSON body. Default 8 MiB.')),
          audioBytes: Type.Optional(positive('Largest audio upload. Default 1 GiB.')),
          connections: Type.Optional(positive('Open connections. Default 1024.')),
          requests: Type.Optional(positive('Requests under way; more are answered with 503. Default 256.')),
          requestsPerMinute: Type.Optional(
            positive('POST requests of one key, or of one address without keys. Default: no limit.'),
          ),
          inputs: Type.Optional(positive('Texts of one embeddings, completions or rerank request. Default 2048.')),
          completionTokens: Type.Optional(
            positive('Longest answer, and the default. Default: what the context holds.'),
          ),
        },
        strict,
      ),
    ),
    timeouts: Type.Optional(
      Type.Object(
        {
          headersSeconds: Type.Optional(seconds('For a request to send its headers. Default 10.')),
          bodySeconds: Type.Optional(seconds('For a JSON body to arrive. Default 30.')),
          uploadSeconds: Type.Optional(seconds('For an audio upload to arrive. Default 600.')),
          generationSeconds: Type.Optional(seconds('For a whole answer. Default: no limit.')),
          keepAliveSeconds: Type.Optional(seconds('An idle connection stays open. Default 72.')),
          shutdownSeconds: Type.Optional(seconds('For requests under way to end at shutdown. Default 30.')),
        },
        strict,
      ),
    ),
    sessions: Type.Optional(
      Type.Object(
        {
          max: Type.Optional(positive('Conversations kept, least recently used first to go. Default 128.')),
          bytes: Type.Optional(positive('Text of all of them together. Default 16 MiB.')),
          idleSeconds: Type.Optional(seconds('A conversation not used for so long is forgotten. Default 3600.')),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type ServerSettings = Static<typeof serverSettingsSchema>;
export type ApiKeySettings = Static<typeof apiKeySchema>;

/** Settings with every default filled in. */
export interface ResolvedSettings {
  readonly hostname: string;
  readonly port: number;
  readonly apiKeys: readonly (string | ApiKeySettings)[];
  readonly corsOrigins: readonly string[];
  readonly logLevel: NonNullable<ServerSettings['logLevel']>;
  readonly playground: boolean;
  readonly adapterDirectory: string | undefined;
  readonly trustProxy: boolean;
  readonly limits: {
    readonly jsonBytes: number;
    readonly audioBytes: number;
    readonly connections: number;
    readonly requests: number;
    readonly requestsPerMinute: number | undefined;
    readonly inputs: number;
    readonly completionTokens: number | undefined;
  };
  readonly timeouts: {
    readonly headersSeconds: number;
    readonly bodySeconds: number;
    readonly uploadSeconds: number;
    readonly generationSeconds: number | undefined;
    readonly keepAliveSeconds: number;
    readonly shutdownSeconds: number;
  };
  readonly sessions: { readonly max: number; readonly bytes: number; readonly idleSeconds: number };
}

const mebibyte = 2 ** 20;

export function withDefaults(settings: ServerSettings): ResolvedSettings {
  const { limits = {}, timeouts = {}, sessions = {} } = settings;
  return {
    hostname: settings.hostname ?? '127.0.0.1',
    port: settings.port ?? 8080,
    apiKeys: settings.apiKeys ?? [],
    corsOrigins: settings.corsOrigins ?? [],
    logLevel: settings.logLevel ?? 'info',
    playground: settings.playground ?? true,
    adapterDirectory: settings.adapterDirectory,
    trustProxy: settings.trustProxy ?? false,
    limits: {
      jsonBytes: limits.jsonBytes ?? 8 * mebibyte,
      audioBytes: limits.audioBytes ?? 1024 * mebibyte,
      connections: limits.connections ?? 1024,
      requests: limits.requests ?? 256,
      requestsPerMinute: limits.requestsPerMinute,
      inputs: limits.inputs ?? 2048,
      completionTokens: limits.completionTokens,
    },
    timeouts: {
      headersSeconds: timeouts.headersSeconds ?? 10,
      bodySeconds: timeouts.bodySeconds ?? 30,
      uploadSeconds: timeouts.uploadSeconds ?? 600,
      generationSeconds: timeouts.generationSeconds,
      keepAliveSeconds: timeouts.keepAliveSeconds ?? 72,
      shutdownSeconds: timeouts.shutdownSeconds ?? 30,
    },
    sessions: {
      max: sessions.max ?? 128,
      bytes: sessions.bytes ?? 16 * mebibyte,
      idleSeconds: sessions.idleSeconds ?? 3600,
    },
  };
}
