import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import type { Face } from "../src/domain/face.ts";
import { CHIN, NOSE_TIP, SIDE_LEFT, SIDE_RIGHT } from "../src/face/landmarks/landmark-groups.ts";
import { eyesDistance, pointOf } from "../src/face/landmarks/landmark-points.ts";
import { readStudy } from "../src/face/lip-sync/study-file.ts";
import { createLipSyncScript, type LipSyncBehaviour } from "./support/lip-sync-script.ts";
import { type LipSyncedCampaign, lipSyncedCampaign } from "./support/lip-synced.ts";
import { PAINTED_LUMA, paintVideo } from "./support/paint-video.ts";
import { canSeeProcesses, eventually, isAlive, readProcess } from "./support/process-tree.ts";
import { decodedFrames, type ReadFrame, videoPacketHashes } from "./support/read-media.ts";
import { vocativeInside } from "./support/run-vocative.ts";
import { startStandIn } from "./support/speech-servers/stand-in.ts";
import { makeTalkingBase, type TalkingBase } from "./support/talking-base.ts";

/** Engines on files, from a campaign down to the pictures of its videos and back from them. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-engines-"));
const inside = (...parts: string[]) => path.join(folder, ...parts);
/** In place of the system's own, so that what is left there is seen. */
const temporary = inside("temporary");
mkdirSync(temporary);
process.env["TMPDIR"] = temporary;
let base: TalkingBase;
before(async () => {
  base = await makeTalkingBase({
    file: inside("base.mp4"),
    parts: [0.4, "Rahul", 0.45, "welcome to our school", 0.4],
    height: 256,
  });
});
afterEach(() => assert.deepEqual(leftOver(), [], "something is left in the temporary folder"));
after(() => rmSync(folder, { recursive: true }));

const leftOver = () => readdirSync(temporary).filter((name) => !name.startsWith("node-compile"));
let scripts = 0;
const script = (...plan: [LipSyncBehaviour, ...LipSyncBehaviour[]]) =>
  createLipSyncScript(inside(`script-${++scripts}`), ...plan);
const sheetOf = (...names: string[]) => `${["name", ...names].join("\n")}\n`;

/** A campaign of these names whose mouths a command moves. */
const commanded = (
  command: string,
  names: string[],
  more: Partial<Parameters<typeof lipSyncedCampaign>[0]> = {},
) =>
  lipSyncedCampaign({
    ...{ folder, base: base.file, sheet: sheetOf(...names) },
    options: { lipSyncProvider: "command", lipSyncCmd: command },
    ...more,
  });

function outputOf({ outputs }: LipSyncedCampaign, name: string) {
  const output = outputs.get(name);
  assert.ok(output, `${name} was made`);
  return output;
}

/** The pictures of an output's slot, and those that the template has there. */
function slotPictures(made: LipSyncedCampaign, name: string) {
  const { file, request } = outputOf(made, name);
  const [stretch] = made.template.stretches;
  const count = request.edits[0]?.pictures?.length ?? 0;
  assert.ok(stretch && count > 0 && count <= stretch.frames, `${count} pictures`);
  const from = (path: string): ReadFrame[] =>
    [...decodedFrames(path)].filter(({ time }) => time >= stretch.start - 1e-6).slice(0, count);
  return { made: from(file), recorded: from(made.template.file), stretch, count };
}

async function facesOf({ template }: LipSyncedCampaign): Promise<Face[]> {
  const file = path.join(template.folder, `${template.stretches[0]?.file}.face.json`);
  const study = await readStudy(file);
  assert.ok(study?.kind === "usable", "the faces are kept with the template");
  return study.faces;
}

/** How much of the painted shade a picture has at a point, 0..1. */
function shareAt(made: ReadFrame, recorded: ReadFrame, { x, y }: { x: number; y: number }): number {
  const at = Math.round(y) * made.width + Math.round(x);
  const [now, before] = [made.luma[at] ?? 0, recorded.luma[at] ?? 0];
  return (before - now) / (before - PAINTED_LUMA);
}

describe("a command that paints everything over", () => {
  let made: LipSyncedCampaign;
  const painting = script("paint");
  before(async () => {
    made = await commanded(painting.command, ["Al", "Bo", "Cy"]);
  });

  test("gets the pictures of the slot and what is heard, in a folder of its own for each row", () => {
    const calls = painting.calls();
    assert.equal(calls.length, 3);
    assert.equal(new Set(calls.map((call) => call.folder)).size, 3);
    const counts = ["Al", "Bo", "Cy"].map((name) => slotPictures(made, name).count);
    assert.deepEqual(calls.map(({ video }) => video?.pictures).toSorted(), counts.toSorted());
    for (const { folder, entries, video, sound, devices } of calls) {
      assert.equal(path.dirname(folder), temporary);
      assert.deepEqual([video?.width, video?.height, video?.fps], [256, 256, base.fps]);
      assert.deepEqual([sound.channels, sound.sampleRate], [1, 16_000]);
      const off = sound.seconds - (video?.pictures ?? 0) / base.fps;
      assert.ok(Math.abs(off) < 0.001, `the sound is ${off} s longer than the pictures`);
      assert.equal(devices, "0");
      assert.ok(entries.includes("face.mp4") && entries.includes("sound.wav"), `${entries}`);
    }
  });

  test("changes the mouth and nothing else, with a soft edge, and is gone at both ends", async (t) => {
    assert.deepEqual(
      made.records.map(({ state, warnings }) => [state, warnings]),
      Array(3).fill(["done", []]),
    );
    const faces = await facesOf(made);
    const { made: pictures, recorded, count } = slotPictures(made, "Al");
    const shares: number[] = [];
    let [worst, mean, step] = [0, 0, 0];
    for (const [index, picture] of pictures.entries()) {
      const [before, face] = [recorded[index], faces[index]];
      assert.ok(before && face);
      const { landmarks } = face;
      const at = (landmark: number) => pointOf(landmarks, landmark);
      const unit = eyesDistance(landmarks);
      // Between the lower lip and the chin: skin, whatever the mouth does.
      const skin = { x: (at(17).x + at(CHIN).x) / 2, y: (at(17).y + at(CHIN).y) / 2 };
      shares.push(shareAt(picture, before, skin));

      const [left, right] = [Math.round(at(SIDE_LEFT).x), Math.round(at(SIDE_RIGHT).x)];
      const [top, bottom] = [at(NOSE_TIP).y - 0.2 * unit, at(CHIN).y + 0.35 * unit];
      let [sum, pixels] = [0, 0];
      for (let y = 0, i = 0; y < picture.height; y++) {
        for (let x = 0; x < picture.width; x++, i++) {
          if (x >= left && x <= right && y >= top && y <= bottom) continue;
          const off = Math.abs((picture.luma[i] ?? 0) - (before.luma[i] ?? 0));
          worst = Math.max(worst, off);
          sum += off;
          pixels++;
        }
      }
      mean = Math.max(mean, sum / pixels);
      if (index < 4 || index > count - 5) continue;
      // From the middle of the mouth outwards, where the shade fades away.
      for (let x = left + 1; x < right; x++) {
        const share = (column: number) => shareAt(picture, before, { x: column, y: skin.y });
        const [a, b] = [share(x - 1), share(x)];
        if (Number.isFinite(a) && Number.isFinite(b)) step = Math.max(step, Math.abs(a - b));
      }
    }
    t.diagnostic(
      `shares ${shares.map((share) => share.toFixed(2))}; outside ${worst} levels at most, ${mean.toFixed(3)} on average; step ${step.toFixed(3)}`,
    );
    for (const [index, share] of shares.entries()) {
      const meant = Math.min(1, (index + 1) / 4, (count - index) / 4);
      assert.ok(Math.abs(share - meant) < 0.06, `picture ${index} has ${share}, not ${meant}`);
    }
    // Both were encoded; the paint itself is farther from skin, hair and ground than that.
    assert.ok(mean < 0.8 && worst < 28, `outside ${worst} levels at most, ${mean} on average`);
    assert.ok(step < 0.2, `the edge is soft: ${step} from one pixel to the next`);
  });

  test("leaves all pictures before and behind the slot as they are, to the byte", () => {
    const own = new Set(videoPacketHashes(made.template.file));
    for (const name of ["Al", "Bo", "Cy"]) {
      const others = videoPacketHashes(outputOf(made, name).file).filter((hash) => !own.has(hash));
      assert.equal(others.length, slotPictures(made, name).count);
    }
  });

  test("costs one look for faces: later campaigns of the template take what was found", async () => {
    const outdir = inside("looked-once");
    mkdirSync(outdir);
    const options = { lipSyncProvider: "mouth" as const };
    const first = await commanded("", ["Al"], { outdir, options });
    const study = path.join(
      first.template.folder,
      `${first.template.stretches[0]?.file}.face.json`,
    );
    const found = statSync(study);
    await commanded(painting.command, ["Bo", "Cy"], { outdir });
    const later = statSync(study);
    assert.deepEqual([later.ino, later.mtimeMs], [found.ino, found.mtimeMs]);
  });
});

test("of a command that fails now and then the rows are named, and the others made", async () => {
  const moody = script("no face", "nothing", "short", "damaged", "paint");
  const names = ["Al", "Bo", "Cy", "Di", "Ed", "Flo"];
  const made = await commanded(moody.command, names);
  assert.equal(moody.calls().length, names.length);
  const failed = made.records.filter(({ state }) => state === "failed");
  assert.equal(failed.length, 3);
  const expected = [
    /^the lip-sync command ended without a result; run it by hand to see more$/u,
    /^the lip-sync command made [\d.]+ s of [\d.]+ s: its result was cut off, look for/u,
    /^the lip-sync command left a video that cannot be read: /u,
  ];
  for (const message of expected) {
    assert.ok(
      failed.some(({ reason }) => message.test(reason ?? "")),
      `${message} in ${failed.map(({ reason }) => reason)}`,
    );
  }
  for (const { reason } of failed) assert.ok(!reason?.includes(temporary), `${reason}`);

  const done = made.records.filter(({ state }) => state === "done");
  const without = done.filter(({ warnings }) => warnings.length > 0);
  assert.deepEqual([done.length, without.length], [3, 1]);
  const [faceless] = without;
  assert.match(
    faceless?.warnings.join() ?? "",
    /without lip-sync: the lip-sync command finds no face: give a recording in which/u,
  );
  assert.equal(made.warnings.length, 1);
  const { template } = made;
  const own = videoPacketHashes(template.file);
  const { file, request } = outputOf(made, faceless?.name ?? "");
  assert.equal(request.edits[0]?.pictures, undefined);
  assert.deepEqual(videoPacketHashes(file), own);
});

test("a command that hangs ends with the campaign, and so does what it started", {
  skip: !canSeeProcesses,
}, async () => {
  const hanging = script("hang");
  const leaving = new AbortController();
  const campaign = assert.rejects(
    commanded(hanging.command, ["Al", "Bo"], { signal: leaving.signal }),
    { code: "CANCELLED" },
  );
  const processes = await eventually("the command hangs", () => {
    const [call] = hanging.calls();
    return call ? call.pids.map(readProcess) : null;
  });
  assert.equal(processes.length, 2);
  assert.equal(leftOver().length > 0, true);
  leaving.abort();
  await campaign;
  for (const one of processes) assert.ok(one && !isAlive(one), `${one?.command} still runs`);
  assert.equal(hanging.calls().length, 1, "there is one device: the other row never began");
});

test("Wav2Lip by its own program is called as it wants to be, from flags of the command line", async () => {
  const wav2lip = script("paint");
  const repo = inside("Wav2Lip's");
  mkdirSync(path.join(repo, "temp"), { recursive: true });
  writeFileSync(path.join(repo, "inference.py"), "");
  writeFileSync(path.join(repo, "temp", "of another run"), "");
  const checkpoint = inside("weights of 2020.pth");
  writeFileSync(checkpoint, "weights");
  const recipients = inside("wav2lip.csv");
  writeFileSync(recipients, sheetOf("Al", "Bo"));
  const outdir = inside("wav2lip");
  const flags = [
    ...["--insert-mode", "diamond", "--lip-sync-provider", "wav2lip", "--lang", "en"],
    ...["--wav2lip-repo", repo, "--wav2lip-checkpoint", checkpoint],
    ...["--wav2lip-python", wav2lip.python, "--wav2lip-pads", "0 12 3 4"],
  ];
  const ended = await vocativeInside(
    ["campaign", "--video", base.file, "--recipients", recipients, "--outdir", outdir, ...flags],
    { env: { VIDX_DATA_DIR: inside("data") } },
  );
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stderr, /weights of Wav2Lip are for research only/u);
  const calls = wav2lip.calls();
  assert.equal(calls.length, 2);
  for (const { words, entries, sound, video } of calls) {
    assert.deepEqual(words, [
      ...["inference.py", "--checkpoint_path", checkpoint, "--face", "face.mp4"],
      ...["--audio", "sound.wav", "--outfile", "made.mp4", "--pads", "0", "12", "3", "4"],
    ]);
    assert.deepEqual(
      entries.filter((name) => name !== "made.mp4"),
      ["face.mp4", "inference.py", "sound.wav", "temp"],
    );
    assert.ok(sound.seconds > (video?.pictures ?? 0) / base.fps, "the last pictures are heard");
  }
  const videos = readdirSync(outdir).filter((name) => name.endsWith(".mp4"));
  assert.equal(videos.length, 2);
  assert.deepEqual(readdirSync(path.join(repo, "temp")), ["of another run"]);
});

test("sync.so makes the mouths of a campaign once its key is set, and a budget ends what it may cost", async () => {
  const movies = new Map<string, Buffer>();
  const server = await startStandIn(async ({ method, path: asked, headers, body }) => {
    if (method === "GET") return { body: movies.get(asked) ?? "none" };
    const form = await new Response(new Uint8Array(body), {
      headers: { "Content-Type": headers["content-type"] ?? "" },
    }).formData();
    const video = form.get("video") as File; // a field with a file
    const id = `made-${movies.size + 1}`;
    const work = mkdtempSync(inside("sync-"));
    const [from, to] = [path.join(work, "in.mp4"), path.join(work, "out.mp4")];
    await writeFile(from, Buffer.from(await video.arrayBuffer()));
    await paintVideo({ from, to });
    movies.set(`/${id}.mp4`, await readFile(to));
    const outputUrl = `${server.url}/${id}.mp4`;
    return { status: 201, body: JSON.stringify({ id, status: "COMPLETED", outputUrl }) };
  });
  try {
    const variables = {
      ...{ VOCATIVE_OFFLINE: "false", SYNC_API_KEY: "a-secret-key", VOCATIVE_SYNC_URL: server.url },
      VOCATIVE_SYNC_MAX_SECONDS: "2",
    };
    const options = { lipSyncProvider: "sync_api" as const, ttsProvider: "espeak" as const };
    const names = ["Al", "Bo", "Cy", "Di"];
    const made = await commanded("", names, { options, variables });
    const [done, failed] = ["done", "failed"].map((state) =>
      made.records.filter((record) => record.state === state),
    );
    assert.ok(done && failed && done.length > 0 && failed.length > 0);
    assert.equal(movies.size, done.length, "what would cost too much is not ordered");
    for (const { reason } of failed) {
      assert.match(reason ?? "", /^sync\.so was to make .*raise VOCATIVE_SYNC_MAX_SECONDS$/u);
    }
    assert.ok(server.received.some(({ headers }) => headers["x-api-key"] === "a-secret-key"));
    assert.ok(!JSON.stringify(made.records).includes("a-secret-key"));
    const name = done[0]?.name ?? "";
    const faces = await facesOf(made);
    const { made: pictures, recorded, count } = slotPictures(made, name);
    const middle = count >> 1;
    const [picture, before, face] = [pictures[middle], recorded[middle], faces[middle]];
    assert.ok(picture && before && face);
    const [lip, chin] = [pointOf(face.landmarks, 17), pointOf(face.landmarks, CHIN)];
    const share = shareAt(picture, before, { x: (lip.x + chin.x) / 2, y: (lip.y + chin.y) / 2 });
    assert.ok(Math.abs(share - 1) < 0.06, `${share}`);
  } finally {
    await server.close();
  }
});
