import { parentPort, workerData } from 'node:worker_threads';
import type { JsonObject } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { firstLength, mostLengths, type StringLength, symbolText, type WrittenGrammar } from './grammar.js';
import { type Disposable, type GrammarMatcher, loadXGrammar } from './load-xgrammar.js';
import { QuoteTable } from './quote-table.js';
import { type SpecialTexts, specGrammar } from './spec-grammar.js';
import { StringCounter } from './string-counter.js';
import { hasBit, setBit, tokensIn } from './token-mask.js';
import { Utf8Cursor } from './utf8-cursor.js';

/** Every token's bytes, one after the other; shared by all workers. */
export interface VocabularyBytes {
  readonly bytes: Uint8Array;
  /** Where each token ends. */
  readonly ends: Uint32Array;
  /** As many as the model has logits. */
  readonly size: number;
  readonly specials: SpecialTexts;
}

export type WorkerRequest = { readonly id: number } & (
  | { readonly kind: 'open' }
  | { readonly kind: 'compile'; readonly grammar: number; readonly spec: string }
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
  /** What is wrong with a constraint, of a `FerrumError`. */
  readonly invalid?: { readonly message: string; readonly details: JsonObject };
  /** What the thread ends of. */
  readonly problem?: string;
}

interface Compiled {
  readonly grammar: Disposable;
  readonly lengths: readonly StringLength[];
}

/** One answer that is followed. */
interface Follower {
  readonly matcher: GrammarMatcher;
  /** Where strings have limits. */
  readonly counter: StringCounter | undefined;
  readonly endTokens: readonly number[];
  /** Where in a character the text is: xgrammar's classes let some bytes follow each other that UTF-8 does not. */
  readonly character: Utf8Cursor;
  /** What may come next, once it was asked for. */
  mask: Uint32Array | undefined;
}

const port = parentPort;
if (port) {
  let lastMessage = '';
  const xgrammar = loadXGrammar((text) => {
    // The message that says why comes before "Aborted()".
    if (!text.startsWith('Aborted')) lastMessage = text;
  });
  const { bytes, ends, size, specials } = workerData as VocabularyBytes;
  const grammars = new Map<number, Compiled>();
  const followers = new Map<number, Follower>();
  let table: QuoteTable | undefined;
  /** Stands for every token that ends an answer: xgrammar treats this one apart, and each answer has its own. */
  const endMark = size + mostLengths;

  /** The tokens, up to the size of the logits, and after them those that mark lengths. */
  const openCompiler = async () => {
    const encoder = new TextEncoder();
    const tokens = Array.from({ length: size + mostLengths }, (_, id) => {
      if (id >= size) return encoder.encode(symbolText(firstLength + id - size));
      // A view on shared memory is not taken.
      return id < ends.length ? bytesOf(id) : new Uint8Array(0);
    });
    tokens.push(encoder.encode('end'));
    const info = await xgrammar.TokenizerInfo.createTokenizerInfo(tokens, 'raw', false, tokens.length, [endMark]);
    return xgrammar.GrammarCompiler.createGrammarCompiler(info, false);
  };
  let compiler: ReturnType<typeof openCompiler> | undefined;
  const bytesOf = (id: number): Uint8Array => bytes.slice(id === 0 ? 0 : ends[id - 1], ends[id]);

  const follow = async (grammar: number, endTokens: readonly number[]): Promise<Follower> => {
    const compiled = grammars.get(grammar);
    if (!compiled) throw new Error('the grammar is not there');
    const matcher = await xgrammar.GrammarMatcher.createGrammarMatcher(compiled.grammar, [endMark]);
    const hasLimits = compiled.lengths.length > 1;
    if (hasLimits) table ??= new QuoteTable(bytes, ends);
    const counter = hasLimits && table ? new StringCounter(table, compiled.lengths, size) : undefined;
    const follower: Follower = { matcher, counter, endTokens, character: new Utf8Cursor(), mask: undefined };
    return follower;
  };

  const maskOf = async (follower: Follower): Promise<Uint32Array> => {
    if (follower.mask) return follower.mask;
    const mask = new Uint32Array(await follower.matcher.getNextTokenBitmask());
    follower.counter?.restrict(mask);
    if (follower.character.missing > 0) {
      const [from, to] = follower.character.next;
      for (const id of tokensIn(mask, ends.length)) {
        const [first = 0] = bytesOf(id);
        if (first < from || first > to) setBit(mask, id, false);
      }
    }
    const mayEnd = hasBit(mask, endMark);
    for (const token of follower.endTokens) setBit(mask, token, mayEnd);
    follower.mask = mask;
    return mask;
  };

  const accept = async (follower: Follower, token: number): Promise<boolean> => {
    const { matcher, counter, character } = follower;
    const isAllowed = !counter || hasBit(await maskOf(follower), token);
    follower.mask = undefined;
    for (const byte of bytesOf(token)) character.push(byte);
    if (!counter) return matcher.acceptToken(token);
    if (!isAllowed) return false;
    const mark = counter.accept(token);
    if (mark === undefined) return matcher.acceptToken(token);
    const text = bytesOf(token);
    return (
      (text.length === 1 || matcher._acceptString(text.slice(0, -1))) &&
      matcher.acceptToken(mark) &&
      matcher._acceptString('"')
    );
  };

  const handle = async (request: WorkerRequest): Promise<Omit<WorkerReply, 'id'>> => {
    switch (request.kind) {
      case 'open':
        compiler ??= openCompiler();
        await compiler;
        return {};
      case 'compile': {
        let written: WrittenGrammar;
        try {
          written = specGrammar(JSON.parse(request.spec), specials, size);
        } catch (cause) {
          if (!FerrumError.isInstance(cause)) throw cause;
          return { invalid: { message: cause.message, details: { ...cause.details } } };
        }
        const { text, lengths } = written;
        compiler ??= openCompiler();
        grammars.set(request.grammar, { grammar: await (await compiler).compileGrammar(text), lengths });
        return {};
      }
      case 'advance': {
        let follower = followers.get(request.matcher);
        if (!follower) {
          follower = await follow(request.grammar, request.endTokens);
          followers.set(request.matcher, follower);
        }
        for (const token of request.tokens) if (!(await accept(follower, token))) return { refused: token };
        return { mask: await maskOf(follower) };
      }
      case 'close':
        followers.get(request.matcher)?.matcher.dispose();
        followers.delete(request.matcher);
        return {};
      case 'drop':
        grammars.get(request.grammar)?.grammar.dispose();
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
