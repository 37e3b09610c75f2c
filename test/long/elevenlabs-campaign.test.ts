import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { madeUpNames } from "../support/made-up-names.ts";
import { readReport } from "../support/read-report.ts";
import { startVocative } from "../support/run-vocative.ts";
import { createSmallCampaign } from "../support/small-campaign.ts";
import {
  type ElevenLabsServer,
  refusal,
  STAND_IN_KEY,
  STAND_IN_VOICE,
  startElevenLabsServer,
} from "../support/speech-servers/elevenlabs.ts";

const RECIPIENTS = 10_000;
const DISTINCT = 1200;

const campaign = createSmallCampaign();
let elevenlabs: ElevenLabsServer;
before(async () => {
  elevenlabs = await startElevenLabsServer();
});
after(async () => {
  await elevenlabs.close();
  campaign.remove();
});

test(`${RECIPIENTS} recipients of ${DISTINCT} names cost one request a name, whatever the provider refuses meanwhile`, async (t) => {
  const names = madeUpNames(DISTINCT);
  assert.equal(new Set(names).size, DISTINCT);
  const rows = Array.from({ length: RECIPIENTS }, (_, i) => names[(i * 7) % DISTINCT] ?? "");
  // Fewer at a time than the adapter tries, so that it is told so; and faults of every passing kind.
  elevenlabs.plan.concurrency = 3;
  for (let i = 0; i < 12; i++) {
    elevenlabs.trouble(
      refusal(429, "too_many_concurrent_requests", "Too many concurrent requests."),
      refusal(500, "internal_error", "Something went wrong."),
      "cut",
    );
  }
  const outdir = campaign.path("out");
  const running = startVocative(
    [
      ...["campaign", "--video", campaign.base],
      ...["--recipients", campaign.sheet("many.csv", rows), "--outdir", outdir],
      ...["--insert-mode", "gold", "--lang", "en", "--keep", "renditions"],
      ...["--tts-provider", "elevenlabs", "--elevenlabs-voice-id", STAND_IN_VOICE],
      "--no-batch-name-tts",
    ],
    {
      ...campaign.surroundings,
      env: {
        ...campaign.surroundings.env,
        VOCATIVE_OFFLINE: "false",
        VOCATIVE_ELEVENLABS_URL: elevenlabs.url,
        ELEVENLABS_API_KEY: STAND_IN_KEY,
      },
    },
  );
  const ended = await running.ended;
  assert.equal(ended.code, 0, ended.stderr.slice(-2000));
  const report = readReport(outdir);
  assert.equal(report.length, RECIPIENTS);
  assert.ok(report.every(({ state }) => state === "done"));
  assert.equal(elevenlabs.spoken.size, DISTINCT);
  assert.ok([...elevenlabs.spoken.values()].every((times) => times === 1));
  const refused = elevenlabs.received.length - DISTINCT;
  assert.ok(refused >= 36, "the provider did refuse");
  t.diagnostic(
    `${RECIPIENTS} recipients: ${DISTINCT} names spoken once each, ${refused} requests refused or broken off, and repeated, at most ${elevenlabs.underWay.most} at a time`,
  );
});
