import type { Scope } from "../../../domain/caller.ts";
import type { ApiKey, KeyStore } from "../../../ports/key-store.ts";
import { newApiKey } from "../../../security/api-keys.ts";

/** Keys in memory, and how often they were asked for. */
export function createMemoryKeys() {
  const keys = new Map<string, ApiKey>();
  const asked = { lookups: 0, uses: 0 };
  const store: KeyStore = {
    async create(key) {
      keys.set(key.id, key);
    },
    async findByHash(hash) {
      asked.lookups += 1;
      return [...keys.values()].find((key) => key.hash === hash) ?? null;
    },
    list: async () => [...keys.values()],
    remove: async (id) => keys.delete(id),
    any: async () => keys.size > 0,
    async noteUse(id, at) {
      asked.uses += 1;
      const key = keys.get(id);
      if (key) keys.set(id, { ...key, lastUsedAt: at });
    },
  };
  return {
    store,
    asked,
    /** Makes a key and returns its text. */
    async issue(scopes: readonly Scope[], { id = "k1", tenant = "acme" } = {}): Promise<string> {
      const { key, hash, prefix } = newApiKey();
      await store.create({
        ...{ id, tenant, scopes, hash, prefix },
        ...{ name: id, createdAt: 0, lastUsedAt: null },
      });
      return key;
    },
  };
}
