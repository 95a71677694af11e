import type { ChatMessage } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { Template } from '@huggingface/jinja';
import type { LlamaModel } from 'node-llama-cpp';

/** Turns a conversation into the text that a model was trained to continue. */
export type ChatTemplate = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) => string;

/** Of the file's own template, undefined when it has none. @throws FerrumError `InvalidFormat` when it is no Jinja. */
export function chatTemplateOf({ fileInfo, tokens }: LlamaModel, label: string): ChatTemplate | undefined {
  const source = fileInfo.metadata.tokenizer?.chat_template;
  if (typeof source !== 'string' || source === '') return undefined;
  return createChatTemplate(source, { bos_token: tokens.bosString ?? '', eos_token: tokens.eosString ?? '' }, label);
}

/** @param variables what the template finds beside the messages. @throws FerrumError `InvalidFormat` */
export function createChatTemplate(
  source: string,
  variables: Readonly<Record<string, string>>,
  label: string,
): ChatTemplate {
  const template = compile(source, label);
  return (messages, addGenerationPrompt) => {
    try {
      return template.render({
        ...variables,
        messages: messages.map(({ role, content, reasoning, name }) => ({
          role,
          content,
          ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
          ...(name === undefined ? {} : { name }),
        })),
        add_generation_prompt: addGenerationPrompt,
        // Templates ask `tools is not none`, so absence is none.
        tools: null,
        documents: null,
      });
    } catch (cause) {
      // Its own refusals cannot be told from what it did not expect: either way it does not take these messages.
      const message = `The chat template of ${label} does not take these messages: ${messageOf(cause)}`;
      throw new FerrumError('RequestValidation', message, { cause, details: { parameter: 'messages' } });
    }
  };
}

function compile(source: string, label: string): Template {
  try {
    return new Template(source);
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `The chat template of ${label} is not valid Jinja: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
