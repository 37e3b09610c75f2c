/** Hands items from one piece of work to another, in their order, without a limit. */
export type Channel<Item> = {
  push(item: Item): void;
  /** After it `push` is in vain. */
  end(): void;
  /** As `end`; whoever reads gets `error` once all items are taken. */
  fail(error: unknown): void;
  /** For one reader. */
  items: AsyncIterable<Item>;
};

export function createChannel<Item>(): Channel<Item> {
  const waiting: Item[] = [];
  let over: { error: unknown } | "ended" | null = null;
  let wake = () => {};

  function finish(how: { error: unknown } | "ended"): void {
    over ??= how;
    wake();
  }

  async function* read(): AsyncGenerator<Item> {
    for (;;) {
      while (waiting.length > 0) yield waiting.shift() as Item; // it has one
      if (over === "ended") return;
      if (over) throw over.error;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    push(item) {
      if (over) return;
      waiting.push(item);
      wake();
    },
    end: () => finish("ended"),
    fail: (error) => finish({ error }),
    items: { [Symbol.asyncIterator]: () => read() },
  };
}
