import { on } from 'node:events';
import type { Interface } from 'node:readline';
import { createInterface } from 'node:readline';
import type { LlmInferenceEngine, ModelManifest, SamplingParams } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { type Generation, generate } from '../generate.js';
import { formatFooter } from '../output/footer.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { type ContextOverflow, contextOverflowOf, describeLargerContext } from '../request-errors.js';
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
  readonly sampling: Partial<SamplingParams>;
  readonly system?: string;
  /** Its name in the engine. */
  readonly adapter?: string;
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
  /** Present while an answer is being written. */
  #answer: AbortController | undefined;
  #closed = false;
  #saidForgetting = false;

  constructor(options: ChatOptions, context: CommandContext, terminal: Interface) {
    this.#options = options;
    this.#context = context;
    this.#terminal = terminal;
    this.#conversation = new Conversation(options.system);
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
      case 'unknown':
        await stdout.writeLine(`${command.name} is not a command; /help lists them.`);
        return 'stay';
    }
  }

  async #respond(question: string): Promise<void> {
    const { stdout, stderr } = this.#context;
    const answer = new AbortController();
    this.#answer = answer;
    const said = { text: '', forgotten: 0 };
    try {
      const generation = await this.#generate(question, answer.signal, said);
      this.#conversation.record(question, said.text, said.forgotten);
      await stdout.write(said.text.endsWith('\n') ? '' : '\n');
      await stderr.writeLine(stderr.colors.dim(formatFooter(generation)));
    } catch (error) {
      if (!FerrumError.isInstance(error) || !isOfThisQuestion(error)) throw error;
      if (said.text !== '') {
        this.#conversation.record(question, said.text, said.forgotten);
        await stdout.write('\n');
      }
      // A question that cannot be answered ends the answer, not the conversation.
      if (!answer.signal.aborted) {
        await stderr.writeLine(`${stderr.colors.red('ferrum:')} ${error.message}`);
      } else if (said.text === '') await stdout.write('\n');
    } finally {
      this.#answer = undefined;
    }
  }

  /** Writes the answer, leaving out the oldest turns when the context is too small for all of them. */
  async #generate(question: string, signal: AbortSignal, said: Said): Promise<Generation> {
    const { engine, sampling, adapter } = this.#options;
    const fixed = { sampling, ...(adapter !== undefined && { adapter }) };
    for (;;) {
      const messages = this.#conversation.ask(question, said.forgotten);
      try {
        return await generate(engine, { ...fixed, messages, signal }, async (delta) => {
          if (said.text === '' && said.forgotten > 0) await this.#sayForgetting();
          said.text += delta;
          await this.#context.stdout.write(cleanForTerminal(delta));
        });
      } catch (error) {
        const overflow = contextOverflowOf(error);
        if (!overflow || said.text !== '') throw error;
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
interface Said {
  text: string;
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
