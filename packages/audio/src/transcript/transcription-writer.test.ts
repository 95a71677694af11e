import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebVTTParser } from 'webvtt-parser';
import { formatTranscription } from './format-transcription.js';
import { result, segment, words } from './testing/segments.js';
import { createTranscriptionWriter, type StreamedTranscriptionFormat } from './transcription-writer.js';

interface Case {
  readonly segments: readonly {
    readonly id: number;
    readonly start: number;
    readonly end: number;
    readonly text: string;
    readonly words: ReturnType<typeof words>;
  }[];
  readonly outputs: readonly {
    readonly format: StreamedTranscriptionFormat;
    readonly words: boolean;
    readonly options: {
      readonly max_line_width?: number;
      readonly max_line_count?: number;
      readonly max_words_per_line?: number;
      readonly highlight_words?: boolean;
    };
    readonly text: string;
  }[];
}

/** The parser's own table leaves the semicolon in the text. */
const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>' } as const;

const cases: readonly Case[] = JSON.parse(readFileSync(new URL('fixtures/subtitles.json', import.meta.url), 'utf8'));

describe('text, tsv, srt and vtt', () => {
  it("are what openai-whisper's writers make, whatever the layout", () => {
    for (const { segments, outputs } of cases) {
      for (const { format, words: hasWords, options, text } of outputs) {
        const found = formatTranscription(
          result(segments.map(({ words: timed, ...rest }) => segment({ ...rest, ...(hasWords && { words: timed }) }))),
          format,
          {
            ...(options.max_line_width && { maxLineWidth: options.max_line_width }),
            ...(options.max_line_count && { maxLineCount: options.max_line_count }),
            ...(options.max_words_per_line && { maxWordsPerLine: options.max_words_per_line }),
            ...(options.highlight_words && { highlightWords: true }),
          },
        );
        expect(found, `${format} ${JSON.stringify(options)}`).toBe(text);
      }
    }
  });

  it('keep one row or cue of a text with line breaks, tabs and arrows', () => {
    const hostile = result([
      segment({ text: ' a\n\n b\t--> c\r\n' }),
      segment({ id: 1, start: 1, end: 2, text: ' d' }),
    ]);
    expect(formatTranscription(hostile, 'tsv')).toBe('start\tend\ttext\n0\t1000\ta   b --> c\n1000\t2000\td\n');
    expect(formatTranscription(hostile, 'srt')).toBe(
      '1\n00:00:00,000 --> 00:00:01,000\na\nb\t-> c\n\n2\n00:00:01,000 --> 00:00:02,000\nd\n\n',
    );
  });

  it('highlight no word that has no duration', () => {
    const timed = [
      { word: ' a', start: 0, end: 0.5, probability: 1 },
      { word: ' b', start: 0.5, end: 0.5, probability: 1 },
    ];
    const srt = formatTranscription(result([segment({ words: timed })]), 'srt', { highlightWords: true });
    expect(srt).toBe('1\n00:00:00,000 --> 00:00:00,500\n<u>a</u> b\n\n');
  });

  it('keep the text of a segment whose words could not be aligned', () => {
    const some = [segment({ words: words(' a') }), segment({ id: 1, start: 1, end: 2, text: ' b', words: [] })];
    expect(formatTranscription(result(some), 'vtt', { maxLineWidth: 40, maxLineCount: 2 })).toBe(
      'WEBVTT\n\n00:00.000 --> 00:00.500\na\n\n00:01.000 --> 00:02.000\nb\n\n',
    );
  });
});

describe('vtt and word-vtt', () => {
  it('are valid and give back every text, whatever it is', () => {
    const word = fc.oneof(
      fc.constantFrom(' a', ' <b>', ' &amp;', ' -->', ' x\n\ny', ' NOTE', ' WEBVTT', ' \u0000', '<00:01.000>', ' 🎉'),
      // White space belongs to the word after it.
      fc.string({ minLength: 1, maxLength: 6 }).map((text) => ` ${text.trimEnd()}`),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 5 }), { maxLength: 4 }), (texts) => {
        let at = 0;
        const segments = texts.map((one, id) => {
          const timed = words(...one).map(({ start, end, ...rest }) => ({ ...rest, start: at + start, end: at + end }));
          const made = segment({ id, start: at, end: at + one.length / 2, text: one.join(''), words: timed });
          at = made.end;
          return made;
        });
        for (const format of ['vtt', 'word-vtt'] as const) {
          const parsed = new WebVTTParser(entities).parse(formatTranscription(result(segments), format), 'captions');
          expect(parsed.errors).toEqual([]);
          expect(parsed.cues.map(({ tree }) => squeeze(textOf(tree)))).toEqual(
            segments.map(({ text }) => squeeze(text)),
          );
        }
      }),
      { numRuns: 150 },
    );
  });

  it('mark when each word starts, where that lies inside the cue', () => {
    const timed = words(' One', ' & two', ' three');
    const late = [...timed, { word: ' late', start: 1.5, end: 2, probability: 1 }];
    expect(formatTranscription(result([segment({ end: 1.5, words: late })]), 'word-vtt')).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n' +
        '<c>One</c><00:00:00.500><c> &amp; two</c><00:00:01.000><c> three</c><c> late</c>\n\n',
    );
  });

  it('need words for word-vtt', () => {
    expect(() => formatTranscription(result([segment({})]), 'word-vtt')).toThrow(/Transcribe with wordTimestamps/);
  });
});

describe('a writer', () => {
  it('writes each segment as it comes, in whole lines', () => {
    const pieces: string[] = [];
    const writer = createTranscriptionWriter('srt', (text) => pieces.push(text));
    writer.add(segment({ words: words(' a') }));
    writer.add({ ...segment({ id: 1, text: ' draft' }), final: false });
    writer.add({ ...segment({ id: 1, start: 1, end: 2, text: ' b' }), final: true });
    writer.finish();
    expect(pieces).toEqual(['1\n00:00:00,000 --> 00:00:00,500\na\n\n', '2\n00:00:01,000 --> 00:00:02,000\nb\n\n']);
  });

  it('writes the header of a transcription without segments, and nothing before', () => {
    const pieces: string[] = [];
    const writer = createTranscriptionWriter('vtt', (text) => pieces.push(text));
    expect(pieces).toEqual([]);
    writer.finish();
    expect(pieces).toEqual(['WEBVTT\n\n']);
  });

  it('refuses options that cannot be obeyed', () => {
    const create = (format: StreamedTranscriptionFormat, options: object) => () =>
      createTranscriptionWriter(format, () => {}, options);
    expect(create('srt', { maxLineWidth: 0 })).toThrow(/maxLineWidth is 0/);
    expect(create('srt', { maxLineCount: 2 })).toThrow(/without maxLineWidth/);
    expect(create('vtt', { maxLineWidth: 20, maxWordsPerLine: 3 })).toThrow(/exclude each other/);
    expect(create('tsv', { highlightWords: true })).toThrow(/for the formats srt and vtt, not for tsv/);
    expect(create('xml' as 'srt', {})).toThrow(/"xml" cannot be written segment by segment/);
    const writer = createTranscriptionWriter('srt', () => {}, { maxWordsPerLine: 3 });
    expect(() => writer.add(segment({}))).toThrow(/Transcribe with wordTimestamps/);
  });

  it('refuses times that are none', () => {
    for (const start of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const writer = createTranscriptionWriter('srt', () => {});
      expect(() => writer.add(segment({ start }))).toThrow(/finite and not negative/);
    }
  });
});

interface Node {
  readonly value?: string | number;
  readonly type?: string;
  readonly children?: readonly Node[];
}

function textOf(node: Node): string {
  if (node.type === 'text') return String(node.value);
  return (node.children ?? []).map(textOf).join('');
}

/** White space may be laid out anew, and WebVTT has no NUL. */
function squeeze(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').replace(/\s+/g, ' ').trim();
}
