import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { rm } from "node:fs/promises";
import { AppError } from "../../domain/app-error.ts";
import {
  type ClientOverrides,
  createProviderClient,
  type Refusal,
} from "../../remote/provider-client.ts";
import { messageIn } from "../../remote/provider-message.ts";
import { checkMade, type Probe, requireInput } from "./check-made.ts";
import type { EngineInput, FileEngine } from "./file-engine.ts";

export type HttpEngineOptions = Pick<ClientOverrides, "fetch" | "clock" | "wait" | "timeoutMs"> & {
  /** The operator's server, such as `http://gpu-1:9000/lipsync`. */
  url: string;
  /** Jobs sent at a time; 1 when left out. */
  concurrency?: number;
  /** What it can start from; both when left out. */
  takes?: readonly EngineInput[];
  /** The longest answer, bytes; 512 MB when left out. */
  maxBytes?: number;
  probe: Probe;
};

const TIMEOUT_MS = 900_000;
const ATTEMPTS = 2;
const MAX_BYTES = 512 * 2 ** 20;

/**
 * A server of the operator's that makes videos. The contract: `POST <url>` with `multipart/form-data`:
 *
 * - `face`: a file `face.mp4` (H.264, no sound) or `face.png`;
 * - `audio`: a file `sound.wav` (16 kHz, mono, 16 bits);
 * - `fps`: frames a second the result should have;
 * - `start`, `end`: where in the sound the new words are, seconds.
 *
 * It answers 200 with the video itself (MP4, at least as long as the sound, of the face's shape). Else
 * it answers a status of 4xx or 5xx with JSON `{"error": "…"}`: 422 with an error that says `no face`
 * where it finds none; 429 or 503, perhaps with `Retry-After`, when it is busy.
 * @throws AppError INVALID_OPTION for an unusable address.
 */
export function createHttpEngine(options: HttpEngineOptions): FileEngine {
  const { takes = ["video", "picture"], probe, concurrency = 1 } = options;
  const { maxBytes = MAX_BYTES, timeoutMs = TIMEOUT_MS } = options;
  const { baseUrl, path } = partsOf(options.url);
  const client = createProviderClient({
    ...options,
    ...{ name: "the lip-sync server", limit: "lipsync:http", baseUrl, concurrency, timeoutMs },
    ...{ attempts: ATTEMPTS, maxBodyBytes: maxBytes, refusal },
    failures: {
      failed: "FACE_FAILED",
      refused: "FACE_FAILED",
      tooLong: "see why its video is so large",
    },
  });
  const addressHash = createHash("sha256").update(options.url).digest("hex");

  const engine: FileEngine = {
    name: "http",
    needs: "cpu",
    takes,
    cacheKey: JSON.stringify(["http", addressHash]),
    async run(job, { signal }) {
      const input = requireInput(engine, job);
      const [type, name] =
        input === "video" ? ["video/mp4", "face.mp4"] : ["image/png", "face.png"];
      const face = await openAsBlob(job.face, { type });
      const audio = await openAsBlob(job.audio, { type: "audio/wav" });
      const body = () => {
        const form = new FormData();
        form.set("face", face, name);
        form.set("audio", audio, "sound.wav");
        form.set("fps", String(job.fps));
        form.set("start", job.speech.start.toFixed(3));
        form.set("end", job.speech.end.toFixed(3));
        return form;
      };
      try {
        await client.send({ path, body, file: job.out }, { signal });
        await checkMade({ engine: "the lip-sync server", job, probe, signal });
      } catch (thrown) {
        await rm(job.out, { force: true });
        throw thrown;
      }
    },
  };
  return engine;
}

function refusal({ status, text }: { status: number; text: string }): Refusal | null {
  const message = messageIn(text);
  if (status === 422 && /no.?face|face not detected/iu.test(message)) {
    return { kind: "never", message, code: "NO_FACE" };
  }
  if (status === 503) return { kind: "wait", message };
  return null;
}

/** An address as what lies above it and its last part with its query. */
function partsOf(address: string): { baseUrl: string; path: string } {
  const url = URL.parse(address);
  if (!url) {
    const message =
      "VOCATIVE_LIPSYNC_URL is no address: give one such as http://gpu-1:9000/lipsync";
    throw new AppError("INVALID_OPTION", message);
  }
  const path = `${url.pathname.slice(url.pathname.lastIndexOf("/"))}${url.search}`;
  url.pathname = url.pathname.slice(0, url.pathname.lastIndexOf("/"));
  url.search = "";
  return { baseUrl: url.href, path };
}
