import assert from "node:assert/strict";
import test from "node:test";
import type { SpeechRecognizer } from "../../ports/speech-recognizer.ts";
import { pcm16 } from "./binary-frame.ts";
import { createLiveBench } from "./testing/live-fakes.ts";
import { settled } from "./testing/manual-timers.ts";

const RATE = 16_000;
const tone = (seconds: number, amplitude: number) =>
  pcm16(
    Float32Array.from(
      { length: seconds * RATE },
      (_, at) => amplitude * Math.sin((2 * Math.PI * 220 * at) / RATE),
    ),
  );

function recognizer(transcribe: SpeechRecognizer["transcribe"]): SpeechRecognizer {
  return { provider: "fake", transcribe, close: async () => {} };
}

test("who speaks interrupts the answer, and what they said is the next question", async () => {
  const { timers, open } = createLiveBench({
    recognizer: recognizer(async () => ({ text: " and on Sunday? " })),
  });
  const client = await open();
  client.send({ type: "ask", text: "when do you open" });
  await timers.pass(1000);
  client.send({ type: "microphone", on: true, sampleRate: RATE });
  client.sendSound(tone(0.5, 0));
  await settled();
  assert.equal(client.of("interrupted").length, 0);
  client.sendSound(tone(0.5, 0.3));
  await settled();
  assert.equal(client.of("interrupted")[0]?.["heard"], "You said");
  client.sendSound(tone(1, 0));
  await timers.pass(3000);
  assert.equal(client.of("transcript")[0]?.["text"], "and on Sunday?");
  assert.equal(client.of("answer")[1]?.["question"], "and on Sunday?");
});

test("a recogniser that fails is told, and a microphone that is off is not listened to", async () => {
  const { open } = createLiveBench({
    recognizer: recognizer(async () => {
      throw new Error("no model");
    }),
  });
  const client = await open();
  client.send({ type: "microphone", on: true, sampleRate: RATE });
  for (const part of [tone(0.5, 0), tone(0.5, 0.3), tone(1, 0)]) client.sendSound(part);
  await settled();
  assert.equal(client.of("error")[0]?.["code"], "RECOGNITION_FAILED");
  client.send({ type: "microphone", on: false });
  client.sendSound(tone(0.5, 0.3));
  assert.equal(client.of("refused")[0]?.["code"], "BAD_REQUEST");
});
