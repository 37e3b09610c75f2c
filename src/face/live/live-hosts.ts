import { AppError } from "../../domain/app-error.ts";
import { createLiveHost, type LiveHost } from "./live-host.ts";

export type LiveHosts = {
  /**
   * The host for one more answer: the least busy one that has the portrait, else the least busy one.
   * @param warm Told of a host that is less busy but would have to open the portrait first.
   */
  choose(portrait: string, warm: (host: LiveHost) => void): LiveHost;
  memory(): number;
  pids(): number[];
  /** Whatever runs is rejected with CANCELLED, and all that is asked for afterwards. */
  close(): Promise<void>;
};

export function createLiveHosts({
  count,
  unloadAfterMs,
}: {
  count: number;
  unloadAfterMs: number;
}): LiveHosts {
  const hosts = Array.from({ length: count }, () => createLiveHost({ unloadAfterMs }));
  let closed = false;

  const leastBusy = (some: readonly LiveHost[]) =>
    some.toSorted((a, b) => a.holders() - b.holders())[0];

  return {
    choose(portrait, warm) {
      const freest = leastBusy(hosts);
      if (closed || !freest) throw new AppError("CANCELLED", "the live faces are closed");
      const holder = leastBusy(hosts.filter((host) => host.knows(portrait)));
      if (!holder) return freest;
      if (freest.holders() < holder.holders() && !freest.knows(portrait)) warm(freest);
      return holder;
    },
    memory: () => hosts.reduce((sum, host) => sum + host.memory(), 0),
    pids: () => hosts.flatMap((host) => host.pids()),
    async close() {
      closed = true;
      await Promise.all(hosts.map((host) => host.close()));
    },
  };
}
