import { on } from 'node:events';
import type { Interface } from 'node:readline';
import { createInterface } from 'node:readline';
import type { LlmInferenceEngine, ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { type Generation, generate } from '../generate.js';
import { formatFooter } from '../output/footer.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { ThinkingOutput } from '../output/thinking-output.js';
import { type ContextOverflow, contextOverflowOf, describeLargerContext } from '../run/context-overflow.js';
import { inWordsOfFlags } from '../run/generation-errors.js';
import type { Wish } from '../run/wish.js';
import { AnswerSettings } from './answer-settings.js';
import type { ChatCommand } from './chat-command.js';
import { chatHelp, parseChatCommand } from './chat-command.js';
import { Conversation } from './conversation.js';
import { MessageReader } from './message-reader.js';
import { turnsToForget } from './turns-to-forget.js';

export interface ChatOptions {
  readonly engine: LlmInferenceEngine;
  /** As the user wrote it. */
  readonly model: string;
  /** What is known of the model. */
  readonly manifest: ModelManifest;
  readonly wish: Wish;
  /** Keeps what the model thinks to itself. */
  readonly hidesThinking: boolean;
  readonly system?: string;
}

/** Holds a conversation on the terminal until the user leaves. @throws Interruption at SIGHUP, SIGINT or SIGTERM from outside. */
export async function chat(options: ChatOptions, context: CommandContext): Promise<void> {
  const { environment, signal, stdout } = context;
  await stdout.writeLine(`Talking to ${options.model}. /help lists the commands, Ctrl-D leaves.`);
  const terminal = createInterface({
    input: environment.stdin,
    output: environment.stdout,
    terminal: true,
    prompt: prompts.message,
  });
  const leave = () => terminal.close();
  signal.addEventListener('abort', leave, { once: true });
  try {
    await new Chat(options, context, terminal).run();
  } finally {
    signal.removeEventListener('abort', leave);
    terminal.close();
  }
  signal.throwIfAborted();
}

const prompts = { message: '> ', continuation: '… ' } as const;

class Chat {
  readonly #options: ChatOptions;
  readonly #context: CommandContext;
  readonly #terminal: Interface;
  readonly #reader = new MessageReader();
  readonly #conversation: Conversation;
  readonly #settings: AnswerSettings;
  /** Present while an answer is being written. */
  #answer: AbortController | undefined;
  #closed = false;
  #saidForgetting = false;

  constructor(options: ChatOptions, context: CommandContext, terminal: Interface) {
    this.#options = options;
    this.#context = context;
    this.#terminal = terminal;
    this.#conversation = new Conversation(options.system);
    this.#settings = new AnswerSettings(options.wish.reasoning, options.wish.responseFormat);
  }

  async run(): Promise<void> {
    // Lines that are typed or pasted during an answer wait here for their turn.
    const lines = on(this.#terminal, 'line', { close: ['close'] });
    this.#terminal.on('SIGINT', () => this.#interrupt());
    this.#terminal.on('close', () => {
      this.#closed = true;
      this.#answer?.abort();
    });
    this.#terminal.prompt();
    for await (const [line] of lines) {
      if ((await this.#take(String(line))) === 'leave') return;
      if (this.#closed) break;
      this.#terminal.prompt();
    }
    // Ctrl-D leaves the cursor behind the prompt.
    await this.#context.stdout.write('\n');
  }

  /** Ctrl-C: stops the answer, else discards what is typed, else leaves. */
  #interrupt(): void {
    if (this.#answer) {
      this.#answer.abort();
      return;
    }
    const typed = this.#terminal.line !== '' || this.#terminal.getPrompt() === prompts.continuation;
    if (!typed) {
      this.#terminal.close();
      return;
    }
    this.#terminal.write(null, { ctrl: true, name: 'e' });
    this.#terminal.write(null, { ctrl: true, name: 'u' });
    this.#reader.reset();
    this.#terminal.setPrompt(prompts.message);
    this.#terminal.prompt();
  }

  async #take(line: string): Promise<'stay' | 'leave'> {
    const isContinuation = this.#terminal.getPrompt() === prompts.continuation;
    const read = this.#reader.read(line);
    this.#terminal.setPrompt(read.type === 'incomplete' ? prompts.continuation : prompts.message);
    if (read.type === 'incomplete' || read.text.trim() === '') return 'stay';
    // Between fences everything is text.
    const command = isContinuation || line.startsWith('"""') ? undefined : parseChatCommand(read.text);
    if (!command) await this.#respond(read.text);
    else return await this.#obey(command);
    return 'stay';
  }

  async #obey(command: ChatCommand): Promise<'stay' | 'leave'> {
    const { stdout } = this.#context;
    switch (command.type) {
      case 'bye':
        return 'leave';
      case 'help':
        await stdout.writeLine(chatHelp);
        return 'stay';
      case 'clear':
        this.#conversation.clear();
        this.#saidForgetting = false;
        await stdout.writeLine('The conversation is forgotten.');
        return 'stay';
      case 'system':
        if (command.text !== '') this.#conversation.system = command.text;
        await stdout.writeLine(
          this.#conversation.system === undefined
            ? 'There are no instructions.'
            : `Instructions: ${this.#conversation.system}`,
        );
        return 'stay';
      case 'think':
        if (command.mode !== undefined) this.#settings.think(command.mode);
        await stdout.writeLine(this.#settings.describeThinking());
        return 'stay';
      case 'format':
        if (command.format !== undefined) this.#settings.formatAs(command.format);
        await stdout.writeLine(this.#settings.describeFormat());
        return 'stay';
      case 'unknown':
        await stdout.writeLine(command.problem);
        return 'stay';
    }
  }

  async #respond(question: string): Promise<void> {
    const { stdout, stderr } = this.#context;
    const answer = new AbortController();
    this.#answer = answer;
    const said: Progress = { text: '', reasoning: '', forgotten: 0 };
    const thinking = new ThinkingOutput(this.#context, { isHidden: this.#options.hidesThinking });
    try {
      const generation = await this.#generate(question, answer.signal, said, thinking);
      await thinking.end();
      this.#conversation.record(question, said, said.forgotten);
      await stdout.write(said.text === '' || said.text.endsWith('\n') ? '' : '\n');
      await stderr.writeLine(stderr.colors.dim(formatFooter(generation)));
    } catch (error) {
      await thinking.end();
      if (!FerrumError.isInstance(error) || !isOfThisQuestion(error)) throw error;
      if (said.text !== '') {
        this.#conversation.record(question, said, said.forgotten);
        await stdout.write('\n');
      }
      // A question that cannot be answered ends the answer, not the conversation.
      if (!answer.signal.aborted) {
        await stderr.writeLine(`${stderr.colors.red('ferrum:')} ${inWordsOfFlags(error).message}`);
      } else if (said.text === '') await stdout.write('\n');
    } finally {
      this.#answer = undefined;
    }
  }

  /** Writes the answer, leaving out the oldest turns when the context is too small for all of them. */
  async #generate(
    question: string,
    signal: AbortSignal,
    said: Progress,
    thinking: ThinkingOutput,
  ): Promise<Generation> {
    const { engine, wish } = this.#options;
    const { reasoning, responseFormat } = this.#settings;
    const fixed = {
      sampling: { ...wish.sampling, ...(responseFormat && { responseFormat }) },
      ...(reasoning && { reasoning }),
      ...(wish.adapter !== undefined && { adapter: wish.adapter }),
      signal,
    };
    for (;;) {
      const messages = this.#conversation.ask(question, said.forgotten);
      try {
        return await generate(engine, { ...fixed, messages }, async ({ type, text }) => {
          if (said.text === '' && said.reasoning === '' && said.forgotten > 0) await this.#sayForgetting();
          if (type === 'reasoning') {
            said.reasoning += text;
            await thinking.write(text);
          } else {
            await thinking.end();
            said.text += text;
            await this.#context.stdout.write(cleanForTerminal(text));
          }
        });
      } catch (error) {
        const overflow = contextOverflowOf(error);
        if (!overflow || said.text !== '' || said.reasoning !== '') throw error;
        if (said.forgotten === this.#conversation.turns) throw doesNotFit(overflow, this.#options.manifest, error);
        said.forgotten += turnsToForget(messages, overflow);
      }
    }
  }

  async #sayForgetting(): Promise<void> {
    if (this.#saidForgetting) return;
    this.#saidForgetting = true;
    const { stderr } = this.#context;
    await stderr.writeLine(
      `${stderr.colors.yellow('ferrum:')} The context is full: from now on the oldest turns are forgotten.`,
    );
  }
}

/** How far an answer has come. */
interface Progress {
  text: string;
  reasoning: string;
  /** The oldest turns that the model was not told of. */
  forgotten: number;
}

/** Without a chat template no other question would fare better. */
function isOfThisQuestion({ code, details }: FerrumError): boolean {
  return !(code === 'RequestValidation' && details.parameter === 'messages');
}

function doesNotFit(overflow: ContextOverflow, manifest: ModelManifest, cause: unknown): FerrumError {
  const { contextLength, promptTokens } = overflow;
  const size = promptTokens === undefined ? 'is too long' : `has ${promptTokens} tokens with the instructions`;
  return new FerrumError(
    'RequestValidation',
    `This message alone ${size}, but the context holds ${contextLength}, the answer included. ` +
      `Shorten it${describeLargerContext(overflow, manifest)}. The conversation is as it was; /clear forgets it.`,
    { cause },
  );
}
