import type { ChatMessage, JsonObject, ReasoningOptions } from '@ferrum/interfaces';
import type { ChatTemplate } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { ChatOptions } from './chat-options.js';
import { type TemplateTraits, traitsOf } from './template-traits.js';
import { withoutSystem, withToolTexts } from './tool-fallback.js';
import { openAiTool, toolSetOf } from './tool-set.js';

/**
 * The text of a conversation, through the model's own template. Where that knows no tools, they are described in the system
 * message, and calls and results of the history are written as text (Hermes' form).
 * @throws FerrumError `RequestValidation` when there is no chat template or it refuses the conversation; `Unsupported` for
 * reasoning that the template cannot turn on or off.
 */
export function renderChat(
  messages: readonly ChatMessage[],
  options: ChatOptions,
  template: ChatTemplate | undefined,
  addGenerationPrompt = true,
): string {
  if (!template) {
    throw new FerrumError(
      'RequestValidation',
      'This model has no chat template, so it takes no messages; give a `prompt` instead.',
      { details: { parameter: 'messages' } },
    );
  }
  // Looked at only where something asks for it: a plain conversation needs no probes.
  const isPlain =
    !options.tools &&
    !options.reasoning &&
    !options.templateVariables &&
    messages.every(({ role }) => role === 'user' || role === 'assistant');
  if (isPlain) return template.render(messages, { addGenerationPrompt });
  const traits = traitsOf(template);
  const tools = toolSetOf(options.tools, options.toolChoice, options.parallelToolCalls)?.tools;
  const variables = { ...options.templateVariables, ...reasoningVariables(options.reasoning, traits) };
  const rendering = { addGenerationPrompt, ...(Object.keys(variables).length > 0 ? { variables } : {}) };
  const heard = (given: readonly ChatMessage[]) => (traits.knowsSystem ? given : withoutSystem(given));
  if (traits.toolCallFormat !== undefined) {
    return template.render(heard(messages), { ...rendering, ...(tools ? { tools: tools.map(openAiTool) } : {}) });
  }
  return template.render(heard(withToolTexts(messages, tools ?? [])), rendering);
}

function reasoningVariables(reasoning: ReasoningOptions | undefined, traits: TemplateTraits): JsonObject {
  if (!reasoning) return {};
  const { effort, maxTokens } = reasoning;
  const wanted =
    reasoning.enabled ?? (effort === undefined ? (maxTokens === 0 ? false : undefined) : effort !== 'none');
  const { thinkingVariable, knowsEffort } = traits;
  const effortVariable = effort !== undefined && effort !== 'none' && knowsEffort ? { reasoning_effort: effort } : {};
  if (wanted === undefined || (wanted && knowsEffort && !thinkingVariable)) return effortVariable;
  if (thinkingVariable !== undefined) return { ...effortVariable, [thinkingVariable]: wanted };
  // A model that never thinks need not be told not to; and no budget at all ends what cannot be turned off.
  if (!wanted && (traits.reasoning === undefined || maxTokens === 0)) return {};
  throw new FerrumError(
    'Unsupported',
    `\`reasoning\`: the chat template of this model has no way to turn thinking ${wanted ? 'on' : 'off'}; leave it out` +
      (wanted ? '.' : ', or give `reasoning.maxTokens` 0.'),
    { details: { parameter: 'reasoning' } },
  );
}
