import type { ChatMessage } from '@ferrum/interfaces';
import { LRUCache } from 'lru-cache';
import type { ResolvedSettings } from '../options/server-settings.js';

/** Conversations by who owns them (an API key) and the name that the owner gave them. Least recently used first to go. */
export class SessionStore {
  readonly #conversations: LRUCache<string, readonly ChatMessage[]>;
  #evicted = 0;

  constructor({ max, bytes, idleSeconds }: ResolvedSettings['sessions']) {
    this.#conversations = new LRUCache({
      max,
      maxSize: bytes,
      ttl: idleSeconds * 1000,
      updateAgeOnGet: true,
      sizeCalculation: sizeOf,
      dispose: (_, __, reason) => {
        if (reason === 'evict' || reason === 'expire') this.#evicted += 1;
      },
    });
  }

  get size(): number {
    this.#conversations.purgeStale();
    return this.#conversations.size;
  }

  get evicted(): number {
    return this.#evicted;
  }

  turns(owner: string, session: string): readonly ChatMessage[] {
    return this.#conversations.get(keyOf(owner, session)) ?? [];
  }

  /** Replaces what is kept; what is larger than all room there is is not kept at all. */
  keep(owner: string, session: string, turns: readonly ChatMessage[]): void {
    this.#conversations.purgeStale();
    this.#conversations.set(keyOf(owner, session), turns);
  }
}

function keyOf(owner: string, session: string): string {
  return JSON.stringify([owner, session]);
}

/** Bytes of images, and those of UTF-16, about what the texts take; an empty conversation has a size too. */
function sizeOf(turns: readonly ChatMessage[]): number {
  return 1 + turns.reduce((sum, turn) => sum + 2 * lengthOf(turn) + imageBytes(turn), 0);
}

function lengthOf({ content, name = '', reasoning = '', toolCallId = '', toolCalls = [] }: ChatMessage): number {
  const calls = toolCalls.reduce((sum, call) => sum + call.id.length + call.name.length + call.arguments.length, 0);
  return textLength(content) + name.length + reasoning.length + toolCallId.length + calls;
}

function textLength(content: ChatMessage['content']): number {
  if (typeof content === 'string') return content.length;
  return content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0);
}

function imageBytes({ content }: ChatMessage): number {
  if (typeof content === 'string') return 0;
  return content.reduce((sum, part) => sum + (part.type === 'image' ? part.image.byteLength : 0), 0);
}
