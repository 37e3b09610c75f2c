/**
 * Runs `work` on every item in order, at most `concurrency` at once. The first failure stops further
 * items from being begun and is thrown once those under way have ended.
 */
export async function forEachConcurrently<Item>(
  items: Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items.values();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const item of iterator) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, lane));
  if (failures.length > 0) throw failures[0];
}
