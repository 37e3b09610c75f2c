import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { ask, idOf, type JobFields, jobEnd, post } from "../support/job-client.ts";
import { createLipSyncScript, type LipSyncScript } from "../support/lip-sync-script.ts";
import { type Running, startVocative } from "../support/run-vocative.ts";
import { type Server, startServer } from "../support/start-server.ts";
import { makeTalkingBase } from "../support/talking-base.ts";

/** Lip-sync by an operator's program over HTTP, and which worker does it. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-service-engines-"));
const inside = (...parts: string[]) => path.join(folder, ...parts);
const base = { file: inside("base.mp4") };
before(async () => {
  const parts = [0.4, "Rahul", 0.45, "welcome to our school", 0.4];
  await makeTalkingBase({ ...base, parts, height: 256 });
});
after(() => rmSync(folder, { recursive: true, maxRetries: 3 }));

let sheets = 0;
function sheet(...names: string[]) {
  const file = inside(`sheet-${++sheets}.csv`);
  writeFileSync(file, `${["name", ...names].join("\n")}\n`);
  return { file };
}

const DIAMOND = { insert_mode: "diamond", tts_provider: "espeak", lang: "en" };
const COMMAND = { ...DIAMOND, lip_sync_provider: "command" };
const create = ({ url }: Server, fields: JobFields, names = ["Al"]) =>
  post(`${url}/jobs`, { base_video: base, recipients: sheet(...names), ...fields });
const stateOf = async ({ url }: Server, id: string) => {
  const { body } = await ask(`${url}/jobs/${id}`);
  return { status: body["status"], done: (body["progress"] as { done: number }).done };
};
type Recipients = { name: string; status: string; warnings: string[] }[];

describe("a server whose operator has set up a lip-sync command", () => {
  let server: Server;
  let script: LipSyncScript;
  before(async () => {
    script = createLipSyncScript(inside("script"), "paint", "no face", "paint");
    const env = { VOCATIVE_LIPSYNC_COMMAND: script.command };
    server = await startServer({ folder: inside("server"), env });
  });
  after(() => server.stop());

  test("makes the mouths of a job by it, and tells which row stays without", async () => {
    const id = idOf(await create(server, COMMAND, ["Al", "Bo", "Cy"]));
    const job = await jobEnd(server.url, id);
    assert.equal(job["status"], "done", JSON.stringify(job));
    assert.equal(script.calls().length, 3);
    const { body } = await ask(`${server.url}/jobs/${id}/recipients`);
    const rows = body["recipients"] as Recipients;
    assert.deepEqual(
      rows.map(({ status }) => status),
      ["done", "done", "done"],
    );
    const warned = rows.flatMap(({ warnings }) => warnings);
    assert.equal(warned.length, 1);
    assert.match(warned[0] ?? "", /without lip-sync: the lip-sync command finds no face/u);
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith("vocative-lip-sync-"));
    for (const { folder } of script.calls()) {
      assert.ok(!left.includes(path.basename(folder)), folder);
    }
  });

  test("runs no program that a client names", async () => {
    const called = script.calls().length;
    const refused = await create(server, {
      ...{ ...COMMAND, lip_sync_provider: "wav2lip" },
      ...{ wav2lip_repo: folder, wav2lip_checkpoint: base.file },
    });
    assert.deepEqual([refused.status, refused.body["error"]], [400, "OPERATOR_ONLY_OPTION"]);
    const python = await create(server, { ...COMMAND, wav2lip_python: base.file });
    assert.deepEqual([python.status, python.body["error"]], [400, "OPERATOR_ONLY_OPTION"]);
    const own = await create(server, { ...COMMAND, lip_sync_cmd: "touch {face} {audio} {out}" });
    // It is no field: as any other that is unknown it is left out.
    assert.equal((await jobEnd(server.url, idOf(own)))["status"], "done");
    assert.equal(script.calls().length, called + 1, "the operator's program, not the client's");
  });

  test("names what is missing for an engine that is not set up", async () => {
    const { status, body } = await create(server, { ...DIAMOND, lip_sync_provider: "musetalk" });
    assert.deepEqual([status, body["error"]], [422, "OPTION_UNAVAILABLE"]);
    assert.match(JSON.stringify(body), /VOCATIVE_MUSETALK_REPO, or choose another one/u);
  });
});

test("work for a graphics processor is left to a worker that has one", async () => {
  const script = createLipSyncScript(inside("gpu-script"), "paint");
  const env = { VOCATIVE_LIPSYNC_COMMAND: script.command, VOCATIVE_WORKERS: "0" };
  const server = await startServer({ folder: inside("gpu-server"), env });
  const workers: Running[] = [];
  const startWorker = (capability: string) => {
    const worker = startVocative(["worker", "--capability", capability], {
      env: {
        ...env,
        VIDX_DATA_DIR: server.dataDir,
        VOCATIVE_LOG_DIR: inside(`logs-${capability}`),
      },
      cwd: folder,
    });
    workers.push(worker);
    return worker;
  };
  try {
    const onGpu = idOf(await create(server, COMMAND));
    startWorker("cpu");
    const other = idOf(await create(server, { ...DIAMOND, lip_sync_provider: "mouth" }));
    assert.equal((await jobEnd(server.url, other))["status"], "done");
    // What was asked for later is done; the first has been prepared before it, and waits.
    const waiting = await stateOf(server, onGpu);
    assert.deepEqual([waiting, script.calls()], [{ status: "running", done: 0 }, []]);
    startWorker("gpu");
    const job = await jobEnd(server.url, onGpu);
    assert.equal(job["status"], "done", JSON.stringify(job));
    assert.equal(script.calls().length, 1);
  } finally {
    for (const worker of workers) worker.kill("SIGTERM");
    await Promise.all(workers.map(({ ended }) => ended));
    await server.stop();
  }
});
