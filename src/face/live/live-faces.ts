import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { AppError } from "../../domain/app-error.ts";
import { createSharedWork } from "../../domain/shared-work.ts";
import type { FaceFinder } from "../../ports/face-finder.ts";
import type { LiveFaces } from "../../ports/live-face.ts";
import { asFaceError } from "../talking/talking-request.ts";
import { createLiveHosts } from "./live-hosts.ts";
import { createLivePortrait, type LivePortraitEntry } from "./live-portrait.ts";
import { checkLiveRequest, type LiveRequest } from "./live-request.ts";
import { preparePortrait } from "./prepare-portrait.ts";

const DEFAULT_UNLOAD_MS = 5 * 60_000;
/** Pictures and idle clips of so many portraits are kept, the last ones used: a few MB each. */
const MOST_PORTRAITS = 8;

export type LiveFacesOptions = {
  /** It is not closed with the live faces. */
  faces: FaceFinder;
  /** Processes that make answers; all processors but one when left out. */
  pool?: number;
  /** Processes that nobody used for so long are ended; 5 minutes when left out. */
  unloadAfterMs?: number;
};

/**
 * Portraits that answer at once, offline, without model weights of their own. Child processes start with
 * the first portrait, take turns among the answers that they make, and end when they are not used.
 */
export function createLiveFaces({
  faces,
  pool = Math.max(1, availableParallelism() - 1),
  unloadAfterMs = DEFAULT_UNLOAD_MS,
}: LiveFacesOptions): LiveFaces & { pids(): number[] } {
  const hosts = createLiveHosts({ count: pool, unloadAfterMs });
  const opened = createSharedWork<LivePortraitEntry>(MOST_PORTRAITS);
  const entries = new Set<WeakRef<LivePortraitEntry>>();
  let closed = false;

  async function make(name: string, request: LiveRequest, signal: AbortSignal) {
    const still = await preparePortrait(request, { faces, signal });
    const entry = await createLivePortrait({ name, still, fps: request.fps, hosts });
    entries.add(new WeakRef(entry));
    return entry;
  }

  return {
    pids: () => hosts.pids(),
    async open(request, { signal }) {
      if (closed) throw new AppError("CANCELLED", "the live faces are closed");
      checkLiveRequest(request);
      const name = await nameOf(request);
      try {
        const entry = await opened.get(name, (one) => make(name, request, one), signal);
        return entry.portrait;
      } catch (thrown) {
        throw asFaceError(thrown);
      }
    },
    memory() {
      let bytes = hosts.memory();
      for (const reference of entries) {
        const entry = reference.deref();
        if (entry) bytes += entry.memory();
        else entries.delete(reference);
      }
      return bytes;
    },
    async close() {
      closed = true;
      await hosts.close();
    },
  };
}

/** Equal for requests of which nothing differs: a picture that was written anew is another one. */
async function nameOf({ image, fps, size }: LiveRequest): Promise<string> {
  // What cannot be asked for here is told when it is read.
  const file = image === null ? null : await stat(image).catch(() => null);
  return JSON.stringify([image, file?.mtimeMs ?? 0, file?.size ?? 0, fps, size]);
}
