/** A stream whose items are changed; leaving it leaves the stream itself, though an item is waited for. */
export function mapStream<Item>(stream: AsyncIterable<Item>, change: (item: Item) => Item): AsyncIterable<Item> {
  return {
    [Symbol.asyncIterator]() {
      const items = stream[Symbol.asyncIterator]();
      return {
        async next() {
          const { done, value } = await items.next();
          return done ? { done, value } : { done: false, value: change(value) };
        },
        return: async () => items.return?.() ?? { done: true, value: undefined },
      };
    },
  };
}
