import { FerrumError } from '@ferrum/registry/errors';
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import { type ApiError, apiError, apiErrorOf } from './api-error.js';
import { errorBody } from './error-body.js';
import { shorten } from './shorten.js';

/** Sends whatever was thrown in the shape of the API; logs what is the server's fault. */
export function handleError(
  error: FastifyError | FerrumError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const described = describeError(error, request);
  if (described.status >= 500 && described.status !== 503) request.log.error({ err: error }, 'request failed');
  // No hook has seen a request whose URL is wrong.
  sendError(reply.header('x-request-id', request.id), described);
}

export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  const { status, retryAfter } = error;
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  return reply.status(status).type('application/json; charset=utf-8').send(errorBody(reply.request, error));
}

function describeError(error: unknown, request: FastifyRequest): ApiError {
  if (FerrumError.isInstance(error)) return apiErrorOf(error);
  const { statusCode, code, validation, validationContext, message } = error as Partial<FastifyError>;
  if (validation?.[0]) return describeValidation(validation, validationContext);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unreadType(request);
  const known = code === undefined ? undefined : frameworkErrors[code];
  if (known) return known;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return apiError(statusCode, message ?? 'The request could not be read.');
  }
  if (statusCode === 503)
    return apiError(503, 'The server is shutting down.', { retryAfter: 5, code: 'shutting_down' });
  // Not a sentence of what went wrong inside: it may hold anything.
  return apiError(500, 'The server failed on this request. Its log says why, under the id in X-Request-Id.', {
    code: 'internal_error',
  });
}

const notJson = apiError(400, 'The body is not valid JSON. Send a JSON object.', { code: 'invalid_json' });
const tooLarge = apiError(413, 'The body is larger than this server takes.', { code: 'request_too_large' });

const frameworkErrors: Readonly<Record<string, ApiError>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: notJson,
  FST_ERR_CTP_INVALID_JSON_BODY: notJson,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: apiError(400, 'The body is not as long as Content-Length says.'),
  FST_ERR_CTP_BODY_TOO_LARGE: tooLarge,
  FST_REQ_FILE_TOO_LARGE: tooLarge,
  FST_ERR_BAD_URL: apiError(400, 'The path is not a valid URL.'),
  // Only models have names in paths.
  FST_ERR_MAX_PARAM_LENGTH: apiError(404, 'There is no model with so long a name. GET /v1/models lists them.', {
    param: 'model',
    code: 'model_not_found',
  }),
};

function unreadType({ routeOptions }: FastifyRequest): ApiError {
  const { consumes = ['application/json'] } = routeOptions.schema ?? {};
  return apiError(415, `This endpoint does not read that Content-Type. Send ${consumes.join(' or ')}.`, {
    code: 'unsupported_media_type',
  });
}

interface Issue extends FastifySchemaValidationError {
  readonly parentSchema?: { readonly description?: string };
}

/** Names the field by its path and says what it may be. */
function describeValidation(issues: readonly Issue[], context: string | undefined): ApiError {
  const issue = mostPrecise(issues);
  const path = shorten(
    issue.instancePath
      .slice(1)
      .replaceAll('/', '.')
      .replaceAll(/\.(\d+)/g, '[$1]'),
    longestName,
  );
  const where = context === 'querystring' ? 'The query' : 'The body';
  const within = (name: string) => shorten(path === '' ? name : `${path}.${name}`, longestName);
  switch (issue.keyword) {
    case 'additionalProperties': {
      const name = within(String(issue.params.additionalProperty));
      return apiError(400, `There is no field \`${name}\`. Leave it out.`, { param: name, code: 'unknown_parameter' });
    }
    case 'required': {
      const name = within(String(issue.params.missingProperty));
      return apiError(400, `The field \`${name}\` is missing.`, { param: name, code: 'missing_required_parameter' });
    }
    case 'type':
      if (issue.params.type === 'null') {
        const reason = issue.parentSchema?.description ?? 'This server does not support it.';
        return apiError(400, `\`${path}\`: ${reason} Leave it out.`, { param: path, code: 'unsupported_parameter' });
      }
  }
  const problem = problemOf(issue, issues);
  if (path === '') return apiError(400, `${where} ${problem}.`, { code: 'invalid_value' });
  return apiError(400, `\`${path}\` ${problem}.`, { param: path, code: 'invalid_value' });
}

/** In characters; clients name fields as they like. */
const longestName = 100;

function problemOf({ instancePath, keyword, message, params }: Issue, issues: readonly Issue[]): string {
  if (keyword === 'enum') {
    // A field that may be null may as well be left out.
    const values = (params.allowedValues as unknown[]).filter((value) => value !== null);
    return `${message}: ${values.join(', ')}`;
  }
  const words = inWords[keyword];
  if (words !== undefined) return words(Number(params.limit));
  if (keyword !== 'type') return String(message);
  // Of a union, whatever its members could have been.
  const types = issues
    .filter((other) => other.keyword === 'type' && other.instancePath === instancePath)
    .flatMap((other) => other.params.type as string);
  return `must be ${[...new Set(types)].join(' or ')}`;
}

/** Of the validator's words those that are no sentence of ours. */
const inWords: Readonly<Record<string, (limit: number) => string>> = {
  minItems: (limit) => `needs at least ${limit} ${limit === 1 ? 'element' : 'elements'}`,
  maxItems: (limit) => `may have at most ${limit} ${limit === 1 ? 'element' : 'elements'}`,
  minLength: (limit) => (limit === 1 ? 'is empty' : `needs at least ${limit} characters`),
  maxLength: (limit) => `may have at most ${limit} characters`,
  maxProperties: (limit) => `may have at most ${limit} fields`,
};

/** A union reports what is wrong with each of its members: the one that got furthest is what the caller meant. */
function mostPrecise(issues: readonly Issue[]): Issue {
  const lessens: Readonly<Record<string, number>> = { anyOf: 0.5, type: 0.25 };
  const depth = ({ instancePath, keyword }: Issue) => instancePath.split('/').length - (lessens[keyword] ?? 0);
  return issues.reduce((best, issue) => (depth(issue) > depth(best) ? issue : best));
}
