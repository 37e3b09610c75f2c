/** Models a child keeps: the last one and the one before, as two voices often speak in turn. */
const KEPT = 2;

export type RecentlyLoaded<Model> = {
  get(key: string, load: () => Promise<Model>): Promise<Model>;
};

/** Keeps the models that were used last; others are left to the garbage collector. */
export function createRecentlyLoaded<Model>(kept = KEPT): RecentlyLoaded<Model> {
  /** The one used longest ago comes first. */
  const models = new Map<string, Model>();
  return {
    async get(key, load) {
      const known = models.get(key);
      models.delete(key);
      // Room is made before, so that a new model never lies beside all the old ones.
      for (const [oldest] of models) if (models.size >= kept) models.delete(oldest);
      const model = known ?? (await load());
      models.set(key, model);
      return model;
    },
  };
}
