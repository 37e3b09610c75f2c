import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { AppError } from "../../domain/app-error.ts";
import type { LipSyncRequest } from "../../ports/lip-sync.ts";
import type { EngineJob, FileEngine } from "../engines/file-engine.ts";
import { createFileLipSync } from "./file-lip-sync.ts";
import type { ReadTask, WriteTask } from "./lip-sync-task.ts";
import type { StretchPool } from "./stretch-pool.ts";
import { faceAt, poolWith, STRETCH, templateIn } from "./testing/studied-stretch.ts";

/** Takes the place of the system's folder for what is temporary. */
const temporary = mkdtempSync(path.join(tmpdir(), "file-lip-sync-"));
const { TMPDIR } = process.env;
beforeEach(() => {
  process.env["TMPDIR"] = temporary;
});
afterEach(() => {
  if (TMPDIR === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = TMPDIR;
  assert.deepEqual(readdirSync(temporary), [], "something is left");
});
after(() => rmSync(temporary, { recursive: true }));

const never = new AbortController().signal;
const RATE = 16_000;
const request: LipSyncRequest = {
  ...{ template: templateIn("templates"), stretch: 0, frameSeconds: 0.04 },
  sources: Array.from({ length: 20 }, (_, picture) => picture),
  speech: { audio: { samples: new Float32Array(0.4 * RATE), sampleRate: RATE }, start: 0.2 },
};
const studied = {
  ...{ stretch: STRETCH, file: path.join("templates", STRETCH.file) },
  faces: [faceAt({ x: 300, y: 180 })],
};
const UNITS = [Uint8Array.of(1), Uint8Array.of(2)];

type Work = {
  tasks: (WriteTask | ReadTask)[];
  jobs: EngineJob[];
  pool: StretchPool;
};

/** A pool whose files are there, and which hands out two access units. */
function worked(replaced: Partial<StretchPool> = {}): Work {
  const tasks: Work["tasks"] = [];
  const pool = poolWith({
    async write(task) {
      tasks.push(task);
      const files = {
        face: path.join(task.folder, "a.mp4"),
        audio: path.join(task.folder, "a.wav"),
      };
      for (const file of Object.values(files)) await writeFile(file, "recorded");
      return { ...files, fps: 25 };
    },
    async read(task) {
      tasks.push(task);
      assert.ok(existsSync(task.made), "the engine's video is there while it is read");
      return UNITS;
    },
    ...replaced,
  });
  return { tasks, jobs: [], pool };
}

/** Lip-sync by an engine that does what `run` does. */
function lipSyncWith(
  { jobs, pool }: Work,
  run: FileEngine["run"] = ({ out }) => writeFile(out, "made"),
  takes: FileEngine["takes"] = ["video"],
) {
  return createFileLipSync({
    engine: {
      ...{ name: "odd", needs: "cpu", cacheKey: "odd 1", takes },
      run(job, options) {
        jobs.push(job);
        return run(job, options);
      },
    },
    where: " at 0.3,0.4",
    pool,
    studyOf: async () => studied,
  });
}

test("the engine gets the stretch's files in a folder of its own, and its video is read", async () => {
  const work = worked();
  const lipSync = lipSyncWith(work);
  assert.deepEqual(await lipSync.animate(request, { signal: never }), UNITS);
  const [job] = work.jobs;
  const [written, read] = work.tasks;
  assert.ok(job && written?.kind === "write" && read?.kind === "read");
  assert.equal(path.dirname(job.folder), temporary);
  assert.deepEqual(
    [job.face, job.audio, job.out].map((file) => path.relative(job.folder, file)),
    ["a.mp4", "a.wav", "result.mp4"],
  );
  assert.deepEqual([job.fps, job.seconds], [25, 20 * 0.04]);
  assert.deepEqual(job.speech, { start: 0.2, end: 0.2 + 0.4 });
  assert.deepEqual([written.folder, written.file], [job.folder, studied.file]);
  assert.deepEqual(written.wanted.sources, request.sources);
  assert.deepEqual([read.made, read.file, read.faces], [job.out, studied.file, studied.faces]);
  assert.deepEqual([read.cuts, read.maxBytes], [STRETCH.cuts, STRETCH.maxBytes]);
  assert.equal(read.wanted, written.wanted);
  assert.ok(!existsSync(job.folder));
});

test("recipients at one time work in folders that never meet", async () => {
  const work = worked();
  const lipSync = lipSyncWith(work);
  await Promise.all([1, 2, 3].map(() => lipSync.animate(request, { signal: never })));
  assert.equal(new Set(work.jobs.map(({ folder }) => folder)).size, 3);
});

test("whatever fails, the error comes through and the folder is gone", async () => {
  const failing = (message: string) => async () => {
    throw new AppError("FACE_FAILED", message, { retryable: true });
  };
  const cases = [
    lipSyncWith(worked({ write: failing("writing") })),
    lipSyncWith(worked(), failing("running")),
    lipSyncWith(worked({ read: failing("reading") })),
  ];
  for (const [index, step] of ["writing", "running", "reading"].entries()) {
    await assert.rejects(async () => cases[index]?.animate(request, { signal: never }), {
      ...{ code: "FACE_FAILED", message: step, retryable: true },
    });
  }
});

test("on abort the folder goes when the engine has ended, and not before", async () => {
  const leaving = new AbortController();
  const began = Promise.withResolvers<void>();
  const work = worked();
  const lipSync = lipSyncWith(work, async ({ folder, out }, { signal }) => {
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => aborted.resolve());
    began.resolve();
    await aborted.promise;
    await writeFile(out, "half a video");
    assert.ok(existsSync(folder));
    throw new AppError("CANCELLED", "cancelled");
  });
  const made = lipSync.animate(request, { signal: leaving.signal });
  await began.promise;
  leaving.abort();
  await assert.rejects(made, { code: "CANCELLED" });
  assert.deepEqual(
    work.tasks.map(({ kind }) => kind),
    ["write"],
  );
});

test("where there is no room for files, the folder is named", async () => {
  process.env["TMPDIR"] = path.join(temporary, "gone");
  await assert.rejects(lipSyncWith(worked()).animate(request, { signal: never }), {
    ...{ code: "OUTPUT_UNWRITABLE", message: /gone/u },
  });
});

test("choices of a face are told apart, and an engine that animates pictures is refused", () => {
  assert.equal(lipSyncWith(worked()).cacheKey, "odd 1 at 0.3,0.4");
  assert.throws(() => lipSyncWith(worked(), undefined, ["picture"]), {
    ...{ code: "INVALID_OPTION", message: "odd animates pictures, not videos" },
  });
});
