import assert from "node:assert/strict";
import test from "node:test";
import { AppError } from "../../domain/app-error.ts";
import type { Speech } from "../../ports/speech-model.ts";
import { DEFAULT_LIVE_LIMITS } from "./live-limits.ts";
import { LEAD_SECONDS } from "./media-pump.ts";
import { createLiveBench, type FakeClient, pieces, speechOf, stuck } from "./testing/live-fakes.ts";
import { settled } from "./testing/manual-timers.ts";

const PERSONA = { name: "Asha", system: "Be brief.", language: "en", portrait: null };
const ended = (client: FakeClient, epoch: number) =>
  client.of("answered").some((event) => event["epoch"] === epoch);

/** Where the media of an answer that a client has ends, seconds. */
function mediaEnd(client: FakeClient, epoch: number): number {
  const last = client.fragments(epoch).at(-1);
  return last ? last.start + last.duration : 0;
}

test("a question is answered with captions, fragments in order and its sources", async () => {
  const { timers, open } = createLiveBench();
  const client = await open();
  assert.equal(client.of("opened")[0]?.["name"], "Asha");
  assert.deepEqual(
    client.frames.map(({ kind }) => kind),
    ["init", "idle"],
  );
  client.send({ type: "ask", text: "one two three" });
  await timers.pass(6000);
  const starts = client.fragments(1).map(({ start }) => start);
  assert.deepEqual(
    starts,
    [...starts].sort((a, b) => a - b),
  );
  const captions = client.of("caption").map((event) => event["text"]);
  assert.equal(captions.join(" "), "You said one two three.");
  const [answered] = client.of("answered");
  assert.equal(answered?.["duration"], mediaEnd(client, 1));
  assert.deepEqual(answered?.["sources"], [{ title: "Rules", file: "rules.md", section: "" }]);
  const numbers = [...client.events, ...client.frames].map((one) => Number(Object(one).seq ?? 0));
  const numbered = numbers.filter((seq) => seq > 0);
  assert.equal(new Set(numbered).size, numbered.length);
});

test("captions and visemes stand where their clause is heard", async () => {
  const { timers, language, open } = createLiveBench();
  language.answerWith = () => pieces("One two three four. ", "Five six seven eight. ");
  const client = await open();
  client.send({ type: "ask", text: "count" });
  await timers.pass(10_000);
  const captions = client.of("caption");
  const said = client.of("said");
  assert.ok(said.length >= 2);
  let end = 0;
  for (const [index, clause] of said.entries()) {
    assert.equal(clause["start"], end);
    assert.equal(captions[index]?.["start"], end);
    const [viseme] = clause["visemes"] as { start: number }[]; // as the protocol says
    assert.equal(viseme?.start, end);
    end = Number(clause["end"]);
  }
  assert.ok(Math.abs(end - 4) < 1e-6);
});

test("no more than the lead goes out ahead of the player", async () => {
  const { timers, language, open } = createLiveBench();
  language.answerWith = () => pieces("a b c d e f g h i j k l m n o p q r s t u v w x y z.");
  const client = await open();
  client.send({ type: "ask", text: "count" });
  await settled();
  assert.ok(mediaEnd(client, 1) <= LEAD_SECONDS + 0.2 + 1e-6);
  assert.ok(mediaEnd(client, 1) >= LEAD_SECONDS);
  for (let at = 0; at < 10; at += 0.5) {
    client.send({ type: "played", epoch: 1, at, playing: true, seq: client.lastSeq() });
    await timers.pass(500);
    assert.ok(mediaEnd(client, 1) <= at + 0.5 + LEAD_SECONDS + 0.2 + 1e-6, `at ${at}`);
    assert.ok(mediaEnd(client, 1) >= at + 0.5 + LEAD_SECONDS - 0.2 - 1e-6, `at ${at}`);
  }
});

test("a player that is paused gets nothing more than the lead", async () => {
  const { timers, language, open } = createLiveBench();
  language.answerWith = () => pieces("a b c d e f g h i j k l m n o p q r s t u v w x y z.");
  const client = await open();
  client.send({ type: "ask", text: "count" });
  await settled();
  client.send({ type: "played", epoch: 1, at: 0.1, playing: false, seq: client.lastSeq() });
  await timers.pass(60_000);
  assert.ok(mediaEnd(client, 1) <= 0.1 + LEAD_SECONDS + 0.2 + 1e-6);
  assert.equal(client.closed?.reason, undefined);
});

test("late speech is bridged before the player runs dry", async () => {
  let release = () => {};
  const { timers, faces, language, open } = createLiveBench({
    speak: async (text): Promise<Speech> => {
      if (text.startsWith("Later")) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return speechOf(text);
    },
  });
  language.answerWith = () => pieces("First of all. ", "Later the rest.");
  const client = await open();
  client.send({ type: "ask", text: "go" });
  await settled();
  for (let passed = 0; passed < 5000; passed += 100) {
    await timers.pass(100);
    client.send({
      type: "played",
      epoch: 1,
      at: passed / 1000,
      playing: true,
      seq: client.lastSeq(),
    });
    assert.ok(mediaEnd(client, 1) > (passed + 100) / 1000, `dry after ${passed} ms`);
  }
  assert.ok(faces.waited > 3, `${faces.waited} s were bridged`);
  release();
  await timers.pass(4000);
  const last = client.of("said").at(-1);
  assert.ok(Number(last?.["start"]) >= 1.5 + faces.waited - 1e-6);
  assert.ok(ended(client, 1));
});

test("nothing to say for half a minute ends the answer, and the conversation lives on", async () => {
  const { timers, language, open } = createLiveBench();
  language.answerWith = (_question, signal) => stuck(signal, "So. ");
  const client = await open();
  client.send({ type: "ask", text: "go" });
  for (let seconds = 0; seconds < 40; seconds++) {
    client.send({ type: "played", epoch: 1, at: seconds, playing: true, seq: client.lastSeq() });
    await timers.pass(1000);
  }
  assert.equal(client.of("error")[0]?.["code"], "LANGUAGE_FAILED");
  language.answerWith = () => pieces("Fine now.");
  client.send({ type: "ask", text: "again" });
  await timers.pass(3000);
  assert.ok(ended(client, 2));
});

test("an interrupted answer stops, and only what was heard of it is remembered", async () => {
  const { timers, faces, language, open } = createLiveBench();
  language.answerWith = () => pieces("One two three. ", "Four five six. ", "Seven eight nine.");
  const client = await open();
  client.send({ type: "ask", text: "count" });
  await timers.pass(2000);
  client.send({ type: "interrupt", epoch: 1, at: 2.1 });
  const had = client.fragments(1).length;
  await timers.pass(5000);
  assert.equal(client.fragments(1).length, had);
  assert.equal(client.of("interrupted")[0]?.["heard"], "One two three. Four");
  assert.equal(faces.cancelled + faces.ended, faces.begun);
  client.send({ type: "ask", text: "and then" });
  await timers.pass(100);
  assert.deepEqual(language.requests[1]?.messages, [
    { role: "user", text: "count" },
    { role: "assistant", text: "One two three. Four" },
    { role: "user", text: "and then" },
  ]);
});

test("a new question interrupts, and an answer that was heard to its end is remembered whole", async () => {
  const { timers, language, open } = createLiveBench();
  language.answerWith = () => pieces("One two three. Four five six.");
  const client = await open();
  client.send({ type: "ask", text: "first" });
  await timers.pass(1000);
  client.send({ type: "ask", text: "second", heard: { epoch: 1, at: 0.7 } });
  await timers.pass(500);
  assert.equal(client.of("interrupted")[0]?.["heard"], "One");
  for (let at = 0.5; at < 4; at += 0.5) {
    client.send({ type: "played", epoch: 2, at, playing: true, seq: client.lastSeq() });
    await timers.pass(500);
  }
  client.send({ type: "ask", text: "third" });
  await settled();
  assert.equal(client.of("interrupted").length, 1);
  assert.deepEqual(
    language.requests[2]?.messages.map(({ text }) => text),
    ["first", "One", "second", "One two three. Four five six.", "third"],
  );
});

test("an interruption of an answer that is over already changes nothing", async () => {
  const { timers, open } = createLiveBench();
  const client = await open();
  client.send({ type: "ask", text: "one" });
  await timers.pass(500);
  client.send({ type: "ask", text: "two" });
  client.send({ type: "interrupt", epoch: 1, at: 0.2 });
  await timers.pass(5000);
  assert.ok(ended(client, 2));
});

test("a language model that fails is told, and the conversation lives on", async () => {
  const { timers, language, faces, open } = createLiveBench();
  language.answerWith = async function* () {
    yield "Well then. ";
    throw new AppError("LANGUAGE_FAILED", "the provider is down: try again", { retryable: true });
  };
  const client = await open();
  client.send({ type: "ask", text: "go" });
  await timers.pass(3000);
  const [error] = client.of("error");
  assert.equal(error?.["code"], "LANGUAGE_FAILED");
  assert.equal(error?.["retryable"], true);
  assert.equal(faces.cancelled + faces.ended, faces.begun);
  language.answerWith = () => pieces("Here I am.");
  client.send({ type: "ask", text: "again" });
  await timers.pass(3000);
  assert.ok(ended(client, 2));
});

test("a persona greets once, and the second client gets the same greeting from the kept one", async () => {
  const { timers, faces, open } = createLiveBench({
    persona: { ...PERSONA, greeting: "Hello and welcome." },
  });
  const first = await open();
  await timers.pass(3000);
  assert.equal(first.of("answer")[0]?.["question"], "");
  assert.ok(ended(first, 1));
  const second = await open();
  await timers.pass(3000);
  assert.equal(second.of("answer")[0]?.["cached"], true);
  assert.deepEqual(
    second.fragments(1).map(({ start }) => start),
    first.fragments(1).map(({ start }) => start),
  );
  assert.deepEqual(second.of("caption"), first.of("caption"));
  assert.equal(faces.begun, 1);
});

test("what is asked a second time at a conversation's beginning is kept for the third", async () => {
  const { timers, language, open } = createLiveBench();
  for (const cached of [false, false, true]) {
    const client = await open();
    client.send({ type: "ask", text: "When do you open?" });
    await timers.pass(4000);
    assert.equal(client.of("answer")[0]?.["cached"], cached);
    assert.ok(ended(client, 1));
    client.hangUp();
  }
  assert.equal(language.requests.length, 2);
});

test("after a break the conversation goes on with what was not confirmed", async () => {
  const { timers, language, connect, open } = createLiveBench();
  language.answerWith = () => pieces("a b c d e f g h. i j k l m n o p.");
  const client = await open();
  client.send({ type: "ask", text: "count" });
  await timers.pass(1000);
  const seq = client.fragments(1)[2]?.seq ?? 0;
  const { token } = client.of("opened")[0] as { token: string };
  client.hangUp();
  const had = client.fragments(1).length;
  await timers.pass(30_000);
  assert.equal(client.fragments(1).length, had);

  const back = connect();
  back.send({ type: "open", resume: { token, seq } });
  await settled();
  assert.equal(back.of("opened")[0]?.["resumed"], true);
  for (let at = 1; at < 9; at += 0.5) {
    back.send({ type: "played", epoch: 1, at, playing: true, seq: back.lastSeq() });
    await timers.pass(500);
  }
  const starts = [...client.fragments(1).slice(0, 3), ...back.fragments(1)].map(
    ({ start }) => start,
  );
  assert.deepEqual(
    starts,
    [...new Set(starts)].sort((a, b) => a - b),
  );
  assert.ok(Math.abs(mediaEnd(back, 1) - 8.2) < 1e-6);
  assert.equal(back.frames[0]?.seq, seq + 1);
});

test("a conversation is not resumed by somebody else, nor after two minutes", async () => {
  const { sessions, timers, connect, open } = createLiveBench();
  const client = await open();
  const { token } = client.of("opened")[0] as { token: string };
  client.hangUp();
  const thief = connect({ owner: "other" });
  thief.send({ type: "open", resume: { token, seq: 0 } });
  await settled();
  assert.equal(thief.of("opened")[0]?.["resumed"], false);
  assert.notEqual(thief.of("opened")[0]?.["token"], token);
  thief.hangUp();
  await timers.pass(DEFAULT_LIVE_LIMITS.resumeMs + 1);
  assert.equal(sessions.stats().sessions, 0);
  assert.equal(timers.waiting(), 0);
});

test("a connection that takes a conversation over ends the one before", async () => {
  const { sessions, timers, connect, open } = createLiveBench();
  const client = await open();
  const { token } = client.of("opened")[0] as { token: string };
  const next = connect();
  next.send({ type: "open", resume: { token, seq: 0 } });
  await settled();
  assert.equal(client.closed?.reason, "takenOver");
  client.hangUp();
  next.send({ type: "ask", text: "still there" });
  await timers.pass(3000);
  assert.ok(ended(next, 1));
  assert.equal(sessions.stats().sessions, 1);
});

test("a slow consumer is waited for, then dropped, and memory does not grow", async () => {
  const { sessions, timers, language, open } = createLiveBench();
  language.answerWith = () => pieces("a b c d e f g h i j k l m n o p q r s t u v w x y z.");
  const client = await open();
  client.buffered = 300_000;
  client.send({ type: "ask", text: "count" });
  await timers.pass(9_000);
  assert.equal(client.fragments(1).length, 0);
  assert.equal(client.closed?.reason, undefined);
  client.buffered = 0;
  await timers.pass(500);
  assert.ok(client.fragments(1).length > 0);
  client.buffered = 300_000;
  client.send({ type: "played", epoch: 1, at: 0.5, playing: true, seq: client.lastSeq() });
  await timers.pass(13_000);
  assert.equal(client.closed?.reason, "tooSlow");
  assert.ok(sessions.stats().keptBytes < 100_000);
});

test("what a client never confirms is kept up to a limit only", async () => {
  const { sessions, timers, language, open } = createLiveBench({
    speak: async (text) => speechOf(text),
    generation: { maxTokens: 100, temperature: 0, maxSpoken: 1_000_000 },
  });
  language.answerWith = () => pieces(`${"word ".repeat(20)}. `.repeat(400));
  const client = await open({ mode: "sound" });
  client.send({ type: "ask", text: "talk" });
  for (let at = 0; at < 400 && client.closed === null; at += 1) {
    client.send({ type: "played", epoch: 1, at, playing: true, seq: 0 });
    await timers.pass(1000);
  }
  assert.ok(sessions.stats().keptBytes <= 4 * 2 ** 20);
  assert.ok(["tooSlow"].includes(client.closed?.reason ?? ""));
});

test("messages that are malformed, oversize or too many are refused with their reason", async () => {
  const { timers, open } = createLiveBench();
  const client = await open();
  const refusal = () => String(client.of("refused").at(-1)?.["message"]);
  client.sendText("{");
  assert.match(refusal(), /no JSON/);
  client.sendText(JSON.stringify({ v: 2, type: "ask", text: "x" }));
  assert.match(refusal(), /^v: /);
  client.send({ type: "ask", text: "  " });
  assert.match(refusal(), /^text: /);
  client.send({ type: "ask", text: "x".repeat(2001) });
  assert.match(refusal(), /^text: /);
  client.send({ type: "launch" });
  assert.match(refusal(), /^type: /);
  client.sendText(" ".repeat(70_000));
  assert.match(refusal(), /70000 bytes, and at most 65536/);
  client.sendSound(new Uint8Array(10));
  assert.match(refusal(), /before `microphone`/);
  client.send({ type: "microphone", on: true });
  assert.match(refusal(), /does not understand speech/);
  await timers.pass(10_000);
  for (let id = 0; id < 81; id++) client.send({ type: "ping", id });
  assert.match(refusal(), /more than 40 messages/);
  assert.equal(client.of("pong").length, 80);
  assert.equal(client.closed?.reason, undefined);
  for (let id = 0; id < 20; id++) client.send({ type: "ping", id });
  assert.equal(client.closed?.reason, "tooMany");
});

test("conversations and questions of one client are limited", async () => {
  const { connect, timers, open } = createLiveBench({
    limits: { ...DEFAULT_LIVE_LIMITS, sessionsPerClient: 2, turnsPerMinute: 3, turnsPerSession: 4 },
  });
  const client = await open();
  await open();
  const third = connect();
  third.send({ type: "open" });
  await settled();
  assert.equal(third.of("refused")[0]?.["code"], "QUOTA_EXCEEDED");
  assert.equal(third.closed?.reason, "refused");
  const other = connect({ address: "b" });
  other.send({ type: "open" });
  await settled();
  assert.equal(other.of("opened").length, 1);
  for (let asked = 0; asked < 4; asked++) client.send({ type: "ask", text: "again" });
  assert.equal(client.of("answer").length, 3);
  assert.equal(client.of("refused")[0]?.["code"], "RATE_LIMITED");
  await timers.pass(60_000);
  client.send({ type: "ask", text: "again" });
  client.send({ type: "ask", text: "again" });
  assert.equal(client.of("refused")[1]?.["code"], "QUOTA_EXCEEDED");
});

test("who does not begin, and who says nothing for long, is let go", async () => {
  const { sessions, timers, connect, open } = createLiveBench();
  const silent = connect();
  await timers.pass(DEFAULT_LIVE_LIMITS.openMs);
  assert.equal(silent.closed?.reason, "refused");
  const client = await open();
  await timers.pass(DEFAULT_LIVE_LIMITS.idleMs + 20_000);
  assert.equal(client.closed?.reason, "idle");
  assert.equal(sessions.stats().sessions, 0);
  assert.equal(timers.waiting(), 0);
});

test("a portrait that cannot be opened is told", async () => {
  const bench = createLiveBench();
  bench.faces.open = async () => {
    throw new AppError("NO_FACE", "the picture shows no face: choose another");
  };
  const client = await bench.open();
  assert.equal(client.of("refused")[0]?.["code"], "NO_FACE");
  assert.equal(client.closed?.reason, "refused");
});

test("without pictures a client gets sound and visemes; text alone comes as it is written", async () => {
  const { timers, faces, open } = createLiveBench();
  const listener = await open({ mode: "sound" });
  listener.send({ type: "ask", text: "one two" });
  await timers.pass(4000);
  const sound = listener.fragments(1);
  assert.ok(sound.every(({ kind, sampleRate }) => kind === "sound" && sampleRate === 8000));
  const bytes = sound.reduce((sum, { payload }) => sum + payload.length, 0);
  assert.equal(bytes, 2 * 8000 * 2);
  assert.equal(listener.of("said").length, listener.of("caption").length);
  const reader = await open({ mode: "text" });
  reader.send({ type: "ask", text: "hi" });
  await settled();
  assert.equal(
    reader
      .of("text")
      .map((event) => event["text"])
      .join(""),
    "You said hi.",
  );
  assert.ok(ended(reader, 1));
  assert.equal(faces.begun, 0);
});

test("500 questions and interruptions leave nothing behind", async () => {
  const { sessions, timers, faces, language, open } = createLiveBench();
  language.answerWith = (_question, signal) => stuck(signal, "One two three. Four five ", "six.");
  const client = await open();
  for (let epoch = 1; epoch <= 500; epoch++) {
    client.send({ type: "ask", text: `question ${epoch}` });
    await timers.pass(1100);
    client.send({ type: "interrupt", epoch, at: 0.6 });
    client.send({ type: "played", epoch, at: 0.6, playing: false, seq: client.lastSeq() });
  }
  await timers.pass(1000);
  assert.equal(client.of("interrupted").length, 500);
  assert.equal(faces.begun, 500);
  assert.equal(faces.cancelled + faces.ended, 500);
  assert.deepEqual(sessions.stats(), { sessions: 1, talking: 0, keptBytes: 0, cachedBytes: 0 });
  await sessions.close();
  assert.equal(client.closed?.reason, "goingAway");
  client.hangUp();
  assert.equal(timers.waiting(), 0);
});

test("an answer whose player stopped at its last picture was not interrupted", async () => {
  const { timers, open } = createLiveBench();
  const client = await open();
  client.send({ type: "ask", text: "one" });
  await timers.pass(3000);
  const at = Number(client.of("answered")[0]?.["duration"]) - 0.04;
  client.send({ type: "played", epoch: 1, at, playing: false, seq: client.lastSeq() });
  client.send({ type: "ask", text: "two" });
  assert.equal(client.of("interrupted").length, 0);
});
