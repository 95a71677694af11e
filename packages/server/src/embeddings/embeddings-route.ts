import { workSignal } from '../http/work-signal.js';
import { errorResponses } from '../schema/common.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { embedInputs } from './embed-inputs.js';
import { embeddingsBody } from './embeddings-body.js';
import { embeddingsResponse, embeddingsSchema } from './embeddings-schema.js';
import { readInputs } from './read-inputs.js';

/** `POST /v1/embeddings`. */
export function registerEmbeddings(app: FerrumApp, context: ServerContext): void {
  const { settings, models, metrics } = context;
  app.post(
    '/v1/embeddings',
    {
      schema: {
        summary: 'Embed texts and images',
        tags: ['Embeddings'],
        body: embeddingsSchema(settings.limits),
        response: { 200: embeddingsResponse, ...errorResponses },
      },
    },
    async ({ body }, reply) => {
      const { signal, run } = workSignal(reply, context);
      const inputs = readInputs(body.input, settings.limits.inputs);
      return run(() =>
        models.use('embedding', body.model, signal, async (engine, { id: model }) => {
          const { embeddings, promptTokens } = await embedInputs(engine, inputs, {
            signal,
            ...(body.dimensions != null && { dimensions: body.dimensions }),
            ...(body.prompt_name != null && { promptName: body.prompt_name }),
            ...(body.truncate != null && { truncate: body.truncate }),
          });
          metrics.countTokens(model, 'embedding', { promptTokens });
          const format = body.encoding_format ?? 'float';
          const json = await embeddingsBody({ model, embeddings, format, promptTokens, signal });
          return reply.type('application/json; charset=utf-8').send(json);
        }),
      );
    },
  );
}
