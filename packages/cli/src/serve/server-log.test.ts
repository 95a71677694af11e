import { FerrumError } from '@ferrum/registry';
import { describe, expect, it } from 'vitest';
import { createOutput } from '../output/output.js';
import { recordOutput } from '../testing/streams.js';
import { createServerLog } from './server-log.js';

function logTo(isTerminal: boolean, { level = 'info', verbose = false, noColor = '1' } = {}) {
  const stream = recordOutput(isTerminal);
  const stdout = createOutput(stream, 'standard output', { NO_COLOR: noColor });
  return { log: createServerLog({ stdout, verbose }, level), stream };
}

const reply = (statusCode: number, url: string) => ({ statusCode, request: { method: 'GET', url } });

describe('the log of the server on a terminal', () => {
  it('has a line for a request that is finished, and none for its begin', () => {
    const { log, stream } = logTo(true);
    log.info('Server listening at http://127.0.0.1:1');
    log.info({ req: { method: 'GET' } }, 'incoming request');
    log.info({ res: reply(200, '/v1/models'), responseTime: 1.6 }, 'request completed');
    expect(stream.text).toMatch(/^\d\d:\d\d:\d\d 200 GET \/v1\/models 2 ms\n$/);
  });

  it('says what failed, and with --verbose where', () => {
    const err = new FerrumError('Model', 'The file is broken.');
    const quiet = logTo(true);
    quiet.log.error({ err, model: 'tiny' }, 'model could not be opened');
    expect(quiet.stream.text.slice(9)).toBe('model could not be opened: tiny: The file is broken.\n');
    const talkative = logTo(true, { verbose: true });
    talkative.log.error({ err }, 'request failed');
    expect(talkative.stream.text).toContain('server-log.test.ts');
  });

  it('lets no client command the terminal', () => {
    const { log, stream } = logTo(true, { noColor: '' });
    log.info({ res: reply(404, '/\u001b]0;mine\u0007') }, 'request completed');
    expect(stream.text).toContain('\u001b[33m404\u001b[39m GET /]0;mine\n');
  });
});

describe('the log of the server elsewhere', () => {
  it('is a line of JSON for each event of its level', () => {
    const { log, stream } = logTo(false, { level: 'warn' });
    log.info('no');
    log.warn({ res: reply(503, '/health') }, 'yes');
    expect(JSON.parse(stream.text)).toMatchObject({
      ...{ level: 40, msg: 'yes' },
      res: { method: 'GET', url: '/health', statusCode: 503 },
    });
  });

  it('is nothing with silent', () => {
    const { log, stream } = logTo(false, { level: 'silent' });
    log.fatal('no');
    expect(stream.text).toBe('');
  });
});
