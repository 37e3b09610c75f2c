import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { chmod, copyFile, utimes } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { makeXlsx, replaceMembers, workbookMembers } from "../src/sheets/testing/make-xlsx.ts";
import { makeZip } from "../src/sheets/testing/make-zip.ts";
import { readProcess } from "./support/process-tree.ts";
import { readReport } from "./support/read-report.ts";
import {
  type Ended,
  MAIN,
  startProgram,
  startVocative,
  vocative,
  vocativeInside,
} from "./support/run-vocative.ts";
import { sampleBomb } from "./support/sample-bomb.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { withDisk } from "./support/small-disk.ts";

const campaign = createSmallCampaign();
const people = campaign.sheet("people.csv", ["Amit", "Priya"]);
after(() => campaign.remove());

let outdirs = 0;
const newOutdir = () => campaign.path(`out-${++outdirs}`);

type Attempt = { video?: string; recipients?: string; flags?: string[]; outdir?: string };

function argumentsOf({ video = campaign.base, recipients = people, ...rest }: Attempt): string[] {
  const { flags = [], outdir = newOutdir() } = rest;
  const inputs = ["--video", video, "--recipients", recipients, "--outdir", outdir];
  return ["campaign", ...inputs, "--lang", "en", "--jobs", "1", ...flags];
}

/** One line that names the thing and the remedy, exit code 1, nothing on standard output. */
function assertRefused({ code, stdout, stderr }: Ended, message: RegExp): void {
  assert.match(stderr, /^Error: [^\n]+\n$/);
  assert.match(stderr, message);
  assert.equal(stdout, "");
  assert.equal(code, 1);
}

/** A refusal before anything was made: there is not even a folder. */
async function refuses(attempt: Attempt, message: RegExp): Promise<void> {
  const outdir = attempt.outdir ?? newOutdir();
  const args = argumentsOf({ ...attempt, outdir });
  assertRefused(await vocativeInside(args, campaign.surroundings), message);
  assert.equal(existsSync(outdir), false, "the output folder was made");
}

/** Files of an output folder that are none of its bookkeeping. */
function outputsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name !== ".vocative" && name !== "report.csv");
}

function partsIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".part"));
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(campaign.path(name), content);
  return campaign.path(name);
}

test("the real command refuses with one line on standard error and exit code 1", async () => {
  const outdir = newOutdir();
  const args = argumentsOf({ video: "nowhere.mp4", outdir });
  const ended = await vocative(args, campaign.surroundings);
  assertRefused(ended, /^Error: there is no file nowhere\.mp4: check the path$/m);
  assert.equal(existsSync(outdir), false);
});

describe("a base", { concurrency: 2 }, () => {
  const bytes = readFileSync(campaign.base);
  const mediaStart = bytes.indexOf("mdat") + 4;
  const cutAt = (share: number) =>
    bytes.subarray(0, mediaStart + Math.round(share * (bytes.length - mediaStart)));

  test("that is a folder is refused", () =>
    refuses({ video: campaign.folder }, /vocative-campaign-\w+ is not a file: give a video file/));

  test("that is text renamed to .mp4 is refused", () =>
    refuses(
      { video: file("text.mp4", "Dear customer,\n".repeat(100)) },
      /text\.mp4 is not a video or audio file .*supported are MP4/,
    ));

  test("that is empty is refused", () =>
    refuses({ video: file("empty.mp4", "") }, /empty\.mp4 is not a video or audio file/));

  for (const tier of ["silver", "gold"]) {
    test(`that breaks off in its media data is refused for ${tier}, however much is left`, async () => {
      for (const share of [0.01, 0.5, 0.98]) {
        const video = file(`cut-${tier}-${share}.mp4`, cutAt(share));
        const flags = ["--insert-mode", tier];
        await refuses(
          { video, flags },
          /cut-\w+-[\d.]+\.mp4 is truncated: \d+ bytes .* copy or export it again/,
        );
      }
    });
  }

  test("that breaks off is refused in Matroska too", async () => {
    const whole = campaign.media("whole.mkv", {
      container: "mkv",
      sound: [
        { kind: "silence", seconds: 0.3 },
        { kind: "speech", seconds: 0.8 },
        { kind: "silence", seconds: 0.5 },
        { kind: "speech", seconds: 4 },
      ],
    });
    const all = readFileSync(whole);
    const video = file("half.mkv", all.subarray(0, all.length / 2));
    await refuses({ video }, /half\.mkv is truncated: it ends at [\d.]+ s and not at 5\.6 s; copy/);
  });

  test("that lost its index at the end is refused", async () => {
    const all = readFileSync(campaign.media("index-behind.mp4", { moovAtEnd: true }));
    const video = file("no-index.mp4", all.subarray(0, all.lastIndexOf("moov") - 4));
    await refuses({ video }, /no-index\.mp4 is not a video or audio file that can be read/);
  });

  test("that claims 80 million samples is refused at the memory limit", async () => {
    const bomb = sampleBomb(cutAt(0.01));
    const limited = { env: { ...campaign.surroundings.env, VOCATIVE_MEDIA_MEMORY_MB: "512" } };
    const outdir = newOutdir();
    const args = argumentsOf({ video: file("bomb.mp4", bomb), outdir });
    const started = performance.now();
    const ended = await vocativeInside(args, limited);
    const message =
      /needed more than 512 MB of memory on .*bomb\.mp4, twice: .*VOCATIVE_MEDIA_MEMORY/;
    assertRefused(ended, message);
    assert.equal(existsSync(outdir), false);
    assert.ok(performance.now() - started < 20_000);
  });

  test("without an audio track is refused", () =>
    refuses(
      { video: campaign.media("mute.mp4", { audio: null }) },
      /mute\.mp4 has no audio track, .*choose a video in which somebody speaks/,
    ));

  test("that is only sound is refused for gold, with the way to silver", () =>
    refuses(
      {
        video: campaign.media("sound.wav", {
          container: "wav",
          video: null,
          audio: { codec: "pcm", sampleRate: 48_000, channels: 1 },
        }),
        flags: ["--insert-mode", "gold"],
      },
      /sound\.wav has no picture: use --insert-mode silver for audio/,
    ));

  test("in which nobody speaks is refused, with the way to give a slot; a given slot is taken", async () => {
    const video = campaign.media("silent.mp4", {
      sound: [{ kind: "silence", seconds: 2 }],
      noiseDb: null,
    });
    await refuses({ video }, /no speech above -30 dB .*give the slot with --slot START-END/);
    const outdir = newOutdir();
    const args = argumentsOf({ video, outdir, flags: ["--slot", "0.5-1.5"] });
    const { code, stderr } = await vocativeInside(args, campaign.surroundings);
    assert.equal(code, 0, stderr);
    assert.deepEqual(outputsIn(outdir), ["Amit.mp3", "Priya.mp3"]);
  });
});

describe("a playlist renamed to .mp4", () => {
  let hits = 0;
  const server = createServer((_request, response) => {
    hits += 1;
    response.end();
  });
  let address = "";
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    address = `http://127.0.0.1:${bound !== null && typeof bound === "object" ? bound.port : 0}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  /** Access times that any read moves, also where the disk notes only the first after a change. */
  const LONG_AGO = new Date("2001-01-01");
  async function bait(name: string): Promise<string> {
    await copyFile(campaign.base, campaign.path(name));
    await utimes(campaign.path(name), LONG_AGO, new Date());
    return campaign.path(name);
  }
  const wasRead = (name: string) => statSync(name).atimeMs !== LONG_AGO.getTime();

  const PLAYLISTS: Record<string, (bait: string, url: string) => string> = {
    m3u8: (one, url) =>
      `#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n${one}\n#EXTINF:5,\n${url}/a.ts\n#EXT-X-ENDLIST\n`,
    ffconcat: (one, url) => `ffconcat version 1.0\nfile '${one}'\nfile '${url}/b.mp4'\n`,
    sdp: (_, url) =>
      `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${url}\nc=IN IP4 127.0.0.1\nt=0 0\na=control:${url}/c\nm=audio 5004 RTP/AVP 0\n`,
    mpd: (one, url) =>
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT5S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><BaseURL>${url}/</BaseURL><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>file:${one}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
  };
  for (const [kind, write] of Object.entries(PLAYLISTS)) {
    test(`(${kind}) is refused, and nothing it names is opened`, async (t) => {
      const control = await bait(`control-${kind}.mp4`);
      readFileSync(control);
      if (!wasRead(control))
        t.diagnostic("this disk notes no access times: only connections count");
      const named = await bait(`bait-${kind}.mp4`);
      const video = file(`playlist-${kind}.mp4`, write(named, address));
      await refuses({ video }, new RegExp(`playlist-${kind}\\.mp4 is not a video or audio file`));
      assert.equal(wasRead(named), false);
      assert.equal(hits, 0);
    });
  }

  test("would have been counted by the server that it names", async () => {
    await fetch(address);
    assert.equal(hits, 1);
  });
});

describe("a sheet", { concurrency: 2 }, () => {
  const members = workbookMembers({ rows: '<row><c t="str"><v>name</v></c></row>' });
  const worksheet = "xl/worksheets/sheet1.xml";

  test("that is not there, or a folder, is refused", async () => {
    await refuses({ recipients: "nobody.csv" }, /nobody\.csv does not exist: check the path/);
    const recipients = campaign.folder;
    await refuses({ recipients }, /is not a file: give the path of a CSV or XLSX file/);
  });

  test("without a column of names is refused with the columns it has", () =>
    refuses(
      { recipients: file("columns.csv", "first,last\nAmit,Shah\n") },
      /no column "name"; its columns are: first, last\. Rename one or use --name-col/,
    ));

  test("that is empty, or only a header, is refused", async () => {
    const empty = file("empty.csv", "");
    await refuses({ recipients: empty }, /empty\.csv is empty \(0 bytes\): add a header/);
    const header = file("header.csv", "name,company\n");
    await refuses(
      { recipients: header },
      /header\.csv has a header but no recipients: add one row/,
    );
    const workbook = file("header.xlsx", makeXlsx([["name"]]));
    await refuses({ recipients: workbook }, /header\.xlsx has a header but no recipients/);
  });

  test("that is a ZIP bomb is refused without being unpacked", async () => {
    const data = Buffer.alloc(200 * 2 ** 20, " ");
    const recipients = file(
      "bomb.xlsx",
      makeZip(replaceMembers(members, { name: worksheet, data })),
    );
    assert.ok(statSync(recipients).size < 2 ** 20);
    const memoryBefore = process.memoryUsage.rss();
    const started = performance.now();
    await refuses({ recipients }, /bomb\.xlsx: .*compressed \d+:1, at most 200:1 is allowed: save/);
    assert.ok(performance.now() - started < 5000);
    assert.ok(process.memoryUsage.rss() - memoryBefore < data.length / 2);
  });

  test("with a DOCTYPE is refused", () => {
    const data = `<!DOCTYPE x [<!ENTITY a "${"a".repeat(99)}">]><worksheet>&a;</worksheet>`;
    const recipients = file(
      "dtd.xlsx",
      makeZip(replaceMembers(members, { name: worksheet, data })),
    );
    return refuses({ recipients }, /dtd\.xlsx is not a sound XLSX file .*has a DOCTYPE/);
  });

  test("is refused when the text names a column it lacks", () =>
    refuses({ flags: ["--text", "{name} of {firm}"] }, /uses \{firm\}, .*its columns are: name/));
});

describe("an option", () => {
  const refusals: [flags: string[], message: RegExp][] = [
    [["--silence-dbb", "-30"], /unknown option '--silence-dbb' \(Did you mean --silence-db\?\)/],
    [["--silence-db", "abc"], /--silence-db "abc" is not allowed: give a number from -90 to 0/],
    [["--silence-db", "5"], /--silence-db "5" is not allowed: give a number from -90 to 0/],
    [["--silence-dur", "Infinity"], /--silence-dur "Infinity" .*give a number from 0\.01 to 10/],
    [["--jobs", "0"], /--jobs "0" is not allowed: give a whole number from 1 to 64/],
    [["--jobs", "2.5"], /--jobs "2\.5" is not allowed: give a whole number from 1 to 64/],
    [["--insert-mode", "bronze"], /--insert-mode "bronze" is not allowed: give silver or gold/],
    [["--name-position", "middle"], /--name-position "middle" .*give start or end/],
    [["--lang", "x"], /--lang "x" is not allowed: give 2 to 35 characters/],
    [["--slot", "one-two"], /--slot "one-two" .*give START-END in seconds, such as 0\.43-1\.64/],
    [["--slot", "0.5"], /--slot "0\.5" is not allowed: give START-END in seconds/],
    [["--slot", "-1-2"], /--slot "-1-2" is not allowed: give START-END in seconds/],
    [["--slot", "1.5-0.5"], /slot 1\.5-0\.5 s does not lie inside the base, .*START before END/],
    [["--slot", "1-1"], /the slot 1-1 s does not lie inside the base/],
    [["--slot", "1-99"], /slot 1-99 s does not lie inside the base, which is 2\.60 s long/],
    [["--tts-provider", "command"], /--tts-provider command needs --tts-cmd, such as/],
    [["--tts-provider", "command", "--tts-cmd", "say {text}"], /the speech command lacks \{out\}/],
    [
      ["--tts-provider", "robot"],
      /--tts-provider "robot" .*give espeak or gtts or elevenlabs or .* or command or none/,
    ],
    [["--voice", "hindi-deluxe"], /no voice "hindi-deluxe"; near ones: hindi/],
    [["--lexicon", "nowhere.csv"], /lexicon nowhere\.csv/],
    [["extra"], /too many arguments/],
    [["--text"], /option '--text <text>' argument missing/],
  ];
  for (const [flags, message] of refusals) {
    test(`${flags.join(" ")} is refused`, () => refuses({ flags }, message));
  }

  test("with an empty value is refused, whichever it is", async () => {
    const names = [
      ...["video", "recipients", "outdir", "keep", "jobs", "lexicon", "name-cache-dir", "text"],
      ...["insert-mode", "name-position", "lang", "name-col", "pronunciation-col", "slot", "voice"],
      ...["silence-db", "tts-provider", "tts-cmd", "silver-gap-seconds"],
    ];
    for (const name of names) {
      const message = new RegExp(`--${name} is empty: give a value, or leave the option out`);
      await refuses({ flags: [`--${name}`, ""] }, message);
    }
  });

  test("that is required and missing is named", async () => {
    const missing = (args: string[], message: RegExp) =>
      vocativeInside(args, campaign.surroundings).then((ended) => assertRefused(ended, message));
    await missing(["campaign"], /--recipients is missing: give CSV or XLSX/);
    await missing(["campaign", "--recipients", people], /the base is missing: give .*--video FILE/);
    await missing(["convert"], /--video is missing: give the file to convert/);
    await missing(["export"], /missing required argument 'folder'/);
    await missing(["export", campaign.folder], /give either --outdir FOLDER or --zip FILE/);
    const both = ["--outdir", "a", "--zip", "b"];
    await missing(
      ["export", campaign.folder, ...both],
      /give either --outdir FOLDER or --zip FILE/,
    );
    await missing(["export", campaign.folder, "--outdir", "a"], /has no renditions: choose/);
    await missing(["convert", "--video", "nowhere.mp4"], /there is no file nowhere\.mp4/);
    await missing(["campain"], /unknown command 'campain' \(Did you mean campaign\?\)/);
  });

  test("of the environment is refused with its name", async () => {
    const env = { ...campaign.surroundings.env, VOCATIVE_MEDIA_WORKERS: "many" };
    const ended = await vocativeInside(argumentsOf({}), { env });
    assertRefused(ended, /environment: VOCATIVE_MEDIA_WORKERS: /);
  });
});

describe("an output folder", () => {
  test("with a file in its place, or in the way to it, is refused", async () => {
    const inTheWay = file("taken", "somebody's file");
    for (const outdir of [inTheWay, path.join(inTheWay, "out")]) {
      const ended = await vocativeInside(argumentsOf({ outdir }), campaign.surroundings);
      assert.match(ended.stderr, /^Error: .*taken\S* is not a folder: choose another one\n$/);
      assert.deepEqual([ended.code, ended.stdout], [1, ""]);
    }
    assert.equal(readFileSync(inTheWay, "utf8"), "somebody's file");
  });

  test("that may not be written to is refused", async (t) => {
    const locked = campaign.path("locked");
    mkdirSync(locked);
    const args = argumentsOf({ outdir: path.join(locked, "out") });
    let ended: Ended;
    if (process.getuid?.() === 0) {
      const disk = withDisk(locked, "ro");
      if (!disk) return t.skip("root may write everywhere and cannot mount a read-only disk here");
      const [program = "", ...words] = disk;
      const script = [process.execPath, MAIN, ...args];
      ended = await startProgram(program, [...words, '"$@"', ...script], campaign.surroundings)
        .ended;
    } else {
      await chmod(locked, 0o555);
      ended = await vocativeInside(args, campaign.surroundings);
    }
    assert.match(
      ended.stderr,
      /^Error: (no permission to|cannot) write .*locked.* choose another folder/,
    );
    assert.deepEqual([ended.code, ended.stdout], [1, ""]);
  });
});

describe("a full disk", () => {
  const names = ["Amit", "Priya", "Neha", "José", "Ravi", "Uma"];
  const sheet = campaign.sheet("six.csv", names);
  const hevc = campaign.media("hevc.mp4", { video: { codec: "hevc", width: 96, height: 64 } });
  const disk = campaign.path("disk");
  mkdirSync(disk);

  /** Runs a command on a disk of that size, then on one with room; what is there is listed each time. */
  const SCRIPT = `
    list() { echo "exit $1"; cd "$disk"; find . -type f -exec wc -c {} \\;; cd - >/dev/null; }
    "$@"; list $?
    echo ---
    mount -o remount,size=64m "$disk"
    "$@"; list $?`;

  async function runTwice(size: string, attempt: Attempt) {
    const mounted = withDisk(disk, `size=${size}`);
    if (!mounted) return null;
    const [program = "", ...words] = mounted;
    const args = argumentsOf({ recipients: sheet, outdir: path.join(disk, "out"), ...attempt });
    const command = [process.execPath, MAIN, ...args];
    const { stdout, stderr } = await startProgram(
      program,
      [...words, SCRIPT, ...command],
      campaign.surroundings,
    ).ended;
    const [first = "", second = ""] = stdout.split("---\n");
    return { first: first.split("\n"), second: second.split("\n"), stderr };
  }

  /** Size and path as `wc` tells them. */
  const isOutput = (line: string) => /^ *\d+ \.\/out\/[^/]+\.mp[34](\.rendition)?$/.test(line);
  const isPart = (line: string) => line.endsWith(".part");

  const CASES: { title: string; size: string; attempt: Attempt; begun: boolean }[] = [
    {
      title: "while the base is compiled",
      size: "300k",
      attempt: { flags: ["--insert-mode", "gold"] },
      begun: false,
    },
    {
      title: "while the base is converted",
      size: "24k",
      attempt: { video: hevc, flags: ["--insert-mode", "gold"] },
      begun: false,
    },
    {
      title: "while an MP3 template is made",
      size: "16k",
      attempt: {},
      begun: false,
    },
    {
      title: "while outputs are published",
      size: "1m",
      attempt: { flags: ["--insert-mode", "gold"] },
      begun: true,
    },
    {
      title: "while renditions are kept",
      size: "620k",
      attempt: { flags: ["--insert-mode", "gold", "--keep", "renditions"] },
      begun: true,
    },
  ];
  for (const { title, size, attempt, begun } of CASES) {
    test(`${title} ends the run with one line, nothing half-written, and a later run completes`, async (t) => {
      const ran = await runTwice(size, attempt);
      if (!ran) return t.skip("nobody may mount a small disk here");
      const errors = ran.stderr.split("\n").filter((line) => line.startsWith("Error:"));
      assert.equal(errors.length, 1, ran.stderr);
      assert.match(errors[0] ?? "", /no space left on the disk of .*: free some and run again$/);
      assert.ok(ran.first.includes("exit 1"), ran.first.join());
      assert.deepEqual(ran.first.filter(isPart), []);
      t.diagnostic(ran.first.join(" "));
      const made = ran.first.filter((line) => line.startsWith("Created: "));
      assert.equal(made.length > 0, begun);
      // Whole, as the later run, which keeps them, leaves them.
      for (const output of ran.first.filter(isOutput)) assert.ok(ran.second.includes(output));
      assert.ok(ran.second.includes("exit 0"), ran.stderr);
      assert.deepEqual(ran.second.filter(isPart), []);
      const madeLater = ran.second.filter((line) => line.startsWith("Created: "));
      assert.equal(made.length + madeLater.length, names.length);
      assert.equal(ran.second.filter(isOutput).length, names.length);
    });
  }
});

describe("a speech command", {
  skip: process.platform === "win32" && "it is a shell script",
}, () => {
  const recording = campaign.recording();
  const pids = campaign.path("pids");
  const script = file(
    "say.sh",
    `case "$2" in
      Fail) echo loading >&2; echo "no such model: x" >&2; exit 3 ;;
      Hang) sleep 600 & echo "$$ $!" > '${pids}'; wait ;;
      Nothing) exit 0 ;;
      Empty) : > "$1" ;;
      Garbage) echo "this is no sound" > "$1" ;;
      *) cp '${recording}' "$1" ;;
    esac`,
  );
  const flags = ["--tts-provider", "command", "--tts-cmd", `sh '${script}' {out} {text}`];
  const survivors = () =>
    readFileSync(pids, "utf8")
      .trim()
      .split(" ")
      .filter((pid) => readProcess(Number(pid)) !== null);

  test("that fails, hangs, writes nothing or garbage fails that recipient; the others are done", async () => {
    const names = ["Amit", "Fail", "Hang", "Nothing", "Empty", "Garbage", "Uma"];
    const outdir = newOutdir();
    const recipients = campaign.sheet("tts.csv", names);
    const args = argumentsOf({ outdir, recipients, flags });
    const env = { ...campaign.surroundings.env, VOCATIVE_TTS_TIMEOUT_MS: "2000" };
    const { code, stdout } = await vocativeInside(args, { env });
    assert.equal(code, 1);
    const lines = stdout.trimEnd().split("\n");
    assert.deepEqual(lines.toSorted(), [
      `Created: ${path.join(outdir, "Amit.mp3")}`,
      `Created: ${path.join(outdir, "Uma.mp3")}`,
      "Done.",
      'Failed for Empty: the speech command left {out} empty for "Empty"',
      "Failed for Fail: the speech command sh failed (exit code 3): no such model: x",
      lines.find((line) => line.startsWith("Failed for Garbage:")),
      "Failed for Hang: the speech command sh took longer than 2 s",
      'Failed for Nothing: the speech command wrote nothing to {out} for "Nothing"',
    ]);
    assert.match(
      stdout,
      /Failed for Garbage: .* wrote no readable sound for "Garbage": speech\.wav/,
    );
    assert.deepEqual(outputsIn(outdir), ["Amit.mp3", "Uma.mp3"]);
    assert.deepEqual(
      readReport(outdir).map(({ name, state }) => [name, state]),
      names.map((name) => [name, ["Amit", "Uma"].includes(name) ? "done" : "failed"]),
    );
    assert.deepEqual(survivors(), []);
  });

  test("that hangs is ended with its children by Ctrl-C", async () => {
    const recipients = campaign.sheet("hang.csv", ["Amit", "Hang"]);
    const outdir = newOutdir();
    const args = argumentsOf({ outdir, recipients, flags });
    const running = startVocative(args, campaign.surroundings);
    await running.printed(1);
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    assert.equal(code, 130);
    assert.equal(stderr.split("\n").filter((line) => line.startsWith("Error:")).length, 1);
    assert.deepEqual(survivors(), []);
    assert.deepEqual(partsIn(outdir), []);
  });

  test("that cannot be started fails each recipient with its name", async () => {
    const outdir = newOutdir();
    const missing = ["--tts-provider", "command", "--tts-cmd", "no-such-voice {out} {text}"];
    const args = argumentsOf({ outdir, flags: missing });
    const { code, stdout } = await vocativeInside(args, campaign.surroundings);
    assert.equal(code, 1);
    assert.match(stdout, /Failed for Amit: the speech command no-such-voice cannot be started/);
    assert.deepEqual(outputsIn(outdir), []);
  });
});

describe("names", () => {
  /** Name, file without extension; null where no voice can speak it. */
  const HOSTILE: [name: string, file: string | null][] = [
    ["../../x", "x"],
    ["CON", "CON"],
    ["a".repeat(300), "a".repeat(200)],
    ["🎉🎉", null],
    ["\u202eAmit\u202c", "Amit"],
    ["Amit\nKumar", "Amit_Kumar"],
    ["=cmd()", "cmd"],
    ["Bell\u0007Ring", "Bell_Ring"],
    ["<speak>", "speak"],
    ["a&b", "a_b"],
    ["/etc/passwd", "etc_passwd"],
    ["..", null],
    ["-rf", "-rf"],
    ["José".normalize("NFC"), "José"],
    ["José".normalize("NFD"), "José-2"],
    ["amit", "amit-2"],
    ["AMIT", "AMIT-3"],
    ["ไทย", null],
    ["report", "report"],
    ["{name}", "name"],
    ['"Q", x', "Q_x"],
    ["\u200b", null],
  ];

  test("that are hostile become harmless files, or a reason in the report, row by row", async () => {
    const names = HOSTILE.map(([name]) => name);
    const outdir = newOutdir();
    const before = readdirSync(campaign.folder);
    const recipients = campaign.sheet("hostile.csv", names);
    const args = argumentsOf({ recipients, outdir });
    const { code, stdout } = await vocativeInside(args, campaign.surroundings);
    assert.equal(code, 1);
    const added = new Set([path.basename(outdir), "hostile.csv"]);
    assert.deepEqual(
      readdirSync(campaign.folder).filter((name) => !added.has(name)),
      before.filter((name) => !added.has(name)),
    );
    const files = HOSTILE.flatMap(([, name]) => (name === null ? [] : [`${name}.mp3`]));
    assert.deepEqual(outputsIn(outdir).toSorted(), files.toSorted());

    const report = readReport(outdir);
    const unquoted = (cell = "") => cell.replace(/^'(?=[=+@-])/, "");
    assert.deepEqual(
      report.map((line) => [unquoted(line["name"]), unquoted(line["file"]), line["state"]]),
      HOSTILE.map(([name, one]) => [name, one ? `${one}.mp3` : "", one ? "done" : "failed"]),
    );
    assert.equal(report.find(({ file }) => file === "cmd.mp3")?.["name"], "'=cmd()");
    for (const { file: name = "", size_bytes: size } of report) {
      if (name === "") continue;
      assert.equal(String(statSync(path.join(outdir, unquoted(name))).size), size, name);
    }
    for (const line of report.filter(({ state }) => state === "failed")) {
      assert.match(line["reason"] ?? "", /give a pronunciation .*column `pronunciation`/);
    }
    assert.match(stdout, /^Failed for ไทย: no embedded voice speaks "ไทย": give a pronunciation/m);
    // Nothing of a name reaches the terminal that would do more there than print.
    assert.doesNotMatch(stdout.replaceAll("\n", ""), /\p{Cc}/u);
  });

  test("differ in their files also where disks do not tell case or composition apart", async () => {
    const outdir = newOutdir();
    const names = ["Zoë".normalize("NFC"), "ZOË".normalize("NFD"), "zoë", "Zoë-2", "Zoë"];
    const args = argumentsOf({ recipients: campaign.sheet("alike.csv", names), outdir });
    assert.equal((await vocativeInside(args, campaign.surroundings)).code, 0);
    const files = outputsIn(outdir);
    assert.equal(files.length, names.length);
    const folded = files.map((name) => name.normalize("NFC").toLowerCase());
    assert.equal(new Set(folded).size, names.length);
  });
});
