import type { ChatMessage, JsonValue } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { Interpreter } from '@huggingface/jinja';
import { wantsShortIds } from './call-ids.js';
import { type Program, parseTemplate, pythonEnvironment } from './jinja/python-program.js';
import { range, strftime } from './python-functions.js';
import { type MessageForm, toTemplateMessage } from './template-message.js';

/** Turns a conversation into the text that a model was trained to continue. */
export interface ChatTemplate {
  /** Its Jinja source, and that of its variants: what a model's makers wrote shows how the model writes calls and thoughts. */
  readonly sources: readonly string[];
  /**
   * Text only: encode it with `parseSpecialTokens`, and mind that message contents may spell special tokens.
   * Throws `RequestValidation` with the template's own words when it refuses the messages, `Tokenizer` when it fails.
   */
  render(messages: readonly ChatMessage[], options?: ChatTemplateOptions): string;
}

export interface ChatTemplateOptions {
  /** Ends with the opening of the assistant's turn. Default true. */
  readonly addGenerationPrompt?: boolean;
  /** Function definitions in OpenAI's form. A template named `tool_use` is preferred when there are any. */
  readonly tools?: readonly JsonValue[];
  /** For retrieval-augmented templates: usually `{ title, text }`. */
  readonly documents?: readonly JsonValue[];
  /** What else the template knows, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface ChatTemplateSource {
  /** Jinja source by name; `default` is used unless there are tools and a `tool_use`. */
  readonly templates: ReadonlyMap<string, string>;
  /** Variables with the texts of special tokens: `bos_token`, `eos_token` … */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Where the templates were read from, for messages. */
  readonly source: string;
}

/** Throws `InvalidFormat` when a template is not valid Jinja or there is none to use by default. */
export function createChatTemplate({ templates, specialTokens, source }: ChatTemplateSource): ChatTemplate {
  const programs = new Map([...templates].map(([name, text]) => [name, compile(text, name, source)]));
  const fallback = programs.get('default') ?? (programs.size === 1 ? [...programs.values()][0] : undefined);
  if (fallback === undefined) {
    const names = [...programs.keys()].join(', ');
    throw new FerrumError('InvalidFormat', `${source}: none of the chat templates (${names}) is named "default".`);
  }
  const sources = [...templates.values()];
  const hasShortIds = sources.some(wantsShortIds);
  const forms = new Map<Program, MessageForm['contentIs']>();
  const contentFormOf = (program: Program): MessageForm['contentIs'] => {
    const known = forms.get(program) ?? findContentForm(program, specialTokens);
    forms.set(program, known);
    return known;
  };
  return {
    sources,
    render(messages, options = {}) {
      const { addGenerationPrompt = true, tools, documents, variables } = options;
      const program = (tools?.length ? programs.get('tool_use') : undefined) ?? fallback;
      const run = (argumentsAre: MessageForm['argumentsAre']): string => {
        const form = { contentIs: contentFormOf(program), argumentsAre, hasShortIds };
        return runProgram(program, {
          ...specialTokens,
          messages: messages.map((message) => toTemplateMessage(message, form)),
          add_generation_prompt: addGenerationPrompt,
          // Templates ask `tools is not none`, so absence is none.
          tools: tools ?? null,
          documents: documents ?? null,
          ...variables,
        });
      };
      try {
        return run('objects');
      } catch (cause) {
        if (FerrumError.isInstance(cause)) throw cause;
        // Some templates, such as DeepSeek R1's, join arguments with text: they were written for JSON text.
        const other = messages.some(({ toolCalls }) => toolCalls?.length) ? attempt(() => run('texts')) : undefined;
        if (other !== undefined) return other;
        throw new FerrumError('Tokenizer', `The chat template of ${source} failed: ${messageOf(cause)}`, { cause });
      }
    },
  };
}

/** What Jinja and transformers' `chat_template_utils.py` define for a template. */
const pythonGlobals = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  strftime_now: (format: unknown) => strftime(new Date(), String(format)),
};

function runProgram(program: Program, variables: Readonly<Record<string, unknown>>): string {
  const environment = pythonEnvironment();
  const known = { ...pythonGlobals, raise_exception: refuse, ...variables };
  for (const [name, value] of Object.entries(known)) environment.set(name, value);
  const rendered: { readonly value?: unknown } = new Interpreter(environment).run(program);
  return String(rendered.value);
}

/** Templates of models that see may loop over parts and know nothing else: they leave out a text that is none. */
function findContentForm(program: Program, specialTokens: Readonly<Record<string, string>>): MessageForm['contentIs'] {
  const text = 'ferrum_probe_text';
  const shows = (content: unknown): boolean => {
    const variables = {
      messages: [{ role: 'user', content }],
      add_generation_prompt: true,
      tools: null,
      documents: null,
    };
    return attempt(() => runProgram(program, { ...specialTokens, ...variables }))?.includes(text) ?? false;
  };
  return !shows(text) && shows([{ type: 'text', text }]) ? 'parts' : 'text';
}

function attempt(run: () => string): string | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function refuse(message: unknown): never {
  throw new FerrumError('RequestValidation', `The model's chat template refuses these messages: ${String(message)}`);
}

function compile(text: string, name: string, source: string): Program {
  try {
    // One line end at the end of a template is not part of it (Jinja's keep_trailing_newline is off).
    return parseTemplate(text.replace(/\r?\n$/, ''));
  } catch (cause) {
    throw new FerrumError(
      'InvalidFormat',
      `${source}: the chat template "${name}" is not valid Jinja: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
