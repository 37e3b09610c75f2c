import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { probe as probeFile } from "../../media/probe.ts";
import { createCommandEngine } from "./command-engine.ts";
import type { FileEngine } from "./file-engine.ts";
import { createLatentSync } from "./latentsync.ts";
import { createMuseTalk } from "./musetalk.ts";
import { createSadTalker } from "./sadtalker.ts";
import {
  makeJob,
  makeMovie,
  makeRepo,
  never,
  probe,
  standInProgram,
} from "./testing/engine-fixture.ts";

let root = "";
let repo = "";
let checkpoint = "";
let movie = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "engines test-"));
  repo = await makeRepo(root, ["inference.py", "scripts/inference.py", "checkpoints/a.pth"]);
  checkpoint = join(repo, "checkpoints", "a.pth");
  movie = await makeMovie(root, {});
});
after(() => rm(root, { recursive: true }));

const ENGINES: Record<string, (python: string) => FileEngine> = {
  sadtalker: (python) => createSadTalker({ repo, checkpoints: null, python, probe }),
  musetalk: (python) => createMuseTalk({ repo, python, probe }),
  latentsync: (python) => createLatentSync({ repo, checkpoint, python, probe }),
};

/** How an engine called its program. */
async function callOf(name: string, { picture = false } = {}) {
  const program = await standInProgram(root, { behaviour: "give", movie });
  const job = await makeJob(root, { picture });
  await ENGINES[name]?.(program.path).run(job, { signal: never });
  assert.equal(probeFile(job.out).video?.frames, 20);
  return program.call();
}

async function failure(name: string, behaviour: string, { picture = false } = {}) {
  const program = await standInProgram(root, { behaviour });
  const job = await makeJob(root, { picture });
  return assert.rejects(async () => ENGINES[name]?.(program.path).run(job, { signal: never }), {
    code: /face|coefficients/.test(behaviour) ? "NO_FACE" : "FACE_FAILED",
  });
}

test("SadTalker moves a picture, and its newest result is found", async () => {
  const { words, entries } = await callOf("sadtalker", { picture: true });
  assert.deepEqual(words, [
    ...["inference.py", "--driven_audio", "sound.wav", "--source_image", "face.png"],
    ...["--checkpoint_dir", join(repo, "checkpoints"), "--result_dir", "made"],
    ...["--preprocess", "full", "--still", "--size", "256", "--pose_style", "0"],
  ]);
  assert.deepEqual(entries.sort(), [
    ...["checkpoints", "face.png", "inference.py", "made", "scripts", "sound.wav"],
  ]);
});

test("SadTalker ends well where it finds no face: it is told all the same", async () => {
  await failure("sadtalker", "no coefficients", { picture: true });
  await failure("sadtalker", "nothing", { picture: true });
});

test("MuseTalk is told what to do in a file of names of our own", async () => {
  const { words, config } = await callOf("musetalk");
  assert.deepEqual(words, [
    ...["-m", "scripts.inference", "--inference_config", "task.yaml", "--result_dir", "made"],
    ...["--version", "v15", "--fps", "25", "--unet_model_path", "models/musetalkV15/unet.pth"],
    ...["--unet_config", "models/musetalkV15/musetalk.json"],
  ]);
  const lines = ['video_path: "face.mp4"', 'audio_path: "sound.wav"', 'result_name: "made.mp4"'];
  assert.deepEqual(config?.trim().split(/\n\s*/), ["task_0:", ...lines]);
  assert.match((await callOf("musetalk", { picture: true })).config ?? "", /face\.png/);
});

test("MuseTalk swallows its errors: an end without a result is a failure", async () => {
  await failure("musetalk", "nothing");
  await failure("musetalk", "fail");
});

test("LatentSync changes a video", async () => {
  const { words } = await callOf("latentsync");
  assert.deepEqual(words, [
    ...["-m", "scripts.inference", "--unet_config_path", "configs/unet/stage2_512.yaml"],
    ...["--inference_steps", "20", "--guidance_scale", "1.5"],
    ...["--inference_ckpt_path", checkpoint, "--video_path", "face.mp4"],
    ...["--audio_path", "sound.wav", "--video_out_path", "made.mp4"],
  ]);
  await failure("latentsync", "no face");
});

test("an engine that does not take what there is says so before anything runs", async () => {
  const video = await makeJob(root);
  const picture = await makeJob(root, { picture: true });
  const refused = (name: string, job: typeof video, message: RegExp) =>
    assert.rejects(async () => ENGINES[name]?.("no-such-python").run(job, { signal: never }), {
      code: "INVALID_OPTION",
      message,
    });
  await refused("sadtalker", video, /sadtalker starts from a picture, not from a video/);
  await refused("latentsync", picture, /latentsync starts from a video, not from a picture/);
});

test("a checkout or weights that are missing are named by their variable", () => {
  const invalid = (message: string) => ({ code: "INVALID_OPTION", message });
  assert.throws(
    () => createSadTalker({ repo: null, checkpoints: null, probe }),
    invalid("VOCATIVE_SADTALKER_REPO is required when SadTalker is selected"),
  );
  assert.throws(
    () => createSadTalker({ repo, checkpoints: "/none", probe }),
    invalid("VOCATIVE_SADTALKER_CHECKPOINTS not found: /none"),
  );
  assert.throws(
    () => createMuseTalk({ repo: "/none", probe }),
    invalid("VOCATIVE_MUSETALK_REPO not found: /none"),
  );
  assert.throws(
    () => createLatentSync({ repo, checkpoint: null, probe }),
    invalid("VOCATIVE_LATENTSYNC_CHECKPOINT is required when LatentSync is selected"),
  );
});

test("a command gets its paths as arguments of their own, never through a shell", async () => {
  const program = await standInProgram(root, { behaviour: "give", movie });
  const quoted = `"${program.path.replaceAll('"', '\\"')}"`;
  const command = `${quoted} --sound {audio} --video={face} --to {out} --rate {fps} $HOME '; id'`;
  const job = await makeJob(root);
  const engine = createCommandEngine({ command, probe });
  await engine.run(job, { signal: never });
  const { words, folder } = program.call();
  assert.deepEqual(words, [
    ...["--sound", job.audio, `--video=${job.face}`, "--to", job.out, "--rate", "25"],
    ...["$HOME", "; id"],
  ]);
  assert.equal(folder, job.folder);
  assert.equal(probeFile(job.out).video?.frames, 20);
  assert.ok(!engine.cacheKey.includes("--sound"));
});

test("a command that leaves nothing, or finds no face, is told", async () => {
  for (const [behaviour, expected] of [
    ["nothing", { code: "FACE_FAILED", message: /^the lip-sync command ended without a result/ }],
    ["no face", { code: "NO_FACE", message: /^the lip-sync command finds no face/ }],
    ["empty", { code: "FACE_FAILED", message: /left an empty file/ }],
  ] as const) {
    const program = await standInProgram(root, { behaviour });
    const quoted = `"${program.path.replaceAll('"', '\\"')}"`;
    const command = `${quoted} {face} {audio} --to {out}`;
    const run = createCommandEngine({ command, probe }).run(await makeJob(root), { signal: never });
    await assert.rejects(run, expected);
  }
});

test("a command without its placeholders, or with paths as shell code, is refused", () => {
  const refused = (command: string, message: RegExp) =>
    assert.throws(() => createCommandEngine({ command, probe }), {
      code: "INVALID_OPTION",
      message,
    });
  refused("sync {face} {audio}", /^the lip-sync command lacks \{out\}, the path of the MP4/);
  refused("sync {audio} {out}", /lacks \{face\}/);
  refused("{face} {audio} {out}", /placeholder in the program's name/);
  refused("sh -c 'sync {face} {audio} {out}'", /would run a path as shell code/);
});
