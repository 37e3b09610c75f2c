import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import { mediaIn } from "../support/folder-state.ts";
import { madeUpNames } from "../support/made-up-names.ts";
import { canSeeProcesses, descendantsOf, readProcess } from "../support/process-tree.ts";
import { startVocative } from "../support/run-vocative.ts";
import { createSmallCampaign } from "../support/small-campaign.ts";

const campaign = createSmallCampaign();
after(() => campaign.remove());

const SAMPLE_MS = 50;
const MOST = 1.25;

/** Runs a campaign; the most resident memory that its processes had together, bytes. */
async function peakOf(recipients: number): Promise<number> {
  const outdir = campaign.path(`out-${recipients}`);
  const sheet = campaign.sheet(`${recipients}.csv`, madeUpNames(recipients));
  const running = startVocative(
    [
      ...["campaign", "--video", campaign.base, "--recipients", sheet, "--outdir", outdir],
      ...["--lang", "en", "--insert-mode", "gold", "--jobs", "2"],
    ],
    // Its own cache: that names are spoken is a part of the work.
    { ...campaign.surroundings, env: { VIDX_DATA_DIR: campaign.path(`data-${recipients}`) } },
  );
  let peak = 0;
  const timer = setInterval(() => {
    const processes = [readProcess(running.pid) ?? [], descendantsOf(running.pid)].flat();
    peak = Math.max(
      peak,
      processes.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }, SAMPLE_MS);
  const { code, stderr } = await running.ended;
  clearInterval(timer);
  assert.equal(code, 0, stderr);
  assert.equal(mediaIn(outdir).length, recipients);
  rmSync(outdir, { recursive: true });
  return peak;
}

const skip = !canSeeProcesses && "other processes are seen on Linux only";
test("2,000 and 10,000 recipients take no more memory than 100", { skip }, async (t) => {
  const few = await peakOf(100);
  for (const recipients of [2000, 10_000]) {
    const many = await peakOf(recipients);
    const peaks = [few, many].map((bytes) => `${Math.round(bytes / 2 ** 20)} MB`).join(" and ");
    t.diagnostic(`peak with 100 and with ${recipients} recipients: ${peaks}`);
    assert.ok(many <= MOST * few, peaks);
  }
});
