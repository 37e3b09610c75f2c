import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { toAppError } from "../src/domain/app-error.ts";
import { createMediaEngine } from "../src/media/media-engine.ts";
import { makeMedia } from "./support/make-media.ts";
import { mutations } from "./support/mutate-media.ts";

const folder = mkdtempSync(path.join(tmpdir(), "vocative-mutated-"));
const media = createMediaEngine({ workers: 2 });
after(async () => {
  await media.close();
  rmSync(folder, { recursive: true });
});

const PER_BASE = 30;
const DEADLINE_MS = 10_000;
const ANALYSIS = { silenceDb: -30, silenceDuration: 0.3, shortSilenceDuration: 0.05 };
/** What an upload may be answered with; a worker's death is answered, too, but costs the pool a child. */
const DOCUMENTED =
  /^(MEDIA_(TYPE_NOT_ALLOWED|UNREADABLE|UNSUPPORTED|TOO_LARGE)|NO_(AUDIO|VIDEO)|WORKER_(CRASHED|TIMEOUT|MEMORY))$/;

function base(container: "mp4" | "mkv"): Buffer {
  const file = path.join(folder, `base.${container}`);
  makeMedia({
    file,
    container,
    video: { codec: "h264", bFrames: 2 },
    audio: { codec: "aac", sampleRate: 44_100, channels: 2 },
    sound: [
      { kind: "speech", seconds: 0.6 },
      { kind: "silence", seconds: 0.5 },
      { kind: "speech", seconds: 0.6 },
    ],
  });
  return readFileSync(file);
}

/** What became of an upload: "ok" or an error's code. */
async function outcomeOf(file: string): Promise<string> {
  const call = { signal: new AbortController().signal, deadlineMs: DEADLINE_MS };
  try {
    await media.probe(file, call);
    await media.analyse(file, ANALYSIS, call);
    return "ok";
  } catch (error) {
    return toAppError(error).code;
  }
}

for (const container of ["mp4", "mkv"] as const) {
  test(`damaged uploads get a result or a documented refusal, and the pool lives (${container})`, async (t) => {
    const sound = base(container);
    assert.equal(await outcomeOf(path.join(folder, `base.${container}`)), "ok");
    const counts = new Map<string, number>();
    let number = 0;
    for (const { kind, bytes } of mutations(sound, 7, PER_BASE)) {
      const file = path.join(folder, `${number++}.${container}`);
      writeFileSync(file, bytes);
      const outcome = await outcomeOf(file);
      assert.match(outcome, outcome === "ok" ? /ok/ : DOCUMENTED, `${kind}, ${file}`);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    t.diagnostic([...counts].map(([outcome, count]) => `${outcome} ${count}`).join(", "));
    assert.ok(counts.size > 1 && counts.get("ok") !== PER_BASE, "the damage is felt");
    assert.equal(await outcomeOf(path.join(folder, `base.${container}`)), "ok");
  });
}
