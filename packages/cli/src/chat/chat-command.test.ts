import { describe, expect, it } from 'vitest';
import { parseChatCommand } from './chat-command.js';

describe('parseChatCommand', () => {
  it.each([
    ['/clear', { type: 'clear' }],
    ['/help', { type: 'help' }],
    ['/?', { type: 'help' }],
    [' /bye ', { type: 'bye' }],
    ['/exit', { type: 'bye' }],
    ['/system', { type: 'system', text: '' }],
    ['/system  Be  brief. ', { type: 'system', text: 'Be  brief.' }],
    ['/sytem x', { type: 'unknown', problem: '/sytem is not a command; /help lists them.' }],
    ['/think', { type: 'think', mode: undefined }],
    ['/think  off ', { type: 'think', mode: 'off' }],
    ['/think hard', { type: 'unknown', problem: '/think is followed by on, off or auto.' }],
    ['/format json', { type: 'format', format: 'json' }],
    ['/format', { type: 'format', format: undefined }],
    ['/format xml', { type: 'unknown', problem: '/format is followed by json or text.' }],
  ])('%j is a command', (line, command) => {
    expect(parseChatCommand(line)).toEqual(command);
  });

  it.each(['hello', '/etc/hosts is what?', '/', '/no_think', '// comment', '1/2', '/Users'])(
    '%j is a message',
    (line) => {
      expect(parseChatCommand(line)).toBeUndefined();
    },
  );
});
