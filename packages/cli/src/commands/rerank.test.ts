import { describe, expect, it } from 'vitest';
import { fakeEmbedder } from '../testing/fake-embedder.js';
import { type CommandOptions, runCommand } from '../testing/run-command.js';
import { keyboard, pipedInput, recordOutput } from '../testing/streams.js';

const rerank = async (words: readonly string[], options: CommandOptions = {}) => {
  const engine = fakeEmbedder();
  const result = await runCommand(['rerank', 'tiny', ...words], { plugins: [engine.plugin], ...options });
  return { ...result, engine };
};

/** Scores of the fake model: how often `x` is in them, less one. */
const documents = ['no', 'x x x', 'x'];

describe('ferrum rerank', () => {
  it('shows rank, relevance, index and document, the best first', async () => {
    const { code, stdout, stderr, engine } = await rerank(['x', ...documents]);
    expect({ code, stderr, open: engine.open }).toEqual({ code: 0, stderr: '', open: 0 });
    expect(stdout).toBe('1  0.8808  1  x x x\n2  0.5000  2  x\n3  0.2689  0  no\n');
  });

  it.each([[[]], [['-']]])('reads documents from standard input, one on a line, with %j', async (words) => {
    const { engine } = await rerank(['x', ...words], { stdin: pipedInput(`${documents.join('\n')}\n`) });
    expect(engine.rerankings).toMatchObject([{ query: 'x', documents }]);
  });

  it('cuts lines to a terminal', async () => {
    const { stdout } = await rerank(['x', `x ${'y'.repeat(200)}`], { stdout: recordOutput(true) });
    expect(stdout).toBe(`1  0.5000  0  x ${'y'.repeat(62)}…\n`);
  });

  it('prints an object with --format json', async () => {
    const { stdout } = await rerank(['x', ...documents, '--format', 'json', '--top-n', '2']);
    expect(JSON.parse(stdout)).toEqual({
      results: [
        { index: 1, score: 2, relevanceScore: 1 / (1 + Math.exp(-2)) },
        { index: 2, score: 0, relevanceScore: 0.5 },
      ],
      model: 'fake',
      usage: { promptTokens: 7 },
    });
  });

  it('prints an object on each line with --format jsonl, and the documents when asked to', async () => {
    const { stdout } = await rerank(['x', ...documents, '--format', 'jsonl', '--return-documents', '--top-n', '1']);
    expect(JSON.parse(stdout)).toMatchObject({ index: 1, score: 2, document: 'x x x' });
    expect(stdout.split('\n')).toHaveLength(2);
  });

  it('passes flags on', async () => {
    const { engine } = await rerank(['x', 'a', '--top-n', '1', '--threads', '2', '--quantization', 'float32']);
    expect(engine.options).toEqual([{ threads: 2, quantization: 'float32' }]);
    expect(engine.rerankings[0]?.options).toMatchObject({ topN: 1, returnDocuments: false });
  });

  it.each([
    ['nothing is piped in', pipedInput('')],
    ['a terminal', keyboard()],
  ])('is refused without documents before a model is opened: %s', async (_, stdin) => {
    const { code, stderr, engine } = await rerank(['x'], { stdin });
    expect({ code, options: engine.options }).toEqual({ code: 2, options: [] });
    expect(stderr).toContain('There is no DOCUMENT.');
  });
});
