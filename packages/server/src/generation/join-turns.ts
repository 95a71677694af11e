import type { ChatMessage } from '@ferrum/interfaces';

/** What one role said in two pieces, as one turn. */
export function joinTurns(first: ChatMessage, second: ChatMessage): ChatMessage {
  const reasoning = texts([first.reasoning, second.reasoning]);
  const toolCalls = [...(first.toolCalls ?? []), ...(second.toolCalls ?? [])];
  return {
    role: first.role,
    content: texts([first.content, second.content]),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

function texts(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part).join('\n');
}
