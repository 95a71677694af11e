import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';

/** What is used here of `@mlc-ai/web-xgrammar`, whose classes begin asynchronously. Where it says text it also takes bytes. */
export interface XGrammar {
  readonly TokenizerInfo: {
    createTokenizerInfo(
      vocabulary: Uint8Array[],
      vocabularyType: 'raw',
      prependSpace: boolean,
      vocabularySize: number,
      stopTokens: number[],
    ): Promise<Disposable>;
  };
  readonly GrammarCompiler: {
    createGrammarCompiler(
      tokenizer: Disposable,
      isCached: boolean,
    ): Promise<{ compileGrammar(grammar: string): Promise<Disposable> }>;
  };
  readonly GrammarMatcher: {
    createGrammarMatcher(grammar: Disposable, stopTokens: number[]): Promise<GrammarMatcher>;
  };
}

export interface Disposable {
  dispose(): void;
}

export interface GrammarMatcher extends Disposable {
  acceptToken(token: number): boolean;
  _acceptString(text: string | Uint8Array): boolean;
  getNextTokenBitmask(): Promise<Int32Array>;
}

/**
 * Loads xgrammar. Its file is a script that calls itself a module, so Node can neither import nor require it; and it looks for
 * files where it finds Node, so it is told that it runs in a browser. The WebAssembly is inside the file.
 * @param onMessage gets what it writes to the console, such as what was wrong before it gave up
 */
export function loadXGrammar(onMessage: (text: string) => void): XGrammar {
  const path = createRequire(import.meta.url).resolve('@mlc-ai/web-xgrammar');
  const module = { exports: {} };
  const write = (...parts: unknown[]): void => onMessage(parts.map(String).join(' '));
  const console = { log: write, warn: write, error: write, info: write };
  const run = compileFunction(
    readFileSync(path, 'utf8'),
    ['exports', 'module', 'window', 'location', 'console', 'document', 'process'],
    { filename: path },
  );
  run(module.exports, module, {}, { href: 'file:///' }, console, undefined, undefined);
  return module.exports as XGrammar;
}
