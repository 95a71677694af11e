import type { TokenizeInput } from '@ferrum/interfaces';
import { type Static, Type } from 'typebox';
import { chatFieldNames } from '../chat/chat-fields.js';
import { imageField, toMessages } from '../chat/chat-messages.js';
import { chatSchema } from '../chat/chat-schema.js';
import { chatTools } from '../chat/chat-tools.js';
import { reasoningFields, reasoningWish } from '../chat/reasoning-fields.js';
import { toolFields } from '../chat/tool-schema.js';
import { aboutFields, type FieldNames } from '../generation/about-field.js';
import { type FeatureNeed, requireFeatures } from '../generation/feature-needs.js';
import { badRequest } from '../http/api-error.js';
import { workSignal } from '../http/work-signal.js';
import { errorResponses, modelField } from '../schema/common.js';
import { nullable } from '../schema/nullable.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { tokenMethod } from './token-method.js';

/** `POST /tokenize` and `/detokenize`, much as llama.cpp and vLLM have them. */
export function registerTokens(app: FerrumApp, context: ServerContext): void {
  const { models } = context;
  app.post(
    '/tokenize',
    {
      schema: {
        summary: 'Turn a text or a conversation into token ids',
        tags: ['Tokens'],
        body: tokenizeSchema,
        response: { 200: tokenizeResponse, ...errorResponses },
      },
    },
    async ({ body }, reply) => {
      const { signal, run } = workSignal(reply, context);
      const { input, needs } = readInput(body);
      return run(() =>
        models.use('text-generation', body.model, signal, async (engine, entry) => {
          await requireFeatures(models, { entry, engine }, needs);
          try {
            const { tokens, pieces, contextLength } = await tokenMethod(engine, 'tokenize')({ ...input, signal });
            return {
              tokens: [...tokens],
              count: tokens.length,
              max_model_len: contextLength,
              ...(body.with_pieces === true && { pieces: [...pieces] }),
            };
          } catch (error) {
            throw aboutFields(error, fieldNames(body));
          }
        }),
      );
    },
  );
  app.post(
    '/detokenize',
    {
      schema: {
        summary: 'Turn token ids into text',
        tags: ['Tokens'],
        body: detokenizeSchema,
        response: { 200: Type.Object({ content: Type.String() }), ...errorResponses },
      },
    },
    async ({ body }, reply) => {
      const { signal, run } = workSignal(reply, context);
      return run(() =>
        models.use('text-generation', body.model, signal, async (engine) => ({
          content: await tokenMethod(engine, 'detokenize')(body.tokens),
        })),
      );
    },
  );
}

const strict = { additionalProperties: false } as const;

const tokenizeSchema = Type.Object(
  {
    model: modelField,
    content: Type.Optional(nullable(Type.String({ description: 'The text. Either this, `prompt` or `messages`.' }))),
    prompt: Type.Optional(nullable(Type.String({ description: 'Another name of `content`.' }))),
    messages: Type.Optional(
      nullable(
        Type.Array(chatSchema.properties.messages.items, {
          minItems: 1,
          // Their template is rendered in one go, while no other request is heard.
          maxItems: 1000,
          description: 'The conversation, as of /v1/chat/completions.',
        }),
      ),
    ),
    add_special_tokens: Type.Optional(
      nullable(
        Type.Boolean({ description: 'Of a text: whether the tokenizer puts its own tokens around it. Default true.' }),
      ),
    ),
    add_generation_prompt: Type.Optional(
      nullable(
        Type.Boolean({
          description: 'Of a conversation: whether it ends with the opening of an answer. Default true.',
        }),
      ),
    ),
    tools: toolFields.tools,
    chat_template_kwargs: reasoningFields.chat_template_kwargs,
    with_pieces: Type.Optional(
      nullable(Type.Boolean({ description: 'Whether the text of each token comes too. Default false.' })),
    ),
  },
  strict,
);

const tokenizeResponse = Type.Object({
  tokens: Type.Array(Type.Integer()),
  count: Type.Integer(),
  max_model_len: Type.Integer({ description: 'Tokens of prompt and answer that the engine holds.' }),
  pieces: Type.Optional(Type.Array(Type.String())),
});

const detokenizeSchema = Type.Object({ model: modelField, tokens: Type.Array(Type.Integer({ minimum: 0 })) }, strict);

function readInput(body: Static<typeof tokenizeSchema>): {
  readonly input: TokenizeInput;
  readonly needs: readonly FeatureNeed[];
} {
  const {
    content,
    prompt,
    messages,
    add_special_tokens: addSpecialTokens,
    add_generation_prompt: addGenerationPrompt,
    tools,
    chat_template_kwargs: variables,
  } = body;
  const text = content ?? prompt;
  if ([content, prompt, messages].filter((given) => given != null).length !== 1) {
    throw badRequest(text == null ? 'content' : 'prompt', 'Give exactly one of `content`, `prompt` and `messages`.');
  }
  if (messages != null) {
    if (addSpecialTokens != null)
      throw badRequest('add_special_tokens', '`add_special_tokens` goes with a text, not with `messages`.');
    const { wish, needs } = chatTools({ tools: tools ?? null });
    const image = imageField(messages);
    const { templateVariables } = reasoningWish({ chat_template_kwargs: variables ?? null }).wish;
    return {
      input: {
        messages: toMessages(messages),
        ...(addGenerationPrompt != null && { addGenerationPrompt }),
        ...(wish.tools && { tools: wish.tools }),
        ...(templateVariables && { templateVariables }),
      },
      needs: [...needs, ...(image === undefined ? [] : [{ feature: 'image', field: image }])],
    };
  }
  for (const [field, value] of Object.entries({ tools, chat_template_kwargs: variables })) {
    if (value != null) throw badRequest(field, `\`${field}\` goes with \`messages\`, not with a text.`);
  }
  if (addGenerationPrompt != null) {
    throw badRequest('add_generation_prompt', '`add_generation_prompt` goes with `messages`, not with a text.');
  }
  return { input: { prompt: text ?? '', ...(addSpecialTokens != null && { addSpecialTokens }) }, needs: [] };
}

function fieldNames({ content, messages }: Static<typeof tokenizeSchema>): FieldNames {
  if (messages != null) return chatFieldNames({ format: undefined });
  return { prompt: content != null ? 'content' : 'prompt' };
}
