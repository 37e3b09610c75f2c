import type { Clock } from "../../ports/clock.ts";
import type { ApiKey, KeyStore } from "../../ports/key-store.ts";

/** A key that was removed may be served for so long. */
const REMEMBERED_MS = 2_000;
const USE_NOTED_EVERY_MS = 60_000;
const MOST_REMEMBERED = 1_000;

export type KnownKeys = {
  /** The key with this hash; null when there is none. */
  find(hash: string): Promise<ApiKey | null>;
  any(): Promise<boolean>;
};

/** Looks keys up, and remembers them for a moment, so that clients that poll cost nothing. */
export function createKnownKeys(keys: KeyStore, clock: Clock): KnownKeys {
  const found = new Map<string, { key: ApiKey; at: number }>();
  const noted = new Map<string, number>();
  let anySeenAt = Number.NEGATIVE_INFINITY;

  async function noteUse(id: string, now: number): Promise<void> {
    if (now - (noted.get(id) ?? Number.NEGATIVE_INFINITY) < USE_NOTED_EVERY_MS) return;
    noted.set(id, now);
    await keys.noteUse(id, now);
  }

  return {
    async find(hash) {
      const now = clock();
      const known = found.get(hash);
      let key = known && now - known.at < REMEMBERED_MS ? known.key : null;
      if (!key) {
        key = await keys.findByHash(hash);
        found.delete(hash);
        if (!key) return null;
        if (found.size >= MOST_REMEMBERED) found.clear();
        found.set(hash, { key, at: now });
      }
      await noteUse(key.id, now);
      return key;
    },

    async any() {
      if (clock() - anySeenAt < REMEMBERED_MS) return true;
      const any = await keys.any();
      // That there is none is not remembered: the first key closes the door at once.
      if (any) anySeenAt = clock();
      return any;
    },
  };
}
