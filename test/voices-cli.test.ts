import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { readReport } from "./support/read-report.ts";
import { vocativeInside } from "./support/run-vocative.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { decodeWav } from "./support/speech-servers/elevenlabs.ts";

const campaign = createSmallCampaign();
after(() => campaign.remove());

const run = (args: string[], env: Record<string, string> = {}) =>
  vocativeInside(args, {
    ...campaign.surroundings,
    env: { ...campaign.surroundings.env, ...env },
  });
let outputs = 0;
async function runCampaign(sheet: string, ...flags: string[]) {
  const outdir = campaign.path(`out-${++outputs}`);
  const ended = await run([
    ...["campaign", "--video", campaign.base, "--recipients", sheet, "--outdir", outdir],
    ...["--lang", "en", ...flags],
  ]);
  return { ...ended, outdir };
}

test("voices of a language are listed, as a table and as JSON", async () => {
  const shown = await run(["voices", "--lang", "en"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^voice +name +languages\n/u);
  assert.match(shown.stdout, /^en-us .*English \(America\)/imu);
  assert.doesNotMatch(shown.stdout, /Hindi/u);
  const listed = JSON.parse((await run(["voices", "--json"])).stdout);
  assert.ok(listed.length > 100);
  assert.deepEqual(
    listed.find(({ id }: { id: string }) => id === "hi"),
    { id: "hi", name: "Hindi", languages: ["hi"] },
  );
});

test("a voice can be heard in a file", async () => {
  const out = campaign.path("priya.wav");
  const ended = await run(["voices", "--lang", "hi", "--say", "प्रिया", "--out", out]);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /priya\.wav: hi, 0\.\d\d s/u);
  const { samples, sampleRate } = decodeWav(readFileSync(out));
  assert.ok(samples.length / sampleRate > 0.25);
  assert.ok(samples.some((sample) => Math.abs(sample) > 0.1));
  assert.ok(!existsSync(`${out}.csv`));
});

test("voices of what is not set up are refused with what to do", async () => {
  for (const [provider, remedy] of [
    ["openai", /set OPENAI_API_KEY or VOCATIVE_OPENAI_SPEECH_URL/u],
    ["sherpa", /VOCATIVE_SHERPA_MODELS/u],
    ["xtts", /VOCATIVE_XTTS_URL/u],
    ["elevenlabs", /VOCATIVE_OFFLINE/u],
    ["none", /no list of voices/u],
  ] as const) {
    const ended = await run(["voices", "--tts-provider", provider]);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, remedy);
    assert.equal(ended.stderr.trim().split("\n").length, 1);
  }
});

test("the doctor says what works, what is not set up, and what is broken with the remedy", async () => {
  const well = await run(["doctor", "--json"]);
  assert.equal(well.code, 0, well.stdout);
  const findings = well.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const stateOf = (name: string) => findings.find((one) => one.name === name)?.state;
  assert.deepEqual(["data folder", "media", "espeak", "gtts", "openai", "sherpa"].map(stateOf), [
    "ready",
    "ready",
    "ready",
    "unset",
    "unset",
    "unset",
  ]);
  const ggml = campaign.path("model.bin");
  writeFileSync(ggml, "no model");
  const ill = await run(["doctor"], {
    VOCATIVE_WHISPER_MODEL: ggml,
    VOCATIVE_TTS_COMMANDS: "no-such-program {text} {out}",
  });
  assert.equal(ill.code, 1);
  assert.match(ill.stdout, /!! +command +there is no program no-such-program: install it/u);
  assert.match(ill.stdout, /!! +whisper .*is no model of whisper\.cpp/u);
  assert.match(ill.stdout, /ok +espeak +\d+ voices/u);
});

test("all names are written one after another, with their times", async () => {
  const master = campaign.path("names.wav");
  const sheet = campaign.sheet("master.csv", ["Amit", "Priya", "Amit", "ไทย", "Neha"]);
  const flags = ["--names-master-out", master, "--name-gap", "0.5"];
  const built = await runCampaign(sheet, "--build-name-cache", ...flags);
  assert.equal(built.code, 1, "one name cannot be spoken");
  const { samples, sampleRate } = decodeWav(readFileSync(master));
  const rows = readFileSync(`${master}.csv`, "utf8")
    .replace("\ufeff", "")
    .trim()
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(","));
  assert.deepEqual(
    rows.map(([text]) => text),
    ["Amit", "Priya", "Neha"],
  );
  const [, start = 0, end = 0] = (rows[1] ?? []).map(Number);
  assert.ok(start > 0.7 && end > start && end < samples.length / sampleRate - 0.5);
  const before = samples.slice(
    Math.round((start - 0.45) * sampleRate),
    Math.round(start * sampleRate),
  );
  assert.ok(
    before.every((sample) => sample === 0),
    "half a second of quiet is before it",
  );
});

test("a name spoken inside a sentence is cut out of it", async () => {
  const sheet = campaign.sheet("carrier.csv", ["Priya"]);
  const alone = await runCampaign(sheet);
  const carried = await runCampaign(sheet, "--carrier", "Hello {text}, welcome to our store.");
  assert.equal(carried.code, 0, carried.stderr);
  const seconds = (outdir: string) => Number(readReport(outdir)[0]?.["clip_seconds"]);
  const [own, cut] = [seconds(alone.outdir), seconds(carried.outdir)];
  assert.ok(cut > 0.5 * own && cut < 1.6 * own, `${own} s alone, ${cut} s out of the sentence`);
  assert.doesNotMatch(readReport(carried.outdir)[0]?.["warnings"] ?? "", /carrier/iu);
  const wrong = await runCampaign(sheet, "--carrier", "Hello");
  assert.match(wrong.stderr, /--carrier "Hello" is not allowed: give a sentence with \{text\}/u);
});

test("a sound in IPA that the voice cannot use is told, and the name spoken as it is written", async () => {
  const sheet = campaign.path("ipa.csv");
  writeFileSync(sheet, "name,pronunciation\nSiobhan,/ʃɪˈvɔːn/\n");
  const { outdir, code, stderr } = await runCampaign(sheet);
  assert.equal(code, 0, stderr);
  const [row] = readReport(outdir);
  assert.equal(row?.["name"], "Siobhan");
  assert.match(
    row?.["warnings"] ?? "",
    /cannot use phonetic spellings, "Siobhan" is spoken as it is written/u,
  );
});

test("a check by ear is refused where nobody can listen", async () => {
  const ended = await runCampaign(campaign.sheet("verify.csv", ["Amit"]), "--verify");
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /verify needs a speech recogniser and none is set up/u);
});

test("a voice sample goes with ElevenLabs, which asks for a key and a voice", async () => {
  const sheet = campaign.sheet("eleven.csv", ["Amit"]);
  const ask = (env: Record<string, string>) =>
    run(
      [
        ...["campaign", "--video", campaign.base, "--recipients", sheet],
        ...["--outdir", campaign.path("eleven"), "--tts-provider", "elevenlabs"],
      ],
      { VOCATIVE_OFFLINE: "false", ...env },
    );
  assert.match((await ask({})).stderr, /ElevenLabs needs a key: set ELEVENLABS_API_KEY/u);
  assert.match(
    (await ask({ ELEVENLABS_API_KEY: "sk_x" })).stderr,
    /--voice-sample.*--elevenlabs-voice-id/u,
  );
});
