import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { type Answer, formOf, idOf, type JobFields, jobEnd, post } from "./support/job-client.ts";
import { createOtherVoices } from "./support/other-voices.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import {
  type ElevenLabsServer,
  STAND_IN_KEY,
  STAND_IN_VOICE,
  startElevenLabsServer,
} from "./support/speech-servers/elevenlabs.ts";
import { startGoogle } from "./support/speech-servers/gtts.ts";
import type { StandIn } from "./support/speech-servers/stand-in.ts";
import { type Server, startServer } from "./support/start-server.ts";

/** Jobs in voices of providers, on a real server whose providers are stand-ins on this machine. */

const campaign = createSmallCampaign();
const base = { file: campaign.base };
const sample = { file: campaign.recording() };
let sheets = 0;
const sheet = (...names: string[]) => ({ file: campaign.sheet(`sheet-${++sheets}.csv`, names) });

/** A base that another engine's voice speaks, and where it says the name. */
let flite: { file: string; slot: { start: number } };
let elevenlabs: ElevenLabsServer;
let google: StandIn;
let server: Server;
before(async () => {
  [elevenlabs, google] = await Promise.all([startElevenLabsServer(), startGoogle()]);
  const voices = await createOtherVoices();
  const { audio, slots } = voices.speak(
    "Good morning {Rahul}, we have a special offer for you today.",
    "slt",
  );
  voices.close();
  const { samples, sampleRate } = audio;
  flite = {
    file: campaign.media("flite.mp4", {
      audio: { codec: "aac", sampleRate, channels: 1 },
      sound: [],
      recording: samples,
    }),
    slot: { start: slots[0]?.start ?? Number.NaN },
  };
  server = await startServer({
    folder: campaign.path("server"),
    env: {
      VOCATIVE_OFFLINE: "false",
      VOCATIVE_ELEVENLABS_URL: elevenlabs.url,
      VOCATIVE_GTTS_URL: google.url,
    },
  });
});
after(async () => {
  await server.stop();
  await Promise.all([elevenlabs.close(), google.close()]);
  campaign.remove();
});

const create = (names: string[], fields: JobFields = {}) =>
  post(`${server.url}/jobs`, {
    base_video: base,
    recipients: sheet(...names),
    insert_mode: "gold",
    lang: "en",
    batch_name_tts: "false",
    ...fields,
  });
const cloned = {
  tts_provider: "elevenlabs",
  voice_sample: sample,
  elevenlabs_api_key: STAND_IN_KEY,
};
const finished = async (created: Answer) => jobEnd(server.url, idOf(created));
const codes = (job: Answer["body"]) =>
  (job["warnings"] as { code: string }[]).map((one) => one.code);

test("names are spoken in the voice of the sample, which is cloned once for all jobs that bring it", async () => {
  const first = await finished(await create(["Amit", "Priya", "Amit"], cloned));
  assert.deepEqual(first["progress"], { total: 3, done: 3, failed: 0, skipped: 0 });
  const second = await finished(await create(["Priya", "Neha"], cloned));
  assert.equal(second["status"], "done");
  const clones = [...elevenlabs.voices.values()].filter(({ category }) => category === "cloned");
  assert.equal(clones.length, 1);
  assert.deepEqual([...elevenlabs.spoken].toSorted(), [
    ["Amit", 1],
    ["Neha", 1],
    ["Priya", 1],
  ]);
  const cache = readFileSync(path.join(server.dataDir, "elevenlabs_voice_cache.json"), "utf8");
  assert.ok(cache.includes(clones[0]?.id ?? "?"));
});

test("a voice that is gone is cloned again, and nobody notices", async () => {
  for (const { id, category } of elevenlabs.voices.values()) {
    if (category === "cloned") elevenlabs.voices.delete(id);
  }
  const job = await finished(await create(["Zoya"], cloned));
  assert.deepEqual([job["status"], job["warnings"]], ["done", []]);
  assert.equal(elevenlabs.spoken.get("Zoya"), 1);
});

test("the options of the form reach the provider: voice, model, pace and what is said around the name", async () => {
  const fields = {
    ...cloned,
    elevenlabs_voice_id: STAND_IN_VOICE,
    elevenlabs_model_id: "eleven_turbo_v2_5",
    elevenlabs_speed: "0.9",
    base_transcript: "Well {Rahul}, here we are",
    slot: "0.3-1.1",
  };
  const job = await finished(await create(["Kavita"], fields));
  assert.equal(job["status"], "done", JSON.stringify(job));
  const body = elevenlabs.bodies.find(({ text }) => text === "Kavita");
  assert.equal(body?.model_id, "eleven_turbo_v2_5");
  assert.equal(body?.voice_settings?.speed, 0.9);
  assert.deepEqual([body?.previous_text, body?.next_text], ["Well", ", here we are"]);
  const used = elevenlabs.received.find(({ body: sent }) => sent.includes("Kavita"));
  assert.ok(used?.path.includes(STAND_IN_VOICE));
});

test("a preview speaks in the voice of its sample, too", async () => {
  const { elevenlabs_api_key, ...rest } = cloned;
  const answer = await fetch(`${server.url}/previews`, {
    method: "POST",
    body: formOf({
      base_video: base,
      name: "Uma",
      insert_mode: "gold",
      elevenlabs_api_key,
      ...rest,
    }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  await answer.bytes();
  assert.equal(elevenlabs.asked.has("Uma"), true);
});

test("a wrong key fails every row with the reason, without a request for each", async () => {
  const before = elevenlabs.received.length;
  const names = Array.from({ length: 30 }, (_, i) => `Wrong ${String.fromCharCode(65 + i)}x`);
  const job = await finished(
    await create(names, { ...cloned, elevenlabs_api_key: "sk_wrong_canary_81c2" }),
  );
  assert.equal(job["status"], "failed");
  assert.match(JSON.stringify(job["error"]), /key/iu);
  assert.ok(elevenlabs.received.length - before < 10, "the provider is left alone");
});

test("what the base says tells where the name is, in a preview and in a job", async () => {
  const spoken = { file: flite.file };
  const fields = {
    ...{ insert_mode: "gold", lang: "en", tts_provider: "espeak" },
    base_transcript: "Good morning {Rahul}, we have a special offer for you today.",
  };
  const answer = await fetch(`${server.url}/previews`, {
    method: "POST",
    body: formOf({ base_video: spoken, name: "Uma", ...fields }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  await answer.bytes();
  const { slot } = JSON.parse(answer.headers.get("vocative-preview") ?? "{}");
  assert.equal(slot.found_by, "transcript");
  assert.ok(slot.confidence > 0.7 && Math.abs(slot.start - flite.slot.start) < 0.06);
  const job = await finished(await create(["Uma"], { base_video: spoken, ...fields }));
  assert.deepEqual([job["status"], codes(job)], ["done", []]);
  const csv = readFileSync(
    path.join(server.dataDir, String(job["job_id"]), "output/report.csv"),
    "utf8",
  );
  assert.match(csv, /,transcript,(?:1|0\.\d+)\r\n/u);
});

test("a transcript of something else is refused, with what to give instead", async () => {
  const refused = await create(["Uma"], {
    ...{ tts_provider: "espeak", base_transcript: "The quick brown fox {jumps} over the lazy dog" },
    base_video: { file: flite.file },
  });
  assert.deepEqual([refused.status, refused.body["error"]], [422, "SLOT_UNSURE"]);
  assert.match(JSON.stringify(refused.body), /field slot/u);
});

test("a check by ear without a recogniser, and a voice that is not set up, are refused at once", async () => {
  const unheard = await create(["Uma"], { verify: "true", tts_provider: "espeak" });
  assert.deepEqual([unheard.status, unheard.body["error"]], [422, "OPTION_UNAVAILABLE"]);
  const unset = await create(["Uma"], { tts_provider: "sherpa" });
  assert.deepEqual([unset.status, unset.body["error"]], [422, "OPTION_UNAVAILABLE"]);
  assert.match(JSON.stringify(unset.body), /VOCATIVE_SHERPA_MODELS/u);
});

test("keys are in no log, in no answer and nowhere in the data folder", () => {
  const log = readFileSync(campaign.path("server", "logs", "lumen.log"), "utf8");
  const stored = readdirSync(server.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(path.join(parentPath, name)));
  assert.ok(
    stored.some((bytes) => bytes.includes("Kavita")),
    "what is kept can be found in this way",
  );
  for (const key of [STAND_IN_KEY, "sk_wrong_canary_81c2"]) {
    assert.ok(!log.includes(key));
    assert.ok(!stored.some((bytes) => bytes.includes(key)));
  }
});

test("by default Google Translate speaks, each name once", async () => {
  const job = await finished(await create(["Ravi", "Ravi", "Sita"]));
  assert.deepEqual([job["status"], codes(job)], ["done", []]);
  assert.equal(google.received.length, 2);
});

test("when Google Translate is out of reach the embedded voice speaks, and the job says so once", async () => {
  await google.close();
  const job = await finished(await create(["Gita", "Mohan", "Latha"]));
  assert.deepEqual(job["progress"], { total: 3, done: 3, failed: 0, skipped: 0 });
  assert.deepEqual(codes(job), ["VOICE_FALLBACK"]);
});
