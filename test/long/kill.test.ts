import assert from "node:assert/strict";
import { realpathSync, rmSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { seededRandom } from "../../src/signal/seeded-random.ts";
import { contentsOf, mediaIn, partsIn } from "../support/folder-state.ts";
import { canSeeProcesses, eventually, processesIn } from "../support/process-tree.ts";
import { decodedFrameCount, decodeSound } from "../support/read-media.ts";
import { readReport } from "../support/read-report.ts";
import { type Running, startVocative } from "../support/run-vocative.ts";
import { createSmallCampaign } from "../support/small-campaign.ts";

const campaign = createSmallCampaign();
after(() => campaign.remove());

const RECIPIENTS = 300;
const names = Array.from({ length: RECIPIENTS }, (_, i) => `Guest ${i + 1}`);
const sheet = campaign.sheet("guests.csv", names);
const random = seededRandom(20);
const upTo = (most: number) => random() * most;

const start = (outdir: string, keep: string): Running =>
  startVocative(
    [
      ...["campaign", "--video", campaign.base, "--recipients", sheet, "--outdir", outdir],
      ...["--lang", "en", "--insert-mode", "gold", "--keep", keep],
    ],
    campaign.surroundings,
  );

async function complete(outdir: string, keep: string): Promise<void> {
  const { code, stdout, stderr } = await start(outdir, keep).ended;
  assert.equal(code, 0, stderr + stdout);
}

type Moment = { title: string; reached: (running: Running, missing: number) => Promise<unknown> };

/** Where a run is when it is killed. The delays are a part of what is tried, so they are real. */
const BEGINNING: Moment = { title: "start and analysis", reached: () => setTimeout(upTo(900)) };
const COMPILATION: Moment = {
  title: "compilation",
  reached: async (running) => {
    await running.said("Compiling");
    await setTimeout(upTo(120));
  },
};
const PUBLISHING: Moment = {
  title: "rendering and publishing",
  reached: async (running, missing) => {
    await running.printed(Math.ceil(upTo(Math.min(missing, 30))));
    await setTimeout(upTo(40));
  },
};
const END: Moment = {
  title: "report and end",
  reached: async (running, missing) => {
    await running.printed(missing);
    await setTimeout(upTo(30));
  },
};
/** Compilation comes first, as later runs take up the template. */
const FIRST_KILLS: Moment[] = [
  ...Array.from({ length: 5 }, () => COMPILATION),
  ...Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? PUBLISHING : BEGINNING)),
];
const LAST_KILLS = 5;

async function killAt(moment: Moment, outdir: string, keep: string): Promise<void> {
  const suffix = keep === "files" ? ".mp4" : ".mp4.rendition";
  const isThere = new Set(mediaIn(outdir, suffix));
  const missing = names.filter((name) => !isThere.has(`${name.replace(" ", "_")}${suffix}`)).length;
  const running = start(outdir, keep);
  await moment.reached(running, missing);
  running.kill("SIGKILL");
  await running.ended;
  const folder = realpathSync(campaign.folder);
  await eventually("the end of all children", () => processesIn(folder).length === 0, 5000);
}

for (const keep of ["files", "renditions"]) {
  const skip = !canSeeProcesses && "other processes are seen on Linux only";
  test(`20 kills of a run that keeps ${keep} lose nothing and leave nothing half-made`, {
    skip,
  }, async (t) => {
    const outdir = campaign.path(`killed ${keep}`);
    const suffix = keep === "files" ? ".mp4" : ".mp4.rendition";
    for (const moment of FIRST_KILLS) {
      await killAt(moment, outdir, keep);
      const made = mediaIn(outdir, suffix).length;
      t.diagnostic(`killed in ${moment.title} with ${made} of ${RECIPIENTS} there`);
    }
    await complete(outdir, keep);
    for (let kill = 0; kill < LAST_KILLS; kill++) {
      for (const third of [0, 1, 2]) {
        const name = `Guest_${third * (RECIPIENTS / 3) + Math.ceil(upTo(RECIPIENTS / 3))}`;
        rmSync(path.join(outdir, `${name}${suffix}`), { force: true });
      }
      await killAt(END, outdir, keep);
    }
    await complete(outdir, keep);

    let whole = outdir;
    if (keep === "renditions") {
      whole = campaign.path("exported");
      const args = ["export", outdir, "--outdir", whole];
      assert.equal((await startVocative(args, campaign.surroundings).ended).code, 0);
    }
    assert.deepEqual(
      readReport(outdir).map(({ name, state }) => [name, state]),
      names.map((name) => [name, "done"]),
    );
    assert.deepEqual(partsIn(outdir), []);

    // The names were cached by the killed runs, so an undisturbed one has the same ones to work with.
    const undisturbed = campaign.path(`undisturbed ${keep}`);
    await complete(undisturbed, "files");
    const expected = contentsOf(undisturbed);
    assert.equal(expected.size, RECIPIENTS);
    assert.deepEqual(contentsOf(whole), expected);
    for (const file of mediaIn(whole)) {
      assert.ok(decodedFrameCount(path.join(whole, file)) > 60, file);
      assert.ok(decodeSound(path.join(whole, file)).samples.length > 2 * 48_000, file);
    }
  });
}
