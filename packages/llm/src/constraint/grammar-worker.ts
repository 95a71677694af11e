import { parentPort, workerData } from 'node:worker_threads';
import { type Disposable, type GrammarMatcher, loadXGrammar } from './load-xgrammar.js';

/** Every token's bytes, one after the other; shared by all workers. */
export interface VocabularyBytes {
  readonly bytes: Uint8Array;
  /** Where each token ends. */
  readonly ends: Uint32Array;
  /** As many as the model has logits. */
  readonly size: number;
}

export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'compile'; readonly grammar: number; readonly text: string }
  | {
      readonly kind: 'advance';
      readonly matcher: number;
      readonly grammar: number;
      readonly endTokens: readonly number[];
      readonly tokens: readonly number[];
    }
  | { readonly kind: 'close'; readonly matcher: number }
  | { readonly kind: 'drop'; readonly grammar: number }
);

export interface WorkerReply {
  readonly id: number;
  /** A bit a token. */
  readonly mask?: Uint32Array;
  /** A token that the grammar does not allow here. */
  readonly refused?: number;
  readonly problem?: string;
}

/** GPT-2's alphabet: a character for each byte, which is how any bytes get into xgrammar. */
const byteCharacters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(isPrintable ? byte : next++);
  });
})();

const port = parentPort;
if (port) {
  let lastMessage = '';
  const xgrammar = loadXGrammar((text) => {
    // The message that says why comes before "Aborted()".
    if (!text.startsWith('Aborted')) lastMessage = text;
  });
  const vocabulary = workerData as VocabularyBytes;
  const grammars = new Map<number, Disposable>();
  const matchers = new Map<number, GrammarMatcher>();
  const openCompiler = async () => {
    const { bytes, ends, size } = vocabulary;
    let from = 0;
    const tokens = Array.from(ends, (end) => {
      let text = '';
      for (; from < end; from++) text += byteCharacters[bytes[from] as number];
      return text;
    });
    const info = await xgrammar.TokenizerInfo.createTokenizerInfo(tokens, 'byte_level', false, size, [0]);
    return xgrammar.GrammarCompiler.createGrammarCompiler(info, false);
  };
  let compiler: ReturnType<typeof openCompiler> | undefined;

  const handle = async (request: WorkerRequest): Promise<Omit<WorkerReply, 'id'>> => {
    switch (request.kind) {
      case 'compile': {
        compiler ??= openCompiler();
        grammars.set(request.grammar, await (await compiler).compileGrammar(request.text));
        return {};
      }
      case 'advance': {
        let matcher = matchers.get(request.matcher);
        if (!matcher) {
          const grammar = grammars.get(request.grammar);
          if (!grammar) throw new Error('the grammar is not there');
          matcher = await xgrammar.GrammarMatcher.createGrammarMatcher(grammar, [...request.endTokens]);
          matchers.set(request.matcher, matcher);
        }
        for (const token of request.tokens) if (!matcher.acceptToken(token)) return { refused: token };
        const mask = await matcher.getNextTokenBitmask();
        return { mask: new Uint32Array(mask) };
      }
      case 'close':
        matchers.get(request.matcher)?.dispose();
        matchers.delete(request.matcher);
        return {};
      case 'drop':
        grammars.get(request.grammar)?.dispose();
        grammars.delete(request.grammar);
        return {};
    }
  };

  // One after the other: what comes later may build on what came before.
  let queue: Promise<void> = Promise.resolve();
  port.on('message', (request: WorkerRequest) => {
    queue = queue.then(async () => {
      try {
        port.postMessage({ id: request.id, ...(await handle(request)) } satisfies WorkerReply);
      } catch (cause) {
        const said = lastMessage.replace(/^.*?\.cc:\d+: /s, '');
        port.postMessage({ id: request.id, problem: said || String(cause) } satisfies WorkerReply);
        // After an abort nothing in there can be relied on.
        process.exit(1);
      }
    });
  });
}
