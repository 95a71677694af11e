import { FerrumError } from '@ferrum/registry/errors';
import { Type } from 'typebox';
import type { ModelDirectory } from '../models/model-directory.js';
import { errorResponses, modelField } from '../schema/common.js';
import { oneOf } from '../schema/nullable.js';
import type { FerrumApp, ServerContext } from '../server-context.js';

const voiceSchema = Type.Object({
  id: Type.String({ description: 'What `voice` of /v1/audio/speech takes.' }),
  object: Type.Literal('voice'),
  model: Type.String(),
  language: Type.String({ description: 'BCP 47.' }),
  gender: Type.Optional(oneOf(['female', 'male', 'neutral'])),
  sample_rate: Type.Integer({ description: 'In Hz, as the model speaks; pcm is always at 24,000 Hz.' }),
  description: Type.Optional(Type.String()),
  license: Type.Optional(Type.String()),
});

/** `GET /v1/audio/voices`. */
export function registerVoices(app: FerrumApp, { models, signals }: ServerContext): void {
  app.get(
    '/v1/audio/voices',
    {
      schema: {
        summary: 'List the voices of a speech model',
        tags: ['Audio'],
        querystring: Type.Object({ model: Type.Optional(modelField) }, { additionalProperties: false }),
        response: {
          200: Type.Object({ object: Type.Literal('list'), data: Type.Array(voiceSchema) }),
          ...errorResponses,
        },
      },
    },
    async ({ query }, reply) => {
      const name = query.model ?? firstSpeechModel(models);
      return models.use('speech', name, signals.of(reply), async (engine, { id: model }) => {
        const voices = await engine.voices();
        return {
          object: 'list' as const,
          data: voices.map(({ id, language, gender, sampleRate, description, license }) => ({
            ...{ id, object: 'voice' as const, model, language },
            ...(gender !== undefined && { gender }),
            sample_rate: sampleRate,
            ...(description !== undefined && { description }),
            ...(license !== undefined && { license }),
          })),
        };
      });
    },
  );
}

function firstSpeechModel({ entries }: ModelDirectory): string {
  const first = entries.find(({ capabilities }) => capabilities.includes('speech'));
  if (first !== undefined) return first.id;
  throw new FerrumError('NotFound', 'No speech model is served here, so there are no voices.', {
    details: { parameter: 'model', apiCode: 'model_not_found' },
  });
}
