import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually, readProcess } from "../../../test/support/process-tree.ts";
import type { AppError } from "../../domain/app-error.ts";
import { probe as probeFile } from "../../media/probe.ts";
import { createGpuTurns } from "./gpu-turns.ts";
import {
  type MovieShape,
  makeJob,
  makeMovie,
  makeRepo,
  never,
  probe,
  type StandInProgram,
  standInProgram,
} from "./testing/engine-fixture.ts";
import { createWav2LipCommand, type Wav2LipOptions } from "./wav2lip-command.ts";

let root = "";
let repo = "";
let checkpoint = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "wav2lip test-"));
  repo = await makeRepo(root, ["inference.py", "models/wav2lip.py", "temp/old.avi", ".git/HEAD"]);
  checkpoint = join(await makeRepo(root, ["wav2lip_gan.pth"]), "wav2lip_gan.pth");
});
after(() => rm(root, { recursive: true }));

const engineWith = (program: StandInProgram, more: Partial<Wav2LipOptions> = {}) =>
  createWav2LipCommand({ repo, checkpoint, python: program.path, probe, ...more });

/** What comes of a job whose engine leaves a movie of this shape. */
async function outcomeOf(shape: MovieShape, jobShape: Parameters<typeof makeJob>[1] = {}) {
  const movie = await makeMovie(root, shape);
  const program = await standInProgram(root, { behaviour: "give", movie });
  const job = await makeJob(root, jobShape);
  return engineWith(program)
    .run(job, { signal: never })
    .then(
      () => probeFile(job.out).video?.frames ?? 0,
      (error: AppError) => `${error.code}: ${error.message}`,
    );
}

async function failureOf(behaviour: string, more: Partial<Wav2LipOptions> = {}): Promise<AppError> {
  const program = await standInProgram(root, { behaviour });
  const job = await makeJob(root);
  return engineWith(program, more)
    .run(job, { signal: never })
    .then(
      () => assert.fail("it ran"),
      (error: AppError) => error,
    );
}

describe("wav2lip", () => {
  test("it is called in a private folder with plain names, beside all of its repository", async () => {
    const movie = await makeMovie(root, {});
    const program = await standInProgram(root, { behaviour: "give", movie });
    const job = await makeJob(root);
    const turns = createGpuTurns({ devices: ["3"] });
    await engineWith(program, { pads: " 0  20 5 5 ", box: "1 2 3 4", turns }).run(job, {
      signal: never,
    });
    const { words, folder, entries, devices } = program.call();
    assert.deepEqual(words, [
      ...["inference.py", "--checkpoint_path", checkpoint],
      ...["--face", "face.mp4", "--audio", "sound.wav", "--outfile", "made.mp4"],
      ...["--pads", "0", "20", "5", "5", "--box", "1", "2", "3", "4"],
    ]);
    assert.ok(folder.startsWith(job.folder));
    assert.deepEqual(entries.sort(), ["face.mp4", "inference.py", "models", "sound.wav", "temp"]);
    assert.deepEqual(await readdir(join(folder, "temp")), []);
    assert.equal(devices, "3");
    assert.equal(probeFile(job.out).video?.frames, 20);
  });

  test("a picture is animated at the rate that is wanted; without a GPU no device is shown", async () => {
    const movie = await makeMovie(root, { fps: 30, count: 24 });
    const program = await standInProgram(root, { behaviour: "give", movie });
    const job = await makeJob(root, { picture: true, fps: 30, count: 24 });
    await engineWith(program, { needs: "cpu" }).run(job, { signal: never });
    const { words, devices } = program.call();
    assert.deepEqual(words.slice(-2), ["--fps", "30"]);
    assert.ok(words.includes("face.png"));
    assert.equal(devices, "");
  });

  test("digital silence gets a noise that nobody hears, and 0.2 s of it follow the sound", async () => {
    const movie = await makeMovie(root, {});
    const program = await standInProgram(root, { behaviour: "give", movie });
    await engineWith(program).run(await makeJob(root), { signal: never });
    const wav = Buffer.from(program.call().soundBytes ?? []);
    assert.equal(wav.readUInt32LE(40), wav.length - 44);
    const samples = Array.from({ length: (wav.length - 44) / 2 }, (_, i) =>
      wav.readInt16LE(44 + 2 * i),
    );
    assert.equal(samples.length, 16_000);
    assert.ok(samples.every((sample) => Math.abs(sample) <= 3));
    for (let at = 0; at < samples.length; at += 100) {
      assert.ok(
        samples.slice(at, at + 100).some((sample) => sample !== 0),
        `silent at ${at}`,
      );
    }
  });

  test("what is longer is let pass, as is a scaled picture and one that lacks two pictures", async () => {
    assert.equal(await outcomeOf({ count: 26 }), 26);
    assert.equal(await outcomeOf({ width: 32, height: 24 }), 20);
    assert.equal(await outcomeOf({ count: 18 }), 18);
    assert.equal(await outcomeOf({ count: 24, fps: 30 }, { fps: 25, count: 20 }), 24);
  });

  test("a result that was cut off or is of another shape is told from a whole one", async () => {
    assert.match(String(await outcomeOf({ count: 17 })), /^FACE_FAILED: .*0\.68 s of 0\.80 s/);
    assert.match(String(await outcomeOf({ count: 20, fps: 30 })), /0\.67 s of 0\.80 s/);
    assert.match(String(await outcomeOf({ width: 48 })), /48×48 pixels from one of 64×48/);
    const ofPicture = await outcomeOf({ width: 48 }, { picture: true });
    assert.match(String(ofPicture), /48×48 pixels from one of 64×48/);
  });

  test("no face is told as such", async () => {
    const { code, message, retryable } = await failureOf("no face");
    assert.deepEqual([code, retryable], ["NO_FACE", false]);
    assert.match(message, /^Wav2Lip finds no face/);
  });

  test("a failure is told with the last line, and one for lack of memory may be tried again", async () => {
    const failed = await failureOf("fail");
    assert.equal(failed.code, "FACE_FAILED");
    assert.match(
      failed.message,
      /^Wav2Lip my python failed \(exit code 3\): KeyError: 'state_dict';/,
    );
    assert.equal(failed.retryable, false);
    assert.equal((await failureOf("no memory")).retryable, true);
  });

  test("megabytes of standard error make a message of bounded length on one line", async () => {
    const { message } = await failureOf("loud");
    assert.match(message, /RuntimeError: very very/);
    assert.ok(message.length < 500 && !/[\r\n]/.test(message), String(message.length));
  });

  test("an end without a result, an empty one and one that is no movie are failures", async () => {
    assert.match((await failureOf("nothing")).message, /ended without a result/);
    assert.match((await failureOf("empty")).message, /left an empty file/);
    assert.match((await failureOf("no movie")).message, /left a video that cannot be read/);
  });

  test("on abort it is ended with all that it started, and its device is free again", {
    timeout: 20_000,
  }, async () => {
    const program = await standInProgram(root, { behaviour: "hang" });
    const job = await makeJob(root);
    const turns = createGpuTurns({ devices: ["0"] });
    const controller = new AbortController();
    const running = engineWith(program, { turns }).run(job, { signal: controller.signal });
    const outcome = running.then(
      () => "made",
      (error: AppError) => error.code,
    );
    const pids = await program.pids();
    assert.deepEqual(turns.idle(), []);
    controller.abort();
    assert.equal(await outcome, "CANCELLED");
    assert.equal(pids.length, 2);
    for (const pid of pids) await eventually(`the end of ${pid}`, () => readProcess(pid) === null);
    assert.deepEqual(turns.idle(), ["0"]);
  });

  test("one that takes too long is ended and may be tried again", async () => {
    const error = await failureOf("hang", { timeoutMs: 400 });
    assert.match(error.message, /took longer than 0.4 s/);
    assert.equal(error.retryable, true);
  });

  test("a program that is not there is named", async () => {
    const job = await makeJob(root);
    const engine = createWav2LipCommand({ repo, checkpoint, python: "no-such-python", probe });
    await assert.rejects(engine.run(job, { signal: never }), {
      code: "FACE_FAILED",
      message: /no-such-python cannot be started/,
    });
  });

  test("what is missing or cannot be read as an option is refused in the contract's words", () => {
    const refused = (options: Partial<Wav2LipOptions>, message: string | RegExp) =>
      assert.throws(() => createWav2LipCommand({ repo, checkpoint, probe, ...options }), {
        code: "INVALID_OPTION",
        message,
      });
    refused({ repo: null }, "wav2lip_repo is required when Diamond + Wav2Lip is selected");
    refused({ repo: "/no/such" }, "wav2lip_repo not found: /no/such");
    refused(
      { checkpoint: " " },
      "wav2lip_checkpoint is required when Diamond + Wav2Lip is selected",
    );
    refused({ checkpoint: "/no/pth" }, "wav2lip_checkpoint not found: /no/pth");
    refused({ pads: "0 10 0" }, /wav2lip_pads is "0 10 0": give four numbers/);
    refused({ pads: "0 10 0 --help" }, /wav2lip_pads/);
    refused({ box: "a b c d" }, /wav2lip_box/);
  });
});
