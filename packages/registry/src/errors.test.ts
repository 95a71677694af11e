import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { FerrumError, throwIfAborted } from './errors.js';

// The table of the system whose interfaces Ferrum implements: code, retryable, client error, server error.
const table = [
  ['Config', false, false, false],
  ['Model', false, false, true],
  ['Tokenizer', false, false, false],
  ['Backend', false, false, true],
  ['Device', false, false, true],
  ['Scheduler', false, false, true],
  ['RequestValidation', false, true, false],
  ['ResourceExhausted', true, false, true],
  ['Timeout', true, false, true],
  ['Auth', false, true, false],
  ['RateLimit', false, true, false],
  ['IO', false, false, false],
  ['Serialization', false, false, false],
  ['Network', true, false, false],
  ['Internal', false, false, true],
  ['Cancelled', false, false, false],
  ['NotFound', false, true, false],
  ['AlreadyExists', false, true, false],
  ['PermissionDenied', false, true, false],
  ['Unsupported', false, true, false],
  ['InvalidFormat', false, false, false],
  ['InvalidParameter', false, false, false],
] as const;

const research = new URL('../../../../shared/research/ferrum-rs.md', import.meta.url);

describe('FerrumError', () => {
  it.each(table)('%s: retryable %s, client error %s, server error %s', (code, retryable, client, server) => {
    const error = new FerrumError(code, 'what happened');
    expect(error).toMatchObject({ name: 'FerrumError', code, message: 'what happened', details: {} });
    expect([error.isRetryable, error.isClientError, error.isServerError]).toEqual([retryable, client, server]);
  });

  it.skipIf(!existsSync(research))('has the kinds of the trait document (skipped without ../shared)', () => {
    const section = readFileSync(research, 'utf8').split('## 1.7 ')[1]?.split('\n## ')[0] ?? '';
    const listOf = (start: string, end: string): string[] =>
      (section.split(start)[1]?.split(end)[0] ?? '').match(/\w+/g)?.sort() ?? [];
    const codesWhere = (column: 1 | 2 | 3): string[] =>
      table
        .filter((row) => row[column])
        .map(([code]) => code)
        .sort();
    expect(listOf('constructors:', '.\n')).toEqual(table.map(([code]) => code).sort());
    expect(listOf('is_retryable:', '.\n')).toEqual(codesWhere(1));
    expect(listOf('is_client_error:', '.\n')).toEqual(codesWhere(2));
    expect(listOf('is_server_error:', '.\n')).toEqual(codesWhere(3));
  });

  it('keeps cause, details and the time to wait', () => {
    const cause = new Error('below');
    const error = new FerrumError('RateLimit', 'slow down', { cause, details: { limit: 3 }, retryAfterMs: 250 });
    expect(error).toMatchObject({ cause, details: { limit: 3 }, retryAfterMs: 250 });
    expect('cause' in new FerrumError('RateLimit', 'slow down')).toBe(false);
  });

  it('is recognised across two copies of the module', async () => {
    const original = FerrumError;
    vi.resetModules();
    const copy = await import('./errors.js');
    const error = new copy.FerrumError('NotFound', 'not here');
    expect(copy.FerrumError).not.toBe(original);
    expect(error).not.toBeInstanceOf(original);
    expect(original.isInstance(error)).toBe(true);
    expect(copy.FerrumError.isInstance(new original('IO', 'disk'))).toBe(true);
  });

  it.each([undefined, null, 'text', 3, {}, new Error('plain')])('is not %s', (value) => {
    expect(FerrumError.isInstance(value)).toBe(false);
  });

  it('leaves its marker out of what is printed and compared', () => {
    expect(Object.keys(new FerrumError('IO', 'disk'))).not.toContain('@ferrum/error');
    expect(JSON.parse(JSON.stringify(new FerrumError('IO', 'disk')))).toEqual({
      code: 'IO',
      details: {},
      name: 'FerrumError',
    });
  });
});

describe('throwIfAborted', () => {
  it('throws Cancelled with the reason as cause once the signal fired', () => {
    const controller = new AbortController();
    expect(() => throwIfAborted(controller.signal, 'Work')).not.toThrow();
    expect(() => throwIfAborted(undefined, 'Work')).not.toThrow();
    controller.abort('changed my mind');
    expect(() => throwIfAborted(controller.signal, 'Work')).toThrow(
      expect.objectContaining({ code: 'Cancelled', message: 'Work was cancelled.', cause: 'changed my mind' }),
    );
  });
});
