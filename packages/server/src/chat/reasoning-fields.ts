import type { JsonObject, ReasoningOptions } from '@ferrum/interfaces';
import { type Static, Type } from 'typebox';
import type { FeatureNeed } from '../generation/feature-needs.js';
import { checkSchemaSize } from '../generation/schema-limits.js';
import { nullable, oneOf } from '../schema/nullable.js';

export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

/** How a model thinks before it answers: OpenAI's field, then vLLM's. */
export const reasoningFields = {
  reasoning_effort: Type.Optional(
    nullable(
      oneOf(efforts, {
        description: 'Of models that think: `none` turns it off. Refused where the model has no such choice.',
      }),
    ),
  ),
  thinking_token_budget: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 0,
        maximum: 2 ** 31 - 1,
        description: 'Extension: most tokens of reasoning; then the model answers. Default: no limit of its own.',
      }),
    ),
  ),
  chat_template_kwargs: Type.Optional(
    nullable(
      Type.Unsafe<JsonObject>({
        type: 'object',
        maxProperties: 64,
        description:
          'Extension: what the model\'s chat template knows beside messages, e.g. {"enable_thinking": false}.',
      }),
    ),
  ),
};

const fieldsSchema = Type.Object(reasoningFields);

export interface ReasoningWish {
  readonly reasoning?: ReasoningOptions;
  readonly templateVariables?: JsonObject;
}

/** @throws FerrumError `RequestValidation` for template arguments that are too many or too deep */
export function reasoningWish(fields: Static<typeof fieldsSchema>): {
  readonly wish: ReasoningWish;
  readonly needs: readonly FeatureNeed[];
} {
  const { reasoning_effort: effort, thinking_token_budget: maxTokens, chat_template_kwargs: variables } = fields;
  if (variables != null) checkSchemaSize(variables, 'chat_template_kwargs');
  const reasoning: ReasoningOptions = {
    ...(effort == null ? {} : { effort }),
    ...(maxTokens == null ? {} : { maxTokens }),
  };
  return {
    wish: {
      ...(effort == null && maxTokens == null ? {} : { reasoning }),
      ...(variables == null ? {} : { templateVariables: variables }),
    },
    needs: [
      ...(effort == null ? [] : [{ feature: 'reasoning', field: 'reasoning_effort' }]),
      ...(maxTokens == null ? [] : [{ feature: 'reasoning', field: 'thinking_token_budget' }]),
    ],
  };
}
