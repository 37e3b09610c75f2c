import assert from "node:assert/strict";
import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { contentsOf, everythingIn, mediaIn, partsIn } from "../support/folder-state.ts";
import {
  canSeeProcesses,
  descendantsOf,
  eventually,
  processesIn,
} from "../support/process-tree.ts";
import { readReport } from "../support/read-report.ts";
import { type Ended, type Running, startVocative, vocative } from "../support/run-vocative.ts";
import { createSmallCampaign } from "../support/small-campaign.ts";

const campaign = createSmallCampaign();
after(() => campaign.remove());
const guests = (count: number) => Array.from({ length: count }, (_, i) => `Guest ${i + 1}`);
const GUESTS = guests(60);
const sheet = campaign.sheet("guests.csv", GUESTS);
const skip = !canSeeProcesses && "other processes are seen on Linux only";

/** Its conversion takes longer than children may live on. */
const longBase = campaign.media("long.mp4", {
  video: { codec: "mpeg4", width: 1280, height: 720 },
  sound: [
    { kind: "speech", seconds: 0.5 },
    { kind: "silence", seconds: 0.5 },
    { kind: "speech", seconds: 20 },
  ],
});

let outdirs = 0;
const newOutdir = () => campaign.path(`out-${++outdirs}`);

type Request = { outdir: string; recipients?: string; flags?: string[]; env?: object };

function argumentsOf({ outdir, recipients = sheet, flags = [] }: Request): string[] {
  const inputs = ["--video", campaign.base, "--recipients", recipients, "--outdir", outdir];
  return ["campaign", ...inputs, "--lang", "en", "--insert-mode", "gold", ...flags];
}

function start(request: Request): Running {
  const { env, ...surroundings } = campaign.surroundings;
  const own = { ...surroundings, env: { ...env, ...request.env } };
  return startVocative(argumentsOf(request), own);
}

/** What every file has to be, whatever happens to the run that makes it. */
let undisturbed = new Map<string, string>();
before(async () => {
  const outdir = newOutdir();
  assertDone(await start({ outdir }).ended);
  undisturbed = contentsOf(outdir);
  assert.equal(undisturbed.size, GUESTS.length);
});

function assertDone({ code, stdout, stderr }: Ended): void {
  assert.equal(code, 0, stderr + stdout);
  assert.doesNotMatch(stdout, /Failed/);
}

/** All outputs there, as an undisturbed run makes them, in the report too, and nothing half-written. */
function assertComplete(outdir: string): void {
  assert.deepEqual(contentsOf(outdir), undisturbed);
  assert.deepEqual(
    readReport(outdir).map(({ name, state }) => [name, state]),
    GUESTS.map((name) => [name, "done"]),
  );
  assert.deepEqual(partsIn(outdir), []);
}

const killAll = (pids: number[]) => {
  for (const pid of pids) process.kill(pid, "SIGKILL");
};

/** Living children of a run that work as that module. */
const workersOf = (running: Running, module: string) =>
  descendantsOf(running.pid).filter(({ command }) => command.includes(module));

/**
 * Kills the workers of a kind `times` times. Between two kills all recipients end that were begun
 * before the first of them: a task that ends two workers is given up, and rightly so.
 * @param jobs With twice as many recipients under way.
 * @returns how many processes were killed.
 */
async function killAgainAndAgain(
  running: Running,
  { outdir, jobs, module, times }: { outdir: string; jobs: number; module: string; times: number },
): Promise<number> {
  let ended = false;
  void running.ended.then(() => {
    ended = true;
  });
  let killed = 0;
  let first = 1;
  for (let kill = 0; kill < times; kill++) {
    const begun = GUESTS.slice(0, first).map((name) => `${name.replace(" ", "_")}.mp4`);
    await eventually(
      `outputs 1 to ${first}`,
      () => ended || begun.every((file) => existsSync(path.join(outdir, file))),
    );
    const workers = workersOf(running, module);
    killAll(workers.map(({ pid }) => pid));
    killed += workers.length;
    // Recipients are begun in the order of the sheet.
    first = mediaIn(outdir).length + 2 * jobs;
  }
  return killed;
}

describe("a media worker that is killed", { skip }, () => {
  for (const jobs of [1, 2]) {
    test(`with ${jobs} of them, again and again, costs no recipient`, async () => {
      const outdir = newOutdir();
      const running = start({ outdir, flags: ["--jobs", String(jobs)] });
      const kills = { outdir, jobs, module: "media-worker.ts", times: 4 };
      const killed = await killAgainAndAgain(running, kills);
      assertDone(await running.ended);
      assert.ok(killed >= 4 * jobs - 1, `${killed} kills`);
      assertComplete(outdir);
    });
  }

  test("while it compiles the base costs nothing either", async () => {
    const outdir = newOutdir();
    const running = start({ outdir, flags: ["--json"] });
    await running.printed(2); // planned, compiling
    killAll(workersOf(running, "media-worker.ts").map(({ pid }) => pid));
    assertDone(await running.ended);
    assertComplete(outdir);
  });
});

test("a speech worker that is killed again and again costs no recipient", { skip }, async () => {
  const outdir = newOutdir();
  const env = { VIDX_DATA_DIR: campaign.path("cold cache") };
  const running = start({ outdir, flags: ["--jobs", "2"], env });
  const kills = { outdir, jobs: 2, module: "espeak-worker.ts", times: 5 };
  const killed = await killAgainAndAgain(running, kills);
  assertDone(await running.ended);
  assert.ok(killed >= 3, `${killed} kills`);
  assert.deepEqual(mediaIn(outdir), [...undisturbed.keys()]);
});

describe("when the command itself is killed", { skip }, () => {
  const MOMENTS: {
    title: string;
    flags: string[];
    reached: (running: Running) => Promise<void>;
  }[] = [
    {
      title: "while its first child starts",
      flags: [],
      reached: async (running) => {
        await eventually("a child", () => descendantsOf(running.pid).length > 0);
      },
    },
    {
      title: "while a child converts the base",
      flags: ["--json", "--video", longBase],
      reached: (running) => running.printed(2), // planned, compiling
    },
    {
      title: "while outputs are made",
      flags: ["--jobs", "2"],
      reached: async (running) => {
        await running.printed(3);
        assert.ok(descendantsOf(running.pid).length >= 3, "two media workers and a voice");
      },
    },
  ];
  for (const { title, flags, reached } of MOMENTS) {
    test(`${title}, no child survives it, and the same command completes`, async () => {
      const cwd = campaign.path(title);
      mkdirSync(cwd);
      const outdir = newOutdir();
      const request = { outdir, flags, env: { VIDX_DATA_DIR: path.join(cwd, "cold cache") } };
      const running = startVocative(argumentsOf(request), {
        ...campaign.surroundings,
        env: request.env,
        cwd,
      });
      await reached(running);
      running.kill("SIGKILL");
      assert.equal((await running.ended).signal, "SIGKILL");
      const folder = realpathSync(cwd);
      await eventually("the end of all children", () => processesIn(folder).length === 0, 1500);

      assertDone(await start({ outdir }).ended);
      const names = [...undisturbed.keys()];
      assert.deepEqual(mediaIn(outdir), names);
      assert.deepEqual(partsIn(outdir), []);
    });
  }
});

test("what a killed conversion left is gone after the next one", { skip }, async () => {
  const folder = campaign.path("converted");
  mkdirSync(folder);
  const out = path.join(folder, "web.mp4");
  const convert = (video: string) =>
    startVocative(["convert", "--video", video, "--out", out], campaign.surroundings);
  const running = convert(longBase);
  await eventually("a file under work", () => everythingIn(folder).length > 0);
  running.kill("SIGKILL");
  await running.ended;
  assert.equal(everythingIn(folder).length, 1);
  assertDone(await convert(campaign.base).ended);
  assert.deepEqual(everythingIn(folder), ["web.mp4"]);
});

describe("at the same time in one folder", () => {
  for (const keep of ["files", "renditions"]) {
    test(`two equal commands that keep ${keep} both end well`, async () => {
      const outdir = newOutdir();
      const flags = ["--keep", keep, "--jobs", "1"];
      const both = [start({ outdir, flags }), start({ outdir, flags })];
      for (const running of both) assertDone(await running.ended);
      let whole = outdir;
      if (keep === "renditions") {
        whole = newOutdir();
        const args = ["export", outdir, "--outdir", whole];
        assertDone(await vocative(args, campaign.surroundings));
      }
      assert.deepEqual(contentsOf(whole), undisturbed);
      assert.equal(readReport(outdir).length, GUESTS.length);
      assert.deepEqual(partsIn(outdir), []);
    });
  }

  const noShell = process.platform === "win32" && "it needs a shell script";
  test("a command that ends takes nothing from one that still runs", {
    skip: noShell,
  }, async () => {
    const outdir = newOutdir();
    const gate = campaign.path("gate");
    const recording = campaign.recording();
    const script = campaign.path("say.sh");
    const wait = `while [ ! -e '${gate}' ]; do sleep 0.02; done`;
    writeFileSync(script, `if [ "$2" = Last ]; then ${wait}; fi; cp '${recording}' "$1"`);
    const longer = start({
      outdir,
      recipients: campaign.sheet("longer.csv", ["Amit", "Last", "Uma"]),
      flags: ["--tts-provider", "command", "--tts-cmd", `sh '${script}' {out} {text}`],
    });
    await longer.printed(2);
    const shorter = { outdir, recipients: campaign.sheet("shorter.csv", ["Priya"]) };
    assertDone(await start(shorter).ended);
    assert.deepEqual(mediaIn(outdir), ["Amit.mp4", "Priya.mp4", "Uma.mp4"]);
    writeFileSync(gate, "");
    assertDone(await longer.ended);
    assert.deepEqual(mediaIn(outdir), ["Amit.mp4", "Last.mp4", "Priya.mp4", "Uma.mp4"]);
    // The last to leave tidies up.
    assert.deepEqual(everythingIn(path.join(outdir, ".vocative")), ["journal.jsonl", "templates"]);
  });
});
