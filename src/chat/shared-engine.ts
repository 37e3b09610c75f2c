import { AppError, toAppError } from "../domain/app-error.ts";

/** Something that takes time and memory to load, for all who need it. */
export type SharedEngine<Engine> = {
  /**
   * Works with the engine, which is loaded first where it is not.
   * @throws AppError MODEL_LOAD_FAILED when it cannot be loaded, which is tried anew next time; whatever
   * `work` throws.
   */
  use<Result>(work: (engine: Engine) => Promise<Result>): Promise<Result>;
  isLoaded(): boolean;
  /** Ends it; whoever uses it is the caller's to end before. */
  close(): Promise<void>;
};

export type SharedEngineOptions<Engine> = {
  /** For messages, such as "the face". */
  name: string;
  load: () => Promise<Engine>;
  /** One that nobody used for so long is ended, ms. */
  idleMs: number;
};

/** Loads an engine when it is first needed and ends it when it is not needed any more. */
export function createSharedEngine<Engine extends { close(): Promise<void> }>({
  name,
  load,
  idleMs,
}: SharedEngineOptions<Engine>): SharedEngine<Engine> {
  let loading: Promise<Engine> | null = null;
  let users = 0;
  let timer: NodeJS.Timeout | undefined;

  async function unload(): Promise<void> {
    clearTimeout(timer);
    const old = loading;
    loading = null;
    await old?.then((engine) => engine.close()).catch(() => {}); // one that did not load needs no end
  }

  function loaded(): Promise<Engine> {
    if (loading) return loading;
    const begun = load().catch((cause: unknown) => {
      if (loading === begun) loading = null;
      throw new AppError(
        "MODEL_LOAD_FAILED",
        `${name} cannot be loaded: ${toAppError(cause).message}`,
        { cause },
      );
    });
    loading = begun;
    return begun;
  }

  return {
    async use(work) {
      clearTimeout(timer);
      users++;
      try {
        return await work(await loaded());
      } finally {
        users--;
        if (users === 0) {
          clearTimeout(timer);
          timer = setTimeout(() => void unload(), idleMs);
          timer.unref();
        }
      }
    },
    isLoaded: () => loading !== null,
    close: unload,
  };
}
