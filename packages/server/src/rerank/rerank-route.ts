import { type Static, Type } from 'typebox';
import { workSignal } from '../http/work-signal.js';
import type { ResolvedSettings } from '../options/server-settings.js';
import { errorResponses, modelField } from '../schema/common.js';
import { nullable, refused } from '../schema/nullable.js';
import type { FerrumApp, ServerContext } from '../server-context.js';

/** `POST /v1/rerank`, as Jina's API has it. */
export function registerRerank(app: FerrumApp, context: ServerContext): void {
  const { settings, models, metrics } = context;
  app.post(
    '/v1/rerank',
    {
      schema: {
        summary: 'Order documents by how well they answer a query',
        tags: ['Rerank'],
        body: rerankSchema(settings.limits),
        response: { 200: responseSchema, ...errorResponses },
      },
    },
    async ({ body }, reply) => {
      const { signal, run } = workSignal(reply, context);
      const documents = body.documents.map(textOf);
      return run(() =>
        models.use('reranking', body.model, signal, async (engine, { id: model }) => {
          const { results, usage } = await engine.rerank(textOf(body.query), documents, {
            signal,
            ...(body.top_n != null && { topN: body.top_n }),
          });
          metrics.countTokens(model, 'reranking', usage);
          return {
            model,
            object: 'list' as const,
            usage: { total_tokens: usage.promptTokens, prompt_tokens: usage.promptTokens },
            results: results.map(({ index, relevanceScore }) => ({
              index,
              relevance_score: relevanceScore,
              ...(body.return_documents !== false && { document: asObject(body.documents[index] ?? '') }),
            })),
          };
        }),
      );
    },
  );
}

/** A text with what else the caller keeps beside it, e.g. an id, which comes back with the document. */
const documentSchema = Type.Object(
  { text: Type.String(), image: refused('Images are not reranked.') },
  {
    maxProperties: 64,
    additionalProperties: Type.Unsafe<string | number | boolean | null>({
      type: ['string', 'number', 'boolean', 'null'],
    }),
    description: 'Its other fields (texts, numbers, booleans; 63 at most) come back as they are.',
  },
);

function rerankSchema({ inputs }: ResolvedSettings['limits']) {
  return Type.Object(
    {
      model: modelField,
      query: Type.Union([
        Type.String(),
        Type.Object(
          { text: Type.String(), image: refused('Images are not reranked.') },
          { additionalProperties: false },
        ),
      ]),
      documents: Type.Array(Type.Union([Type.String(), documentSchema]), { minItems: 1, maxItems: inputs }),
      top_n: Type.Optional(nullable(Type.Integer({ minimum: 1, description: 'Only the best so many. Default: all.' }))),
      return_documents: Type.Optional(
        nullable(Type.Boolean({ description: 'Whether the results carry the documents. Default true.' })),
      ),
    },
    { additionalProperties: false },
  );
}

type Document = Static<ReturnType<typeof rerankSchema>>['documents'][number];

const responseSchema = Type.Object({
  model: Type.String(),
  object: Type.Literal('list'),
  usage: Type.Object({ total_tokens: Type.Integer(), prompt_tokens: Type.Integer() }),
  results: Type.Array(
    Type.Object({
      index: Type.Integer({ description: 'Among the documents of the request.' }),
      relevance_score: Type.Number({ description: '0 to 1.' }),
      document: Type.Optional(Type.Object({ text: Type.String() })),
    }),
    { description: 'Best first.' },
  ),
});

function textOf(document: string | { readonly text: string }): string {
  return typeof document === 'string' ? document : document.text;
}

function asObject(document: Document): Exclude<Document, string> {
  return typeof document === 'string' ? { text: document } : document;
}
