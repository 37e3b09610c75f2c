import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { everythingIn } from "./support/folder-state.ts";
import { type Answer, ask, idOf, type JobFields, jobEnd, post } from "./support/job-client.ts";
import { decodedFrameCount, describeMedia, streamDurations } from "./support/read-media.ts";
import { readReport } from "./support/read-report.ts";
import { startProgram } from "./support/run-vocative.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { createSpeechScript } from "./support/speech-script.ts";
import { type Server, startServer } from "./support/start-server.ts";
import { unzip } from "./support/unzip.ts";

/** The published API of campaigns, as a client of the original knows it, on a real server. */

const campaign = createSmallCampaign();
const hasCurl = spawnSync("curl", ["--version"], { stdio: "ignore" }).status === 0;

const voice = createSpeechScript(campaign);

const base = { file: campaign.base };
const people = campaign.path("people.csv");
writeFileSync(
  people,
  'name,company\nAmit,Acme\nAmit,Bolt\n,"No, name"\nअमित शर्मा,Acme\n王伟,Acme\nИван,Acme\n',
);
const OUTPUTS = ["Amit.mp3", "Amit-2.mp3", "अमित_शर्मा.mp3", "王伟.mp3", "Иван.mp3"];
const sheet = (...names: string[]) => ({ file: campaign.sheet(`${names.join("-")}.csv`, names) });
const amit = sheet("Amit");

let server: Server;
before(async () => {
  server = await startServer({
    folder: campaign.path("server"),
    env: { VOCATIVE_TTS_COMMANDS: voice.command },
  });
});
after(async () => {
  await server.stop();
  campaign.remove();
});

const create = (fields: JobFields) => post(`${server.url}/jobs`, fields);
const spoken = voice.fields;
const jobFolder = (id: string) => path.join(server.dataDir, id);

/** Creates a job that has to be accepted, and waits for its end. */
async function jobOf(fields: JobFields): Promise<Answer["body"]> {
  const created = await create({ base_video: base, recipients: amit, ...fields });
  return jobEnd(server.url, idOf(created));
}

describe("the curl lines of a client of the original", {
  skip: !hasCurl && "there is no curl",
}, () => {
  const cwd = campaign.path("curl");
  mkdirSync(cwd);
  async function curl(...args: string[]): Promise<string> {
    const { env } = campaign.surroundings;
    const ended = await startProgram("curl", ["-sS", "--fail-with-body", ...args], { env, cwd })
      .ended;
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    return ended.stdout;
  }

  test("create a job, tell its status and download it under its name", async () => {
    const created = JSON.parse(
      await curl(
        ...["-X", "POST", `${server.url}/jobs`],
        ...["-F", `base_video=@${campaign.base}`, "-F", `recipients=@${people}`],
        ...["-F", "insert_mode=silver", "-F", "name_position=start", "-F", "text={name}"],
        ...["-F", "lang=hi", "-F", "tts_provider=gtts"],
      ),
    );
    assert.deepEqual(Object.keys(created), ["job_id", "status"]);
    assert.equal(created.status, "queued");
    assert.ok(created.job_id.length >= 22, "at least 128 bits");
    await jobEnd(server.url, created.job_id);
    const job = JSON.parse(await curl(`${server.url}/jobs/${created.job_id}`));
    assert.equal(job.status, "done", job.error);
    await curl("-OJ", `${server.url}${job.download_url}`);
    const zip = await unzip(path.join(cwd, `${created.job_id}.zip`));
    assert.deepEqual([...zip.keys()], [...OUTPUTS, "report.csv"]);
  });

  test("convert a video", async () => {
    const film = campaign.media("film.mov", { container: "mov", video: { codec: "mpeg4" } });
    await curl(
      ...["-X", "POST", `${server.url}/convert`, "-F", `base_video=@${film}`],
      ...["-F", "crf=20", "-F", "preset=medium", "-F", "audio_bitrate=160k", "-OJ"],
    );
    // The name comes from Content-Disposition: curl -OJ would have called it "convert" otherwise.
    const converted = path.join(cwd, "converted.mp4");
    const { video, audio } = describeMedia(converted);
    assert.deepEqual([video?.codec, audio?.codec], ["h264", "aac"]);
    const bytes = readFileSync(converted);
    assert.ok(bytes.indexOf("moov") < bytes.indexOf("mdat"), "it starts before it is loaded");
    assert.equal(decodedFrameCount(converted), decodedFrameCount(film));
    const durations = [converted, film].map((file) => streamDurations(file).video ?? 0);
    assert.ok(Math.abs((durations[0] ?? 0) - (durations[1] ?? 0)) < 0.05, durations.join(" "));
  });

  test("clear the cache of spoken names", async () => {
    await jobOf({ recipients: sheet("Cached once"), ...spoken });
    const folder = path.join(server.dataDir, "name_audio_cache");
    const count = everythingIn(folder).filter((name) => name.endsWith(".wav")).length;
    assert.ok(count > 0);
    const cleared = JSON.parse(await curl("-X", "POST", `${server.url}/cache/name-audio/clear`));
    assert.deepEqual(Object.keys(cleared), [
      ...["status", "cleared_dir", "removed_files", "removed_dirs"],
    ]);
    assert.deepEqual(
      [cleared.status, path.basename(cleared.cleared_dir), typeof cleared.removed_dirs],
      ["ok", "name_audio_cache", "number"],
    );
    assert.ok(cleared.removed_files >= count, `${cleared.removed_files} of ${count}`);
    const left = existsSync(folder) ? everythingIn(folder) : [];
    assert.deepEqual(
      left.filter((name) => name.endsWith(".wav")),
      [],
    );
  });
});

describe("a job", () => {
  let created: Answer;
  let job: Answer["body"];
  let id: string;
  before(async () => {
    created = await create({
      base_video: base,
      recipients: { file: people },
      voice_sample: { file: campaign.path("spoken-0.wav") },
    });
    id = idOf(created);
    job = await jobEnd(server.url, id);
  });

  test("is answered with its id while it is queued", () => {
    assert.deepEqual(created.body, { job_id: id, status: "queued" });
    assert.equal(created.status, 200);
  });

  test("tells what the original told, in the same types, and how far it is", () => {
    const { created_at, updated_at, status, error, download_url, progress, job_id } = job;
    assert.deepEqual(
      { job_id, status, error, download_url, progress },
      {
        job_id: id,
        status: "done",
        error: null,
        download_url: `/jobs/${id}/download`,
        progress: { total: 6, done: 5, failed: 0, skipped: 1 },
      },
    );
    for (const time of [created_at, updated_at]) {
      assert.ok(typeof time === "number" && Math.abs(time - Date.now() / 1000) < 600, `${time}`);
    }
    assert.ok(Number(updated_at) > Number(created_at));
  });

  test("says that the embedded voice spoke where gtts, the default, could not be reached", () => {
    const [warning, ...others] = job["warnings"] as { code: string; message: string }[];
    assert.equal(warning?.code, "VOICE_FALLBACK");
    assert.match(warning.message, /gtts/);
    assert.deepEqual(others, []);
  });

  test("lies in the data folder as the original laid it out", () => {
    const folder = jobFolder(id);
    assert.deepEqual(readdirSync(path.join(folder, "input")).toSorted(), [
      ...["base_video.mp4", "recipients.csv", "voice_sample.wav"],
    ]);
    const sent = { "base_video.mp4": campaign.base, "recipients.csv": people };
    for (const [name, file] of Object.entries(sent)) {
      assert.deepEqual(readFileSync(path.join(folder, "input", name)), readFileSync(file));
    }
    const videos = readdirSync(path.join(folder, "output", "videos"));
    assert.deepEqual(videos.toSorted(), OUTPUTS.toSorted());
    assert.ok(!everythingIn(server.dataDir).some((name) => name.endsWith(".zip")));
  });

  test("is downloaded as a flat ZIP of playable files and a report of every row", async () => {
    const response = await fetch(`${server.url}/jobs/${id}/download`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/zip");
    assert.equal(response.headers.get("content-disposition"), `attachment; filename="${id}.zip"`);
    const folder = campaign.path("unzipped");
    mkdirSync(folder);
    const file = campaign.path("job.zip");
    writeFileSync(file, await response.bytes());
    const zip = await unzip(file);
    assert.deepEqual([...zip.keys()], [...OUTPUTS, "report.csv"]);
    for (const [name, bytes] of zip) writeFileSync(path.join(folder, name), bytes);
    for (const name of OUTPUTS) {
      const { audio, video } = describeMedia(path.join(folder, name));
      assert.deepEqual([audio?.codec, video], ["mp3", null]);
    }
    assert.deepEqual(
      readReport(folder).map(({ row, name, state, file: output }) => [row, name, state, output]),
      [
        ["2", "Amit", "done", "Amit.mp3"],
        ["3", "Amit", "done", "Amit-2.mp3"],
        ["4", "", "skipped", ""],
        ["5", "अमित शर्मा", "done", "अमित_शर्मा.mp3"],
        ["6", "王伟", "done", "王伟.mp3"],
        ["7", "Иван", "done", "Иван.mp3"],
      ],
    );
    assert.notEqual(readReport(folder)[2]?.["reason"], "");
  });
});

describe("recipients that fail", () => {
  test("all of them: the job has failed, says why and offers no download", async () => {
    const recipients = sheet("Unspeakable 1", "Unspeakable 2");
    const job = await jobOf({ recipients, ...spoken });
    assert.equal(job["status"], "failed");
    assert.match(String(job["error"]), /all 2 recipients failed/);
    assert.deepEqual(job["progress"], { total: 2, done: 0, failed: 2, skipped: 0 });
    assert.ok(!("download_url" in job));
    const download = await ask(`${server.url}/jobs/${job["job_id"]}/download`);
    assert.deepEqual([download.status, download.body["detail"]], [400, "job not ready"]);
  });

  test("some of them: the job is done, counts and reports them", async () => {
    const job = await jobOf({ recipients: sheet("Neha", "Unspeakable 3"), ...spoken });
    assert.deepEqual([job["status"], job["error"]], ["done", null]);
    assert.deepEqual(job["progress"], { total: 2, done: 1, failed: 1, skipped: 0 });
    const report = readReport(path.join(jobFolder(String(job["job_id"])), "output"));
    assert.deepEqual(
      report.map(({ name, state }) => [name, state]),
      [
        ["Neha", "done"],
        ["Unspeakable 3", "failed"],
      ],
    );
    assert.match(report[1]?.["reason"] ?? "", /speech command/);
  });

  test("a job of skipped rows alone is done and has no output to download", async () => {
    const recipients = campaign.path("nameless.csv");
    writeFileSync(recipients, "name,company\n,Acme\n");
    const job = await jobOf({ recipients: { file: recipients } });
    assert.equal(job["status"], "done");
    const download = await ask(`${server.url}/jobs/${job["job_id"]}/download`);
    assert.deepEqual([download.status, download.body["detail"]], [404, "output not found"]);
  });
});

/** Every text field of the original's form, with a value that is not its default. */
const ALL_FIELDS: Record<string, string> = {
  insert_mode: "gold",
  name_position: "end",
  text: "{name} ji",
  lang: "en",
  tts_provider: "espeak",
  tts_cmd: voice.command,
  elevenlabs_api_key: "k",
  elevenlabs_voice_id: "v",
  elevenlabs_model_id: "m",
  elevenlabs_speed: "1.1",
  lip_sync_provider: "wav2lip",
  wav2lip_repo: "",
  wav2lip_checkpoint: "",
  wav2lip_python: "python3",
  wav2lip_pads: "1 2 3 4",
  batch_name_tts: "off",
  batch_split_silence_db: "-50",
  batch_split_silence_dur: "0.2",
  batch_gap_hint: "pause",
  diamond_natural_name: "no",
  diamond_gap_seconds: "0.2",
  platinum_placeholders: "A,B",
  silence_db: "-35",
  silence_dur: "0.25",
  convert_mov: "yes",
};

describe("the form", () => {
  test("takes every field empty, as the web client sends them: each has its default", async () => {
    const empty = Object.fromEntries(Object.keys(ALL_FIELDS).map((name) => [name, ""]));
    const job = await jobOf(empty);
    assert.deepEqual([job["status"], job["insert_mode"]], ["done", "silver"]);
    const [bare, given] = await Promise.all(
      [{}, empty].map(async (fields) => {
        const { job_id } = await jobOf(fields);
        return readFileSync(path.join(jobFolder(String(job_id)), "output", "videos", "Amit.mp3"));
      }),
    );
    assert.deepEqual(given, bare);
  });

  test("takes every field as text, and fields that nobody knows", async () => {
    const job = await jobOf({ ...ALL_FIELDS, nonsense: "1", csrf_token: "" });
    assert.deepEqual([job["status"], job["insert_mode"]], ["done", "gold"]);
    const codes = (job["warnings"] as { code: string }[]).map(({ code }) => code);
    assert.deepEqual(codes, ["OPTION_IGNORED"], "lip-sync on gold");
    assert.deepEqual(readdirSync(path.join(jobFolder(String(job["job_id"])), "output", "videos")), [
      "Amit.mp4",
    ]);
  });

  test("takes booleans in every spelling, and no other word for one", async () => {
    for (const value of ["true", "false", "1", "0", "yes", "no", "on", "off", "True", "OFF"]) {
      const { status } = await create({ base_video: base, recipients: amit, convert_mov: value });
      assert.equal(status, 200, value);
    }
    const { status, body } = await create({
      base_video: base,
      recipients: amit,
      batch_name_tts: "maybe",
    });
    assert.equal(status, 422);
    assert.deepEqual(detailOf(body)[0]?.loc, ["body", "batch_name_tts"]);
  });
});

type Detail = { type: string; loc: (string | number)[]; msg: string };
const detailOf = (body: Answer["body"]) => body["detail"] as Detail[];

/** The one body of every error. */
function assertErrorBody({ body, headers }: Answer, at: string): void {
  const { error, message, request_id, path: requested } = body;
  assert.match(String(error), /^[A-Za-z_]+$/);
  assert.ok(typeof message === "string" && message !== "");
  assert.equal(requested, at);
  assert.equal(request_id, headers.get("x-request-id"));
}

describe("a request that is refused", () => {
  const whole: JobFields = { base_video: base, recipients: amit };
  const REFUSED: [title: string, fields: JobFields, detail: RegExp][] = [
    [
      "elevenlabs without a voice",
      { tts_provider: "elevenlabs" },
      /^voice_sample is required when tts_provider=elevenlabs$/,
    ],
    [
      "diamond with wav2lip and no folder of it",
      { insert_mode: "diamond", lip_sync_provider: "wav2lip", wav2lip_repo: "" },
      /^wav2lip_repo is required when Diamond \+ Wav2Lip is selected$/,
    ],
    [
      "platinum without markers",
      { insert_mode: "platinum", platinum_placeholders: "" },
      /^platinum_placeholders is required for platinum tier$/,
    ],
    ["a command of the client's", { tts_provider: "command", tts_cmd: "say {text}" }, /^tts_cmd /],
    ["a folder of the client's", { wav2lip_repo: "/opt/wav2lip" }, /^wav2lip_repo /],
    ["a file of the client's", { wav2lip_checkpoint: "/opt/a.pth" }, /^wav2lip_checkpoint /],
    ["a program of the client's", { wav2lip_python: "/bin/sh" }, /^wav2lip_python /],
  ];
  for (const [title, fields, detail] of REFUSED) {
    test(`with 400 for ${title}`, async () => {
      const kept = readdirSync(server.dataDir).toSorted();
      const answer = await create({ ...whole, ...fields });
      assert.equal(answer.status, 400);
      assert.match(String(answer.body["detail"]), detail);
      assert.equal(answer.body["message"], answer.body["detail"]);
      assertErrorBody(answer, "/jobs");
      if (/^\w+ may only/.test(String(answer.body["detail"]))) {
        assert.equal(answer.body["error"], "OPERATOR_ONLY_OPTION");
      }
      assert.deepEqual(readdirSync(server.dataDir).toSorted(), kept, "nothing of it is kept");
    });
  }

  test("with 400 for wav2lip that the operator configured but that is not there", async () => {
    const repo = campaign.path("wav2lip");
    const other = await startServer({
      folder: campaign.path("other"),
      env: { WAV2LIP_REPO: repo, VOCATIVE_WORKERS: "0" },
    });
    try {
      const fields = { ...whole, insert_mode: "diamond", lip_sync_provider: "wav2lip" };
      const ways: JobFields[] = [fields, { ...fields, wav2lip_repo: repo }];
      for (const way of ways) {
        const { status, body } = await post(`${other.url}/jobs`, way);
        assert.deepEqual([status, body["detail"]], [400, `wav2lip_repo not found: ${repo}`]);
      }
      mkdirSync(repo);
      const { status, body } = await post(`${other.url}/jobs`, fields);
      const text = "wav2lip_checkpoint is required when Diamond + Wav2Lip is selected";
      assert.deepEqual([status, body["detail"]], [400, text]);
    } finally {
      await other.stop();
    }
  });

  const INVALID: [title: string, fields: JobFields, detail: Partial<Detail>][] = [
    [
      "no base",
      { recipients: amit },
      { type: "missing", loc: ["body", "base_video"], msg: "Field required" },
    ],
    [
      "no sheet",
      { base_video: base },
      { type: "missing", loc: ["body", "recipients"], msg: "Field required" },
    ],
    ["an unknown tier", { ...whole, insert_mode: "bronze" }, { loc: ["body", "insert_mode"] }],
    ["an unknown place", { ...whole, name_position: "top" }, { loc: ["body", "name_position"] }],
    ["an unknown voice", { ...whole, tts_provider: "bell" }, { loc: ["body", "tts_provider"] }],
    [
      "a pace too slow",
      { ...whole, elevenlabs_speed: "0.6" },
      { loc: ["body", "elevenlabs_speed"] },
    ],
    [
      "a pace too fast",
      { ...whole, elevenlabs_speed: "1.3" },
      { loc: ["body", "elevenlabs_speed"] },
    ],
    ["no number", { ...whole, silence_db: "quiet" }, { loc: ["body", "silence_db"] }],
    [
      "a missing column",
      { ...whole, text: "{name} of {company}" },
      { loc: ["body", "recipients"] },
    ],
  ];
  for (const [title, fields, expected] of INVALID) {
    test(`with 422 for ${title}, which it names`, async () => {
      const kept = readdirSync(server.dataDir).toSorted();
      const answer = await create(fields);
      assert.equal(answer.status, 422);
      assert.deepEqual(answer.body["details"], answer.body["detail"]);
      const [detail, ...others] = detailOf(answer.body);
      assert.deepEqual(others, []);
      assert.deepEqual(Object.keys(detail ?? {}).toSorted(), ["loc", "msg", "type"]);
      assert.deepEqual({ ...detail, ...expected }, detail);
      assertErrorBody(answer, "/jobs");
      assert.deepEqual(readdirSync(server.dataDir).toSorted(), kept, "nothing of it is kept");
    });
  }

  test("with the name of the missing column", async () => {
    const { body } = await create({ ...whole, text: "{name} of {company}" });
    assert.match(detailOf(body)[0]?.msg ?? "", /company/);
    const job = await jobOf({ recipients: { file: people }, text: "{name} of {company}" });
    assert.equal(job["status"], "done");
  });

  test("with everything that is missing at once", async () => {
    const { status, body } = await create({ lang: "hi" });
    const places = detailOf(body).map(({ type, loc, msg }) => [type, loc.join("."), msg]);
    assert.equal(status, 422);
    assert.deepEqual(places, [
      ["missing", "body.base_video", "Field required"],
      ["missing", "body.recipients", "Field required"],
    ]);
  });

  test("with 404 for a job that is not there, whatever is asked of it", async () => {
    for (const at of ["/jobs/none", "/jobs/none/download", "/jobs/none/events"]) {
      const answer = await ask(`${server.url}${at}`);
      assert.deepEqual([answer.status, answer.body["detail"]], [404, "job not found"], at);
      assertErrorBody(answer, at);
    }
  });

  test("with 422 for a conversion without a file", async () => {
    const { status, body } = await post(`${server.url}/convert`, { crf: "20" });
    assert.equal(status, 422);
    assert.deepEqual(body["detail"], [
      { type: "missing", loc: ["body", "base_video"], msg: "Field required" },
    ]);
  });
});
