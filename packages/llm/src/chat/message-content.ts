import type { ChatMessage, ImagePart } from '@ferrum/interfaces';

/** The texts of a message, joined. */
export function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

export interface PlacedImage {
  readonly part: ImagePart;
  /** Where it is, as errors name fields. */
  readonly place: string;
}

/** Images of a conversation, in its order. */
export function imagesOf(messages: readonly ChatMessage[]): readonly PlacedImage[] {
  return messages.flatMap(({ content }, index) =>
    typeof content === 'string'
      ? []
      : content.flatMap((part, at) =>
          part.type === 'image' ? [{ part, place: `messages.${index}.content.${at}` }] : [],
        ),
  );
}
