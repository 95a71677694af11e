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
    ['/sytem x', { type: 'unknown', name: '/sytem' }],
  ])('%j is a command', (line, command) => {
    expect(parseChatCommand(line)).toEqual(command);
  });

  it.each(['hello', '/etc/hosts is what?', '/', '// comment', '1/2', '/Users'])('%j is a message', (line) => {
    expect(parseChatCommand(line)).toBeUndefined();
  });
});
