import type { ChatMessage, ContentPart } from '@ferrum/interfaces';

/** What one role said in two pieces, as one turn. */
export function joinTurns(first: ChatMessage, second: ChatMessage): ChatMessage {
  const reasoning = texts([first.reasoning, second.reasoning]);
  const toolCalls = [...(first.toolCalls ?? []), ...(second.toolCalls ?? [])];
  return {
    role: first.role,
    content: contents(first.content, second.content),
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
  };
}

function texts(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part).join('\n');
}

function contents(first: ChatMessage['content'], second: ChatMessage['content']): ChatMessage['content'] {
  if (typeof first === 'string' && typeof second === 'string') return texts([first, second]);
  const [before, after] = [partsOf(first), partsOf(second)];
  const [next, ...rest] = after;
  if (before.at(-1)?.type !== 'text' || next?.type !== 'text') return [...before, ...after];
  return [...before, { type: 'text', text: `\n${next.text}` }, ...rest];
}

function partsOf(content: ChatMessage['content']): readonly ContentPart[] {
  if (typeof content !== 'string') return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}
