import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeEmbedder, fakeReranker } from '../testing/fake-embedder.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeTranscriber } from '../testing/fake-transcriber.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';

type Schema = Record<string, unknown>;
interface Content {
  readonly content: Record<string, { readonly schema: Schema; readonly example?: object }>;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: string[];
  readonly requestBody?: Content;
  readonly responses: Record<string, Content & { readonly description: string }>;
  readonly security?: object[];
}
interface Document {
  readonly openapi: string;
  readonly tags: { readonly name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Schema>; readonly securitySchemes?: object };
  readonly security?: object[];
}

const engines = {
  'text-generation': fakeLanguageModel().engine,
  embedding: fakeEmbedder().engine,
  reranking: fakeReranker(),
  transcription: fakeTranscriber().engine,
  speech: fakeSpeaker().engine,
};
let server: TestServer;
let document: Document;

beforeAll(async () => {
  server = await testServer(engines);
  document = await documentOf(server);
});
afterAll(() => server[Symbol.asyncDispose]());

async function documentOf({ url }: TestServer): Promise<Document> {
  const response = await fetch(`${url}/openapi.json`);
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  return (await response.json()) as Document;
}

function operationsOf({ paths }: Document): [string, Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

function operation(name: string): Operation {
  const found = operationsOf(document).find(([each]) => each === name)?.[1];
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

describe('/openapi.json', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document) as object as Schema);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  it('has schemas of JSON Schema 2020-12 with no reference into nothing', () => {
    const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false });
    for (const [name, schema] of Object.entries(document.components.schemas))
      ajv.addSchema(schema, `#/components/schemas/${name}`);
    for (const [name, { requestBody, responses }] of operationsOf(document)) {
      for (const { content } of [requestBody, ...Object.values(responses)].filter((part) => part !== undefined)) {
        for (const { schema } of Object.values(content)) {
          expect(() => ajv.compile(schema), name).not.toThrow();
        }
      }
    }
  });

  it('has every route', () => {
    expect(
      operationsOf(document)
        .map(([name]) => name)
        .sort(),
    ).toEqual([
      'GET /health',
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'GET /v1/audio/voices',
      'GET /v1/models',
      'GET /v1/models/{id}',
      'POST /detokenize',
      'POST /tokenize',
      'POST /v1/audio/speech',
      'POST /v1/audio/transcriptions',
      'POST /v1/audio/translations',
      'POST /v1/chat/completions',
      'POST /v1/completions',
      'POST /v1/embeddings',
      'POST /v1/load_lora_adapter',
      'POST /v1/messages',
      'POST /v1/messages/count_tokens',
      'POST /v1/rerank',
      'POST /v1/responses',
      'POST /v1/unload_lora_adapter',
    ]);
  });

  it('says what each route is called and is for, and how it fails', () => {
    const operations = operationsOf(document);
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(operations.length);
    for (const [name, { operationId, summary, tags, responses }] of operations) {
      expect(operationId, name).toMatch(/^[a-z]+([A-Z][a-z]+)*$/);
      expect(summary, name).toMatch(/^[A-Z].*[^.]$/);
      expect(document.tags.map((tag) => tag.name)).toContain(tags?.[0]);
      for (const { description } of Object.values(responses)) expect(description, name).toMatch(/\.$/);
      if (name.includes('/health')) continue;
      for (const status of ['4XX', '5XX']) {
        expect(responses[status]?.content['application/json']?.schema, name).toEqual({
          $ref: `#/components/schemas/${name.includes('/v1/messages') ? 'AnthropicError' : 'Error'}`,
        });
      }
    }
    expect(document.components.schemas.Error).toMatchObject({ required: ['error'] });
  });

  it.each([
    ['POST /v1/chat/completions', 'application/json', ['application/json', 'text/event-stream']],
    ['POST /v1/completions', 'application/json', ['application/json', 'text/event-stream']],
    ['POST /v1/responses', 'application/json', ['application/json', 'text/event-stream']],
    ['POST /v1/messages', 'application/json', ['application/json', 'text/event-stream']],
    ['POST /v1/embeddings', 'application/json', ['application/json']],
    [
      'POST /v1/audio/transcriptions',
      'multipart/form-data',
      ['application/json', 'text/event-stream', 'text/plain', 'text/vtt'],
    ],
    ['POST /v1/audio/translations', 'multipart/form-data', ['application/json', 'text/plain', 'text/vtt']],
    [
      'POST /v1/audio/speech',
      'application/json',
      ['audio/aac', 'audio/flac', 'audio/mpeg', 'audio/ogg', 'audio/pcm', 'audio/wav', 'text/event-stream'],
    ],
  ])('%s: takes %s, gives %j', (name, taken, given) => {
    const { requestBody, responses } = operation(name);
    expect(Object.keys(requestBody?.content ?? {})).toEqual([taken]);
    expect(Object.keys(responses['200']?.content ?? {}).sort()).toEqual(given);
  });

  it('has the file of a form as binary', () => {
    const { schema } = operation('POST /v1/audio/transcriptions').requestBody?.content['multipart/form-data'] ?? {};
    expect(schema).toMatchObject({ properties: { file: { type: 'string', format: 'binary' } } });
  });

  it('gives examples that work with the models that are served', async () => {
    const withExamples = operationsOf(document).flatMap(([name, { requestBody }]) => {
      const example = requestBody?.content['application/json']?.example;
      return example === undefined ? [] : [{ path: name.replace('POST ', ''), example }];
    });
    expect(withExamples).toHaveLength(10);
    for (const { path, example } of withExamples) {
      const response = await post(server.url, path, example);
      expect(response.status, path).toBe(200);
      await response.arrayBuffer();
    }
  });

  it('asks for a key where there are keys, and not of health checks', async () => {
    expect(document.security).toBeUndefined();
    expect(document.components.securitySchemes).toBeUndefined();
    await using locked = await testServer(engines, { apiKeys: ['a-good-key'] });
    const { components, security, paths } = await documentOf(locked);
    expect(components.securitySchemes).toMatchObject({ apiKey: { type: 'http', scheme: 'bearer' } });
    expect(security).toEqual([{ apiKey: [] }]);
    expect(paths['/health']?.get?.security).toEqual([]);
    expect(paths['/v1/models']?.get?.security).toBeUndefined();
  });
});

describe('/reference', () => {
  it('is a page that loads nothing from elsewhere', async () => {
    const response = await fetch(`${server.url}/reference/`);
    expect(response.status).toBe(200);
    const page = await response.text();
    const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => new URL(part, response.url));
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      expect(part.origin).toBe(server.url);
      expect((await fetch(part)).status, part.pathname).toBe(200);
    }
    // What is missing here would let a browser load from elsewhere, or by https where there is only http.
    const sources = response.headers.get('content-security-policy');
    expect(sources).toMatch(/^default-src 'self'; img-src 'self' data:;/);
    expect(sources).not.toMatch(/https?:|upgrade-insecure-requests|unsafe/);
    expect(await (await fetch(`${server.url}/reference/static/swagger-initializer.js`)).text()).toContain(
      '"validatorUrl":null',
    );
  });
});
