import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { campaignOptionsSchema } from "../src/campaign/campaign-options.ts";
import {
  changedBetween,
  contentsOf,
  everythingIn,
  identitiesOf,
  mediaIn,
  partsIn,
} from "./support/folder-state.ts";
import { canSeeProcesses, eventually, processesIn } from "./support/process-tree.ts";
import { describeMedia, streamDurations } from "./support/read-media.ts";
import { readReport } from "./support/read-report.ts";
import {
  type Ended,
  MAIN,
  startProgram,
  startVocative,
  vocative,
  vocativeInside,
} from "./support/run-vocative.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { unzip } from "./support/unzip.ts";

const campaign = createSmallCampaign();
const people = campaign.path("people.csv");
writeFileSync(people, "name,company\nAmit,A\n,B\nPriya,C\nไทย,D\nNeha,E\n");
after(() => campaign.remove());
const ROOT = fileURLToPath(new URL("..", import.meta.url));

let outdirs = 0;
const newOutdir = () => campaign.path(`out-${++outdirs}`);

/** `--jobs 1` because the machine's cores are shared with the other tests. */
const campaignArgs = (outdir: string, flags: string[] = [], recipients = people) => [
  ...["campaign", "--video", campaign.base, "--recipients", recipients, "--outdir", outdir],
  ...["--lang", "en", "--jobs", "1", ...flags],
];
const run = (outdir: string, flags?: string[], recipients?: string) =>
  vocativeInside(campaignArgs(outdir, flags, recipients), campaign.surroundings);

/** A run that has to succeed. */
async function runWell(outdir: string, flags: string[], recipients: string): Promise<Ended> {
  const ended = await run(outdir, flags, recipients);
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

const linesOf = (text: string) => text.trimEnd().split("\n");

describe("standard output", () => {
  const args = [
    ...["campaign", "--video", "base.mp4", "--recipients", "people.csv", "--lang", "en"],
    ...["--outdir", "out"],
  ];

  test("of a dry run says what would be made, and nothing is made", async () => {
    const before = everythingIn(campaign.folder);
    const ended = await vocative([...args, "--dry-run"], campaign.surroundings);
    assert.deepEqual(linesOf(ended.stdout), [
      "Skipped row 3: the name is empty",
      "[dry-run] Would create: out/Amit.mp3",
      "[dry-run] Would create: out/Priya.mp3",
      "[dry-run] Would create: out/ไทย.mp3",
      "[dry-run] Would create: out/Neha.mp3",
      "Done.",
    ]);
    assert.equal(ended.code, 0);
    assert.deepEqual(everythingIn(campaign.folder), before);
  });

  test("of a run tells of every row, a run again only of what was not made", async () => {
    const failed =
      'Failed for ไทย: no embedded voice speaks "ไทย": give a pronunciation in a script the voice can speak (column `pronunciation`)';
    const skipped = "Skipped row 3: the name is empty";
    const first = await vocative(args, campaign.surroundings);
    const created = ["Amit", "Priya", "Neha"].map((name) => `Created: out/${name}.mp3`);
    assert.deepEqual(
      linesOf(first.stdout).toSorted(),
      [...created, failed, skipped, "Done."].toSorted(),
    );
    assert.equal(linesOf(first.stdout).at(-1), "Done.");
    assert.equal(first.code, 1);
    // No control sequences for a bar where there is no terminal.
    assert.match(first.stderr, /^[\P{Cc}\n]*3 created, 0 kept, 1 skipped, 1 failed\.\n$/u);

    const second = await vocative(args, campaign.surroundings);
    assert.deepEqual(linesOf(second.stdout), [skipped, failed, "Done."]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /3 of 5 were made by an earlier run and are kept/);
  });

  test("with --json is one object a line, and nothing else", async () => {
    const ended = await run(newOutdir(), ["--json", "--phone-col", "mobile"]);
    assert.equal(ended.code, 1);
    const objects = linesOf(ended.stdout).map((line) => JSON.parse(line));
    assert.deepEqual(
      objects.filter(({ type }) => type !== "recipient").map(({ type }) => type),
      ["warning", "planned", "compiling", "compiled", "done"],
    );
    const records = objects.filter(({ type }) => type === "recipient").map(({ record }) => record);
    assert.deepEqual(
      records.toSorted((a, b) => a.row - b.row).map(({ row, name, state }) => [row, name, state]),
      [
        [2, "Amit", "done"],
        [3, "", "skipped"],
        [4, "Priya", "done"],
        [5, "ไทย", "failed"],
        [6, "Neha", "done"],
      ],
    );
    const { slots, ...summary } = objects.at(-1);
    assert.deepEqual(summary, { type: "done", rows: 5, done: 3, kept: 0, skipped: 1, failed: 1 });
    assert.equal(slots[0].foundBy, "silence");
    assert.equal(ended.stderr, "");
  });

  test("with --json holds nothing when the run is refused", async () => {
    const ended = await run(newOutdir(), ["--json", "--slot", "9-10"]);
    assert.deepEqual([ended.stdout, ended.code], ["", 1]);
    assert.match(ended.stderr, /^Error: the slot 9-10 s [^\n]+\n$/);
  });

  const hasScript = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;
  const skip = !hasScript && "there is no `script` of util-linux to make a terminal with";
  test("a bar shows the progress on a terminal, and only there", { skip }, async () => {
    const created = campaign.path("created.txt");
    const words = [process.execPath, MAIN, ...campaignArgs(newOutdir())];
    const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const command = `stty cols 60; ${quoted} > '${created}'`;
    const ended = await startProgram(
      "script",
      ["-qec", command, "/dev/null"],
      campaign.surroundings,
    ).ended;
    const bars = ended.stdout.match(/\[[=> ]{24}\] \d\/4\P{Cc}*/gu) ?? [];
    assert.match(bars.at(-1) ?? "", /^\[={24}\] 4\/4 {2}[\d.]+\/s {2}0 s left$/);
    assert.ok(bars.every((bar) => bar.length < 60));
    assert.ok(ended.stdout.includes("\u001b[2K3 created, 0 kept, 1 skipped, 1 failed."));
    assert.match(readFileSync(created, "utf8"), /^[\P{Cc}\n]*Done\.\n$/u);
  });
});

describe("flags", () => {
  /** Those of the published contract that silver and gold obey, with the defaults it gives. */
  const CONTRACT: [flag: string, value: string | null, byDefault: string | null][] = [
    ["--video", campaign.base, null],
    ["--recipients", people, null],
    ["--outdir", "out", "out"],
    ["--name-position", "start", "start"],
    ["--silence-db", "-30", "-30"],
    ["--silence-dur", "0.3", "0.3"],
    ["--text", "{name}", "{name}"],
    ["--lang", "en", "hi"],
    ["--dry-run", null, null],
    ["--insert-mode", "gold", "silver"],
    ["--tts-provider", "espeak", "espeak"],
    ["--tts-cmd", "say {text} {out}", null],
    ["--name-col", "name", "name"],
    ["--match-name-loudness", null, "true"],
    ["--name-loudness-max-gain-db", "8", "8"],
    ["--silver-replace-seconds", "0.45", null],
    ["--silver-gap-seconds", "0.12", "0.12"],
    ["--gold-max-name-seconds", "0.5", null],
    ["--gold-detect-silence-dur", "0.05", "0.05"],
    ["--gold-end-guard-seconds", "0.08", "0.08"],
    ["--name-cache-dir", campaign.path("names"), null],
    ["--batch-name-tts", null, "true"],
    ["--batch-split-silence-db", "-40", "-40"],
    ["--batch-split-silence-dur", "0.18", "0.18"],
    ["--batch-gap-hint", "ठहराव", "ठहराव"],
    ["--name-gap", "0.4", "0.4"],
    ["--elevenlabs-voice-id", "voice", null],
    ["--elevenlabs-model-id", "model", null],
    ["--elevenlabs-speed", "1.0", "1"],
    ["--elevenlabs-api-key", "key", null],
    ["--names-master-out", campaign.path("master.wav"), null],
    ["--voice-sample", campaign.recording(), null],
    ["--diamond-natural-name", null, "true"],
    ["--diamond-gap-seconds", "0.12", "0.12"],
    ["--platinum-placeholders", "NAME1,NAME2", "NAME1,NAME2"],
    ["--wav2lip-repo", "repo", null],
    ["--wav2lip-checkpoint", "checkpoint", null],
    ["--wav2lip-python", "python3", null],
    ["--wav2lip-pads", "0 10 0 0", "0 10 0 0"],
  ];
  /** Of the contract too, and without a meaning here. */
  const IGNORED: string[][] = [
    ["--phone-col", "phone"],
    ["--lip-sync-provider", "wav2lip"],
    ["--platinum-mode"],
    ["--platinum-min-silence-dur", "0.2"],
    ["--platinum-max-placeholder-seconds", "0.9"],
    ["--convert-mov"],
  ];

  test("of the contract are obeyed without a word", async () => {
    const given = CONTRACT.flatMap(([flag, value]) => (value === null ? [flag] : [flag, value]));
    const ended = await vocativeInside(["campaign", ...given], campaign.surroundings);
    assert.equal(ended.code, 0, ended.stderr);
    assert.doesNotMatch(ended.stderr, /Warning/);
    assert.match(ended.stdout, /Would create: out\/Amit\.mp4/);
    const negated = await run(newOutdir(), ["--no-match-name-loudness", "--dry-run"]);
    assert.equal(negated.code, 0, negated.stderr);
  });

  test("of the contract that cannot have an effect are said to have none, one line each", async () => {
    const ended = await run(newOutdir(), ["--dry-run", ...IGNORED.flat()]);
    assert.equal(ended.code, 0, ended.stderr);
    const warnings = linesOf(ended.stderr).filter((line) => line.startsWith("Warning: "));
    assert.deepEqual(
      warnings
        .map((line) => line.slice("Warning: ".length).split(/ (?:wav2lip )?has no effect: /u)[0])
        .toSorted(),
      IGNORED.map(([flag]) => flag).toSorted(),
    );
    const negated = ["--no-convert-mov"];
    const second = await run(newOutdir(), ["--dry-run", ...negated]);
    assert.equal(second.code, 0, second.stderr);
    const asIs = ["--lip-sync-provider", "none", "--elevenlabs-api-key", "", "--wav2lip-repo", ""];
    const third = await run(newOutdir(), ["--dry-run", ...asIs]);
    assert.doesNotMatch(third.stderr, /Warning/);
  });

  const help = async (...command: string[]) => {
    const ended = await vocativeInside([...command, "--help"], campaign.surroundings);
    assert.deepEqual([ended.code, ended.stderr], [0, ""]);
    return ended.stdout.replaceAll(/\s+/gu, " ");
  };

  test("stand in the help of campaign, each with its default", async () => {
    const text = await help("campaign");
    const names = Object.keys(campaignOptionsSchema.shape).map(
      (key) => `--${key.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`,
    );
    const flags = CONTRACT.map(([flag]) => flag);
    const own = ["--keep", "--jobs", "--lexicon", "--build-name-cache", "--json"];
    for (const flag of [...names, ...flags, ...own]) {
      assert.ok(text.includes(` ${flag} `), `${flag} is not in the help`);
    }
    const entries = text.split(/ (?=--[a-z])/);
    for (const [flag, , byDefault] of CONTRACT) {
      if (byDefault === null) continue;
      const expected = [`(default ${byDefault})`, `(default "${byDefault}")`];
      const found = entries.some(
        (entry) => entry.startsWith(`${flag} `) && expected.some((one) => entry.includes(one)),
      );
      assert.ok(found, `${flag} is not said to be ${byDefault} by default`);
    }
  });

  test("stand in the help of the other commands", async () => {
    assert.match(await help(), /campaign .*export .*convert .*cache/);
    assert.match(await help("export"), /<folder> .*--outdir <text> .*--zip <text>/);
    const convert = await help("convert");
    assert.match(convert, /--video .*--out .*default "converted\.mp4"/);
    assert.match(
      convert,
      /--crf .*default 20.*--preset .*default "medium".*--audio-bitrate .*"160k"/,
    );
    assert.match(await help("cache", "clear"), /--name-cache-dir .*--json/);
  });
});

describe("a run again", () => {
  const names = ["Amit", "Priya", "Neha", "Ravi", "Uma"];
  const sheet = campaign.sheet("five.csv", names);
  const outdir = newOutdir();
  const again = async (flags: string[] = [], recipients = sheet): Promise<string[]> => {
    const before = identitiesOf(outdir);
    await runWell(outdir, ["--insert-mode", "gold", ...flags], recipients);
    return changedBetween(before, identitiesOf(outdir));
  };
  const all = names.map((name) => `${name}.mp4`).toSorted();

  test("makes nothing that is there already, and only what is missing or not as it was", async () => {
    await runWell(outdir, ["--insert-mode", "gold"], sheet);
    const whole = contentsOf(outdir);
    assert.deepEqual([...whole.keys()], all);
    const report = readFileSync(path.join(outdir, "report.csv"));
    assert.deepEqual(await again(), []);
    assert.deepEqual(readFileSync(path.join(outdir, "report.csv")), report);

    rmSync(path.join(outdir, "Amit.mp4"));
    assert.deepEqual(await again(), ["Amit.mp4"]);

    truncateSync(path.join(outdir, "Priya.mp4"), 1000);
    appendFileSync(path.join(outdir, "Neha.mp4"), "x");
    const altered = path.join(outdir, "Ravi.mp4");
    const bytes = readFileSync(altered);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
    writeFileSync(altered, bytes);
    assert.deepEqual(await again(), ["Neha.mp4", "Priya.mp4", "Ravi.mp4"]);
    assert.deepEqual(contentsOf(outdir), whole);

    // A copy of the folder has other times and inodes, and the same content.
    utimesSync(path.join(outdir, "Uma.mp4"), 0, 0);
    assert.deepEqual(await again(), []);
  });

  test("makes rows that are new, and leaves files of rows that are gone", async () => {
    const more = campaign.sheet("more.csv", ["Zara", ...names.slice(1)]);
    assert.deepEqual(await again([], more), ["Zara.mp4"]);
    assert.ok(mediaIn(outdir).includes("Amit.mp4"));
    assert.deepEqual(
      readReport(outdir).map(({ name }) => name),
      ["Zara", ...names.slice(1)],
    );
    rmSync(path.join(outdir, "Zara.mp4"));
  });

  test("makes everything anew for another text or another base", async () => {
    const text = ["--text", "Hi {name}"];
    assert.deepEqual(await again(text), all);
    assert.deepEqual(await again(text), []);
    const other = campaign.media("other.mp4", {
      sound: [
        { kind: "silence", seconds: 0.3 },
        { kind: "speech", seconds: 1, seed: 5 },
        { kind: "silence", seconds: 0.5 },
        { kind: "speech", seconds: 1, seed: 6 },
      ],
    });
    assert.deepEqual(await again([...text, "--video", other]), all);
    // The same base under another name and with another time is the same base.
    copyFileSync(other, campaign.path("renamed.mp4"));
    assert.deepEqual(await again([...text, "--video", campaign.path("renamed.mp4")]), []);
  });
});

test("the report has a line for every row in the sheet's order, with what was done", async () => {
  const outdir = newOutdir();
  const ended = await run(outdir, ["--insert-mode", "gold"]);
  assert.equal(ended.code, 1);
  const report = readReport(outdir);
  assert.deepEqual(
    report.map(({ row, name, file, state }) => [row, name, file, state]),
    [
      ["2", "Amit", "Amit.mp4", "done"],
      ["3", "", "", "skipped"],
      ["4", "Priya", "Priya.mp4", "done"],
      ["5", "ไทย", "", "failed"],
      ["6", "Neha", "Neha.mp4", "done"],
    ],
  );
  for (const { state, file = "", ...line } of report) {
    assert.equal(line["reason"] === "", state === "done");
    if (state !== "done") continue;
    const { container } = streamDurations(path.join(outdir, file));
    assert.ok(Number(line["slot_start"]) < Number(line["slot_end"]));
    assert.ok(Number(line["slot_end"]) < container);
    assert.ok(Math.abs(Number(line["clip_seconds"]) * Number(line["stretch"]) - 0.5) < 0.4);
    for (const measure of ["click_db", "loudness_lu", "noise_floor_db"]) {
      assert.match(line[measure] ?? "", /^-?\d+(\.\d+)?$/);
    }
    assert.equal(Number(line["size_bytes"]), statSync(path.join(outdir, file)).size);
  }
});

describe("renditions", () => {
  const names = ["Amit", "Priya", "नेहा"];
  const sheet = campaign.sheet("three.csv", names);
  for (const tier of ["gold", "silver"]) {
    test(`of ${tier} are exported as files and as a ZIP that equal a run that keeps files`, async () => {
      const [files, renditions, exported] = [newOutdir(), newOutdir(), newOutdir()];
      const flags = ["--insert-mode", tier];
      await runWell(files, flags, sheet);
      await runWell(renditions, [...flags, "--keep", "renditions"], sheet);
      assert.deepEqual(mediaIn(renditions), []);
      const zip = campaign.path(`${tier}.zip`);
      for (const target of [
        ["--outdir", exported],
        ["--zip", zip],
      ]) {
        const ended = await vocativeInside(
          ["export", renditions, ...target],
          campaign.surroundings,
        );
        assert.equal(ended.code, 0, ended.stderr);
        assert.match(ended.stdout, /^Wrote 3 outputs \(\d+ bytes\) to \S+\n$/);
      }
      const whole = contentsOf(files);
      assert.equal(whole.size, names.length);
      assert.deepEqual(contentsOf(exported), whole);
      const zipped = await unzip(zip);
      assert.deepEqual([...zipped.keys()].toSorted(), [...whole.keys(), "report.csv"].toSorted());
      for (const [name, bytes] of zipped) {
        const folder = name === "report.csv" ? renditions : files;
        assert.ok(readFileSync(path.join(folder, name)).equals(bytes), name);
      }
    });
  }
});

describe("Ctrl-C", () => {
  const names = Array.from({ length: 100 }, (_, i) => `Guest ${i + 1}`);
  const sheet = campaign.sheet("guests.csv", names);
  const flags = ["--insert-mode", "gold"];
  const start = (outdir: string) =>
    startVocative(campaignArgs(outdir, flags, sheet), campaign.surroundings);

  test("ends a run with 130 and one line; the same command then completes", async () => {
    const outdir = newOutdir();
    const running = start(outdir);
    await running.printed(5);
    running.kill("SIGINT");
    const ended = await running.ended;
    assert.equal(ended.code, 130);
    const errors = linesOf(ended.stderr).filter((line) => line.startsWith("Error:"));
    assert.deepEqual(errors, [
      "Error: cancelled; what is finished is kept: run the same command again to go on",
    ]);
    assert.doesNotMatch(ended.stdout, /Done|Failed/);
    const early = contentsOf(outdir);
    const told = linesOf(ended.stdout).map((line) => path.basename(line));
    assert.ok(early.size >= 5 && early.size < names.length, `${early.size} files`);
    assert.deepEqual(told.toSorted(), [...early.keys()]);
    assert.deepEqual(partsIn(outdir), []);
    const report = readReport(outdir);
    assert.deepEqual(
      report.map(({ name }) => name),
      names,
    );
    const made = report.flatMap(({ state, file = "" }) => (state === "done" ? [file] : []));
    assert.deepEqual(made.toSorted(), [...early.keys()]);
    const rest = report.filter(({ state }) => state !== "done");
    assert.ok(rest.every(({ reason }) => reason === "the run ended before it was made"));

    const second = await runWell(outdir, flags, sheet);
    assert.match(second.stderr, new RegExp(`${early.size} of 100 were made by an earlier run`));
    const complete = contentsOf(outdir);
    assert.equal(complete.size, names.length);
    for (const [name, hash] of early) assert.equal(complete.get(name), hash, name);
    assert.equal(readReport(outdir).length, names.length);
  });

  test("while the base is compiled leaves nothing of the template behind", async () => {
    const outdir = newOutdir();
    const base = campaign.media("long.mp4", {
      video: { codec: "hevc", width: 640, height: 360 },
      sound: [
        { kind: "speech", seconds: 0.5 },
        { kind: "silence", seconds: 0.5 },
        { kind: "speech", seconds: 5 },
      ],
    });
    const args = campaignArgs(outdir, [...flags, "--json", "--video", base], sheet);
    const running = startVocative(args, campaign.surroundings);
    await running.printed(2); // planned, compiling
    running.kill("SIGINT");
    const { code, stdout } = await running.ended;
    assert.equal(code, 130);
    assert.doesNotMatch(stdout, /"compiled"/);
    assert.deepEqual(mediaIn(outdir), []);
    assert.deepEqual(partsIn(outdir), []);
  });

  test("twice ends it at once; the same command then completes", async () => {
    const outdir = newOutdir();
    const running = start(outdir);
    await running.printed(5);
    running.kill("SIGINT");
    running.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
    if (canSeeProcesses) {
      const folder = realpathSync(campaign.folder);
      await eventually("the end of all children", () => processesIn(folder).length === 0, 5000);
    }
    const early = contentsOf(outdir);
    await runWell(outdir, flags, sheet);
    const complete = contentsOf(outdir);
    assert.equal(complete.size, names.length);
    for (const [name, hash] of early) assert.equal(complete.get(name), hash, name);
    assert.deepEqual(partsIn(outdir), []);
  });
});

test("cache clear removes the spoken names, and nothing that is somebody else's", async () => {
  const folder = campaign.path("own names");
  const flags = ["--build-name-cache", "--name-cache-dir", folder];
  const spoken = await run(newOutdir(), flags);
  assert.deepEqual(
    linesOf(spoken.stdout)
      .map((line) => line.split(":")[0])
      .toSorted(),
    ["Done.", "Failed for ไทย", "Spoken", "Spoken", "Spoken"].toSorted(),
  );
  assert.equal(spoken.code, 1);
  const clips = everythingIn(folder).filter((name) => name.endsWith(".wav"));
  assert.equal(clips.length, 3);
  writeFileSync(path.join(folder, "notes.txt"), "mine");
  const clear = (...more: string[]) =>
    vocativeInside(["cache", "clear", "--name-cache-dir", folder, ...more], campaign.surroundings);
  const { code, stdout } = await clear("--json");
  assert.equal(code, 0);
  const { removed_dirs: dirs, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, { status: "ok", cleared_dir: folder, removed_files: 3 });
  assert.ok(dirs >= 1 && dirs <= 3);
  assert.deepEqual(everythingIn(folder), ["notes.txt"]);
  assert.equal((await clear()).stdout, `Removed 0 files and 0 folders from ${folder}\n`);
});

test("convert makes an MP4 of H.264 and AAC with its index in front, and leaves no half file", async () => {
  const video = campaign.media("camera.mkv", {
    container: "mkv",
    video: { codec: "hevc", width: 96, height: 64 },
    audio: { codec: "flac", sampleRate: 44_100, channels: 2 },
  });
  const folder = campaign.path("converted");
  mkdirSync(folder);
  const out = path.join(folder, "web.mp4");
  const convert = (input: string) =>
    vocativeInside(["convert", "--video", input, "--out", out], campaign.surroundings);
  const ended = await convert(video);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^Created: \S+web\.mp4 \(2\.\d\d s, \d+ bytes\)\n$/);
  const made = describeMedia(out);
  assert.deepEqual([made.video?.codec, made.audio?.codec], ["h264", "aac"]);
  const bytes = readFileSync(out);
  assert.equal(bytes.toString("latin1", 4, 8), "ftyp");
  assert.ok(bytes.indexOf("moov") < bytes.indexOf("mdat"));
  const [before, after] = [streamDurations(video), streamDurations(out)];
  assert.ok(Math.abs((before.video ?? 0) - (after.video ?? 0)) < 0.05);

  const refused = await convert(people);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^Error: people\.csv is not a video or audio file/);
  assert.deepEqual(everythingIn(folder), ["web.mp4"]);
  assert.ok(readFileSync(out).equals(bytes));
});

test("npm run vocative takes paths from the caller's folder, also with spaces and in Devanagari", async () => {
  const folder = campaign.path("a b", "नाम");
  mkdirSync(folder, { recursive: true });
  copyFileSync(campaign.base, path.join(folder, "मूल 1.mp4"));
  writeFileSync(path.join(folder, "लोग 'x'.csv"), "name\nअमित\n");
  const args = [
    ...["--prefix", ROOT, "run", "--silent", "vocative", "--", "campaign"],
    ...["--video", "मूल 1.mp4", "--recipients", "लोग 'x'.csv", "--outdir", "बाहर $HOME"],
    ...["--text", "नमस्ते {name}"],
  ];
  const { PATH = "" } = process.env;
  const env = {
    ...campaign.surroundings.env,
    // The Node that runs the tests, also where npm's own is another.
    PATH: `${path.dirname(process.execPath)}${path.delimiter}${PATH}`,
    npm_config_cache: campaign.path("npm"),
    npm_config_update_notifier: "false",
  };
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { code, stdout, stderr } = await startProgram(npm, args, { env, cwd: folder }).ended;
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "Created: बाहर $HOME/अमित.mp3\nDone.\n");
  assert.deepEqual(mediaIn(path.join(folder, "बाहर $HOME")), ["अमित.mp3"]);
});

test("a reader who has seen enough ends the command without a trace", () => {
  const script = '"$0" "$1" voices | head -1';
  const { stdout, stderr } = spawnSync("sh", ["-c", script, process.execPath, MAIN], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  assert.match(stdout, /^voice +name +languages\n$/u);
  assert.equal(stderr.replace(/^\d+ voices\..*\n$/u, ""), "");
});
