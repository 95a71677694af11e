import type { ChatMessage } from '@ferrum/interfaces';

/**
 * The field of a request that shows the image which an engine names by its place in the conversation.
 * @param rest what follows `messages`: `[1].content[0]`
 * @param fields those of all images of the request, in their order; a turn may hold those of several
 * @returns undefined where it is no image that is named
 */
export function imagePlace(
  rest: string,
  conversation: readonly ChatMessage[],
  fields: readonly string[],
): string | undefined {
  const places = conversation.flatMap(({ content }, turn) =>
    typeof content === 'string'
      ? []
      : content.flatMap(({ type }, part) => (type === 'image' ? [`[${turn}].content[${part}]`] : [])),
  );
  const index = places.findIndex((place) => rest === place || rest.startsWith(`${place}.`));
  return index === -1 ? undefined : fields[index];
}
