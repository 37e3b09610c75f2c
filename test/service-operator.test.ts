import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { idOf, jobEnd, post } from "./support/job-client.ts";
import { startVocative, vocativeInside } from "./support/run-vocative.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { type Server, startServer } from "./support/start-server.ts";

const campaign = createSmallCampaign();
let server: Server;
before(async () => {
  server = await startServer({ folder: campaign.folder, env: { VOCATIVE_WORKERS: "0" } });
});
after(async () => {
  await server.stop();
  campaign.remove();
});

const env = () => ({
  VIDX_DATA_DIR: server.dataDir,
  VOCATIVE_LOG_DIR: campaign.path("logs"),
});

async function jobs(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await vocativeInside(["jobs", ...args], { env: env() });
  assert.equal(code, 0, stderr);
  return stdout;
}

async function queued(): Promise<string> {
  const answer = await post(`${server.url}/jobs`, {
    base_video: { file: campaign.base },
    recipients: { file: campaign.sheet("operator.csv", ["Amit", "Neha"]) },
    insert_mode: "gold",
    lang: "en",
  });
  return idOf(answer);
}

test("without workers of its own a server leaves the work to `vocative worker`", async () => {
  const id = await queued();
  assert.match(await jobs("list"), new RegExp(`${id} +queued`, "u"));
  const worker = startVocative(["worker"], { env: env(), cwd: campaign.folder });
  const job = await jobEnd(server.url, id);
  assert.equal(job["status"], "done");
  worker.kill("SIGTERM");
  assert.equal((await worker.ended).code, 0);
  assert.match(await jobs("show", id), /state +done[\s\S]*2 of 2 done, 0 failed, 0 skipped/u);
});

test("an operator cancels, retries and purges jobs on the machine itself", async () => {
  const id = await queued();
  assert.equal(await jobs("cancel", id), `${id} is cancelled\n`);
  assert.match(await jobs("list", "--state", "cancelled"), new RegExp(id, "u"));
  assert.match(await jobs("retry", id), /is queued again/u);
  const shown: unknown = JSON.parse(await jobs("show", id, "--json"));
  assert.equal((shown as { state: string }).state, "queued"); // as `jobs show --json` prints it
  assert.ok(existsSync(path.join(server.dataDir, id)));
  assert.equal(await jobs("purge", id), `${id} is removed\n`);
  assert.ok(!existsSync(path.join(server.dataDir, id)));
});

test("what an operator asks wrongly is said in one line", async () => {
  for (const [args, message] of [
    [["show", "nobody"], /^Error: job not found\n$/u],
    [["list", "--state", "gone"], /^Error: --state "gone" is none of queued, /u],
    [["list", "--limit", "0"], /^Error: --limit "0" is no whole number/u],
  ] as const) {
    const { code, stderr } = await vocativeInside(["jobs", ...args], { env: env() });
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});
