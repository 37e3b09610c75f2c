import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { before, describe, test } from "node:test";
import { durationOf } from "../src/domain/audio.ts";
import type { SpeechModel, SpeechRequest } from "../src/ports/speech-model.ts";
import { createXttsCommand } from "../src/speech/command/xtts-command.ts";
import { createXttsServer } from "../src/speech/remote/xtts-server.ts";
import {
  assertSeconds,
  noWait,
  useRemoteSpeech,
  useStandIn,
} from "./support/speech-servers/remote-speech.ts";
import { toneSeconds } from "./support/speech-servers/spoken-tone.ts";
import {
  REFERENCE,
  startCoqui,
  startXttsApiServer,
  xttsCall,
} from "./support/speech-servers/xtts.ts";

const signal = new AbortController().signal;
const { decode, decodeFile, folder } = useRemoteSpeech();
const coqui = useStandIn(startCoqui);
const xttsApiServer = useStandIn(startXttsApiServer);
const SERVERS = [
  ["coqui", coqui],
  ["xtts-api-server", xttsApiServer],
] as const;

const HINDI = "आपका दिन शुभ हो और आपके सारे काम समय पर पूरे हों। ".repeat(4).trim();

for (const [kind, server] of SERVERS) {
  describe(`XTTS on ${kind}`, () => {
    const model = (reference: string = REFERENCE[kind]) =>
      createXttsServer({
        baseUrl: server().url,
        kind,
        reference,
        decode,
        client: { wait: noWait, timeoutMs: 5000 },
      });
    const speak = (request: Partial<SpeechRequest>, speaker: SpeechModel = model()) =>
      speaker.speak({ text: "Priya", language: "hi", ...request }, { signal });

    async function spoken(request: Partial<SpeechRequest>) {
      const from = server().received.length;
      const speech = await speak(request);
      return { speech, calls: server().received.slice(from).map(xttsCall) };
    }

    test("a name is spoken with the operator's recording, whatever characters it has", async () => {
      const text = "O'Brien & <b>=%20+";
      const { speech, calls } = await spoken({ text });
      assert.deepEqual(calls, [{ text, speaker: REFERENCE[kind], language: "hi" }]);
      assert.equal(speech.voice, "anna");
      assertSeconds(speech.audio, toneSeconds(text), 0.001);
    });

    test("the language is the campaign's or the text's", async () => {
      for (const [text, language, code] of [
        ["Ana", "pt-BR", "pt"],
        ["王小明", "zh-TW", "zh-cn"],
        ["王小明", "en", "zh-cn"],
        ["Наталья", "hi", "ru"],
      ] as const) {
        assert.equal((await spoken({ text, language })).calls[0]?.language, code);
      }
      for (const [text, language] of [
        ["Aoife", "ga"],
        ["தமிழ்", "en"],
      ] as const) {
        const message = /^XTTS does not speak the language ".."/;
        await assert.rejects(speak({ text, language }), { code: "SPEECH_FAILED", message });
      }
    });

    test("a Hindi text of more than 150 characters is asked for in sentences, one at a time", async () => {
      const most = server().underWay;
      most.most = 0;
      const { speech, calls } = await spoken({ text: HINDI });
      assert.ok(calls.length > 1);
      assert.ok(calls.every(({ text }) => text.length <= 150 && text.endsWith("।")));
      assert.equal(calls.map(({ text }) => text).join(" "), HINDI);
      assert.equal(most.most, 1);
      const alone = calls.reduce((sum, { text }) => sum + toneSeconds(text), 0);
      assertSeconds(speech.audio, alone + (calls.length - 1) * (0.4 - 0.3), 0.05);
    });

    test("several texts at a time are asked for one after another", async () => {
      server().underWay.most = 0;
      const one = model();
      await Promise.all(["Ana", "Priya", "John"].map((text) => speak({ text }, one)));
      assert.equal(server().underWay.most, 1);
    });

    test("a voice that a client names is never a file of the server's", async () => {
      const from = server().received.length;
      for (const voice of ["/etc/passwd", "../anna", "other"]) {
        const message = /alone: leave the voice/;
        await assert.rejects(speak({ voice }), { code: "VOICE_UNKNOWN", message });
      }
      assert.equal(server().received.length, from);
      assert.equal((await speak({ voice: "anna" })).voice, "anna");
      const voices = await model().voices?.({ signal });
      assert.deepEqual(
        voices?.map(({ id }) => id),
        ["anna"],
      );
    });

    test("a recording that the server does not have is told after one request", async () => {
      const from = server().received.length;
      const speaking = speak({}, model("/srv/absent.wav"));
      const message = /answered 500: .*(No such file|not found)/;
      await assert.rejects(speaking, { code: "SPEECH_FAILED", message, retryable: false });
      assert.equal(server().received.length, from + 1);
    });

    test("a passing fault is asked for again once", async () => {
      server().trouble({ status: 500, body: '{"error":"CUDA out of memory"}' });
      await speak({});
      server().trouble({ status: 500, body: "x" }, { status: 500, body: "x" });
      await assert.rejects(speak({}), { code: "SPEECH_FAILED", retryable: true });
    });

    test("speed and phonetic spellings are warnings", async () => {
      const request = { speed: 1.2, pronunciations: [{ written: "Priya", ipa: "p" }] };
      const { warnings } = await speak(request);
      assert.deepEqual(
        warnings.map(({ code }) => code),
        ["SPEED_IGNORED", "PRONUNCIATION_IGNORED"],
      );
    });

    test("an empty reference is refused", () => {
      assert.throws(() => model(" "), { code: "INVALID_OPTION", message: /no recording/ });
    });
  });
}

/** In place of coqui-tts: checks its options as argparse does, and writes what it was told. */
const PROGRAM = `#!${process.execPath}
const { appendFileSync, existsSync, mkdirSync, rmdirSync, writeFileSync } = require("node:fs");
const log = __dirname + "/calls.jsonl";
const lock = __dirname + "/lock";
const options = Object.fromEntries(process.argv.slice(2).map((word) => {
  const [, name, value] = /^--([a-z_]+)=([^]*)$/.exec(word) ?? [];
  if (!name) { console.error("tts: error: unrecognized arguments: " + word); process.exit(2); }
  return [name, value];
}));
if (process.env.COQUI_TOS_AGREED !== "1") { console.error("EOFError: EOF when reading a line"); process.exit(1); }
if (options.text === "fail") { console.error("ValueError: no"); process.exit(1); }
mkdirSync(lock); // a second one at a time fails here
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); // its work takes a while
appendFileSync(log, JSON.stringify(options) + "\\n");
const samples = Int16Array.from({ length: options.text.length * 1440 }, (_, i) => 9000 * Math.sin(i / 19));
const header = Buffer.alloc(44);
header.write("RIFF", 0); header.writeUInt32LE(36 + 2 * samples.length, 4); header.write("WAVEfmt ", 8);
[[16, 4, 16], [20, 2, 1], [22, 2, 1], [24, 4, 24000], [28, 4, 48000], [32, 2, 2], [34, 2, 16]]
  .forEach(([at, bytes, value]) => header.writeUIntLE(value, at, bytes));
header.write("data", 36); header.writeUInt32LE(2 * samples.length, 40);
writeFileSync(options.out_path, Buffer.concat([header, Buffer.from(samples.buffer)]));
rmdirSync(lock);
`;

describe("XTTS by its own program", { skip: process.platform === "win32" }, () => {
  let program = "";
  before(async () => {
    program = path.join(folder(), "tts.cjs");
    await writeFile(program, PROGRAM, { mode: 0o755 });
  });
  const options = () => ({
    program,
    reference: "/srv/voices/my anna.wav",
    acceptLicence: true,
    decode: decodeFile,
    workFolder: folder(),
  });
  const speak = (request: Partial<SpeechRequest>, model = createXttsCommand(options())) =>
    model.speak({ text: "Priya", language: "hi", ...request }, { signal });

  test("a text is an argument of its own, whatever it looks like", async () => {
    for (const text of ["Priya", "--help", "-rf $(exit 1) `id` \"x\" 'y'"]) {
      const { audio, voice } = await speak({ text });
      assert.equal(voice, "my anna");
      assert.ok(Math.abs(durationOf(audio) - text.length * 0.06) < 0.001);
    }
  });

  test("a long text takes several runs, one at a time", async () => {
    const model = createXttsCommand(options());
    const [{ audio }] = await Promise.all([speak({ text: HINDI }, model), speak({}, model)]);
    const spoken = HINDI.length * 0.06;
    assert.ok(durationOf(audio) > spoken && durationOf(audio) < spoken + 1.5);
  });

  test("without the licence's acceptance it is refused, and told why", () => {
    const message = /non-commercial use only .*VOCATIVE_XTTS_ACCEPT_LICENCE=true/;
    const refused = () => createXttsCommand({ ...options(), acceptLicence: false });
    assert.throws(refused, { code: "INVALID_OPTION", message });
  });

  test("a failure is told with the program's last line", async () => {
    const message = /tts\.cjs failed \(exit code 1\): ValueError: no/;
    await assert.rejects(speak({ text: "fail" }), { code: "SPEECH_FAILED", message });
  });

  test("another voice, an unknown language and a speed are told as a server's", async () => {
    await assert.rejects(speak({ voice: "/etc/passwd" }), { code: "VOICE_UNKNOWN" });
    await assert.rejects(speak({ language: "ga" }), { code: "SPEECH_FAILED" });
    const { warnings } = await speak({ speed: 2 });
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ["SPEED_IGNORED"],
    );
  });

  test("cancelling a request that waits for its turn leaves the other alone", async () => {
    const model = createXttsCommand(options());
    const controller = new AbortController();
    const first = speak({}, model);
    const waiting = model.speak({ text: "a", language: "en" }, { signal: controller.signal });
    controller.abort();
    await assert.rejects(waiting, { code: "CANCELLED" });
    assert.equal((await first).voice, "my anna");
    await model.close();
  });
});
