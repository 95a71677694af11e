import type { ChatRequest, LlmInferenceEngine } from '@ferrum/interfaces';
import { Type } from 'typebox';
import { aboutFields } from '../generation/about-field.js';
import { requireFeatures } from '../generation/feature-needs.js';
import { workSignal } from '../http/work-signal.js';
import type { FerrumApp, ServerContext } from '../server-context.js';
import { tokenMethod } from '../tokens/token-method.js';
import { anthropicErrorResponses } from './error-schema.js';
import { messageFieldNames } from './message-fields.js';
import { imageBlocks, toConversation, toolBlock } from './message-input.js';
import { messageTools, thinkingWish } from './message-wish.js';
import { countTokensSchema } from './messages-schema.js';

/** `POST /v1/messages/count_tokens`. */
export function registerCountTokens(app: FerrumApp, context: ServerContext): void {
  const { models } = context;
  const schema = {
    summary: "Count the tokens of a conversation, in Anthropic's shape",
    tags: ['Tokens'],
    body: countTokensSchema,
    response: { 200: Type.Object({ input_tokens: Type.Integer() }), ...anthropicErrorResponses },
  };
  app.post('/v1/messages/count_tokens', { schema }, ({ body }, reply) => {
    const { signal, run } = workSignal(reply, context);
    const messages = toConversation(body);
    const toolField = toolBlock(body);
    const tools = messageTools(body);
    const images = imageBlocks(body);
    const needs = [
      ...tools.needs,
      ...(toolField === undefined ? [] : [{ feature: 'tools', field: toolField }]),
      ...images.slice(0, 1).map((field) => ({ feature: 'image', field })),
    ];
    // Only for what is wrong with it: whether the model thinks adds a few tokens at most.
    thinkingWish(body);
    return run(() =>
      models.use('text-generation', body.model, signal, async (engine, entry) => {
        await requireFeatures(models, { entry, engine }, needs);
        try {
          return { input_tokens: await countPrompt(engine, { messages, ...tools.wish, signal }) };
        } catch (error) {
          throw aboutFields(error, messageFieldNames({ messages, images }));
        }
      }),
    );
  });
}

/** Tokens of a conversation as the model reads it. @throws FerrumError `Unsupported` for an engine without a tokenizer */
export async function countPrompt(
  engine: LlmInferenceEngine,
  { messages, tools, toolChoice, signal }: Pick<ChatRequest, 'messages' | 'tools' | 'toolChoice' | 'signal'>,
): Promise<number> {
  const tokenize = tokenMethod(engine, 'tokenize');
  // Engines tell a model only of what it may call.
  const isTold = (name: string) =>
    typeof toolChoice !== 'object' || !('name' in toolChoice) || toolChoice.name === name;
  const told = toolChoice === 'none' ? undefined : tools?.filter(({ name }) => isTold(name));
  const { tokens } = await tokenize({ messages, signal, ...(told && { tools: told }) });
  return tokens.length;
}
