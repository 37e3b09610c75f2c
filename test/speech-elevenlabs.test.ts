import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inspect } from "node:util";
import type { AppError } from "../src/domain/app-error.ts";
import { durationOf } from "../src/domain/audio.ts";
import { forEachConcurrently } from "../src/domain/limit-concurrency.ts";
import { isRetryLater } from "../src/domain/retry-later.ts";
import type { SpeechRequest } from "../src/ports/speech-model.ts";
import { createCachedSpeech } from "../src/speech/cache/cached-speech.ts";
import { createVoiceClones } from "../src/speech/clone/voice-clones.ts";
import { createVoiceSample } from "../src/speech/clone/voice-sample.ts";
import type { DecodeSound } from "../src/speech/remote/decode-sound.ts";
import { createElevenLabs, type ElevenLabsOptions } from "../src/speech/remote/elevenlabs.ts";
import { createElevenLabsVoices } from "../src/speech/remote/elevenlabs-voices.ts";
import { createVerifiedSpeech } from "../src/speech/verify/verified-speech.ts";
import { speechModelConformance } from "./conformance/speech-model.ts";
import { madeUpNames } from "./support/made-up-names.ts";
import { decodeSound } from "./support/read-media.ts";
import {
  decodeWav,
  type ElevenLabsServer,
  encodeWav,
  refusal,
  STAND_IN_KEY,
  STAND_IN_VOICE,
  startElevenLabsServer,
} from "./support/speech-servers/elevenlabs.ts";
import { toneMp3, toneSeconds } from "./support/speech-servers/spoken-tone.ts";

const { signal } = new AbortController();
const options = { signal };
const priya: SpeechRequest = { text: "Priya Sharma", language: "hi" };
const decode: DecodeSound = async (sound) => decodeWav(sound);

let folder = "";
let count = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "speech-elevenlabs-test-"));
});
after(() => rm(folder, { recursive: true }));

/** A stand-in of one test, and a model on it that waits for nothing; every wait is noted, in ms. */
async function setUp(
  given: Partial<ElevenLabsOptions> = {},
  use: (one: {
    server: ElevenLabsServer;
    model: ReturnType<typeof createElevenLabs>;
    waits: number[];
    time: { now: number };
  }) => Promise<void>,
): Promise<void> {
  const server = await startElevenLabsServer();
  const waits: number[] = [];
  const time = { now: 1_700_000_000_000 };
  const model = createElevenLabs({
    ...accessTo(server, { waits, time }),
    voice: { id: STAND_IN_VOICE },
    decode,
    ...given,
  });
  try {
    await use({ server, model, waits, time });
  } finally {
    await model.close();
    await server.close();
  }
}

function accessTo(
  server: ElevenLabsServer,
  { waits = [], time = { now: 0 } }: { waits?: number[]; time?: { now: number } } = {},
) {
  return {
    apiKey: STAND_IN_KEY,
    baseUrl: server.url,
    clock: () => time.now,
    wait: async (ms: number, aborting: AbortSignal) => {
      aborting.throwIfAborted();
      waits.push(ms);
      time.now += ms;
    },
  };
}

/** The clone of a sample in the stand-in's account, and what it was made with. */
function cloning(server: ElevenLabsServer, text = "a recording", file = newFile()) {
  const account = createElevenLabsVoices(accessTo(server));
  const clones = createVoiceClones({ file, ...account });
  const bytes = Buffer.from(text);
  return { file, clone: clones.of(createVoiceSample({ fileName: "ann.mp3", bytes })) };
}

function newFile(): string {
  return join(folder, `elevenlabs_voice_cache-${count++}.json`);
}

async function failure(speaking: Promise<unknown>): Promise<AppError> {
  const thrown = await speaking.then(
    () => assert.fail("it is refused"),
    (cause: unknown) => cause,
  );
  return thrown as AppError; // every caller asserts on its code
}

const servers: ElevenLabsServer[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

speechModelConformance("ElevenLabs", async () => {
  const server = await startElevenLabsServer();
  servers.push(server);
  server.voices.set("another", { ...voiceNamed("Another"), id: "another" });
  return {
    // So that 1.5 times as fast is still within what the API speaks well.
    model: createElevenLabs({
      ...accessTo(server),
      voice: { id: STAND_IN_VOICE },
      speed: 0.75,
      decode,
    }),
    requests: [
      { text: "Priya", language: "en" },
      { text: "प्रिया शर्मा सिंह", language: "hi" },
      { text: "王小明", language: "zh-CN" },
    ],
    otherVoice: "another",
    obeysSpeed: true,
    secrets: [STAND_IN_KEY],
  };
});

function voiceNamed(name: string) {
  return { name, category: "cloned" as const, samples: [] };
}

test("speech has its sound, its voice and the times of its words", () =>
  setUp({}, async ({ server, model }) => {
    const text = "Hi 😀 José!";
    const { audio, voice, words, warnings } = await model.speak({ text, language: "es" }, options);
    const after = (characters: number) => toneSeconds("a".repeat(characters)) - toneSeconds("") / 2;
    assert.ok(Math.abs(durationOf(audio) - toneSeconds(text)) < 0.001);
    assert.equal(voice, STAND_IN_VOICE);
    assert.deepEqual(
      words?.map(({ from, to, start, end }) => [from, to, start.toFixed(3), end.toFixed(3)]),
      [
        [0, 2, after(0).toFixed(3), after(2).toFixed(3)],
        [6, 10, after(5).toFixed(3), after(9).toFixed(3)],
      ],
    );
    assert.deepEqual(warnings, []);
    assert.deepEqual(server.bodies, [{ text: "Hi 😀 José!", model_id: "eleven_multilingual_v2" }]);
    assert.equal(server.received[0]?.headers["xi-api-key"], STAND_IN_KEY);
  }));

test("the MP3 the API sends is decoded, and as long as its timings say", async () => {
  const file = join(folder, "speech.mp3");
  const server = await startElevenLabsServer({ sound: toneMp3 });
  servers.push(server);
  const model = createElevenLabs({
    ...accessTo(server),
    voice: { id: STAND_IN_VOICE },
    async decode(sound) {
      await writeFile(file, sound);
      return decodeSound(file);
    },
  });
  const { audio, words } = await model.speak(priya, options);
  const difference = durationOf(audio) - toneSeconds(priya.text);
  assert.ok(Math.abs(difference) < 0.08, `${difference} s`); // of three frames
  assert.equal(words?.length, 2);
  await model.close();
});

test("speed is the campaign's times the request's, within what the API speaks well", () =>
  setUp({ speed: 1.1 }, async ({ server, model }) => {
    const speeds = [1, 1 / 1.1, 1.05, 2, 0.5];
    const warnings = [];
    for (const speed of speeds) {
      const speech = await model.speak({ ...priya, speed }, options);
      warnings.push(speech.warnings.map(({ code }) => code));
    }
    assert.deepEqual(
      server.bodies.map(({ voice_settings }) => voice_settings?.speed),
      [1.1, undefined, 1.155, 1.2, 0.7],
    );
    const limited = ["SPEED_LIMITED"];
    assert.deepEqual(warnings, [[], [], [], limited, limited]);
  }));

test("each model is sent only what it takes", () => {
  const request: SpeechRequest = {
    text: "Siobhan",
    language: "en-IE",
    context: { before: "Dear <b>", after: "" },
    pronunciations: [{ written: "Siobhan", ipa: "ʃɪˈvɔːn" }],
  };
  const tagged = '<phoneme alphabet="ipa" ph="ʃɪˈvɔːn">Siobhan</phoneme>';
  const expected: [string, object, string[]][] = [
    [
      "eleven_multilingual_v2",
      { text: "Siobhan", previous_text: "Dear ‹b›" },
      ["PRONUNCIATION_IGNORED"],
    ],
    [
      "eleven_turbo_v2_5",
      { text: "Siobhan", language_code: "en", previous_text: "Dear ‹b›" },
      ["PRONUNCIATION_IGNORED"],
    ],
    ["eleven_flash_v2", { text: tagged, previous_text: "Dear ‹b›" }, []],
    ["eleven_monolingual_v1", { text: tagged, previous_text: "Dear ‹b›" }, []],
    ["eleven_v3", { text: "Siobhan" }, ["PRONUNCIATION_IGNORED"]],
  ];
  return setUp({}, async ({ server }) => {
    const keys = new Set<string>();
    for (const [modelId, body, codes] of expected) {
      const model = createElevenLabs({
        ...accessTo(server),
        modelId,
        voice: { id: STAND_IN_VOICE },
        decode,
      });
      const { words, warnings } = await model.speak(request, options);
      assert.deepEqual(server.bodies.at(-1), { ...body, model_id: modelId });
      assert.deepEqual(
        warnings.map(({ code }) => code),
        codes,
      );
      assert.deepEqual([words?.[0]?.from, words?.[0]?.to], [0, 7]);
      keys.add(model.cacheKey(request));
      await model.close();
    }
    assert.equal(keys.size, expected.length);
  });
});

test("the cache key has the context and the settings, and of a clone its sample only", () =>
  setUp({}, async ({ server, model }) => {
    const key = model.cacheKey(priya);
    assert.notEqual(model.cacheKey({ ...priya, context: { before: "Dear", after: "" } }), key);
    const others = [{ settings: { stability: 0.2 } }, { modelId: "eleven_v3" }, { speed: 0.9 }];
    for (const other of others) {
      const voice = { id: STAND_IN_VOICE };
      const changed = createElevenLabs({ ...accessTo(server), voice, decode, ...other });
      assert.notEqual(changed.cacheKey(priya), key);
      await changed.close();
    }
    const clone = { voiceId: async () => "v1", replace: async () => "v2", sampleHash: "abc" };
    const cloned = createElevenLabs({ ...accessTo(server), voice: { clone }, decode });
    const before = cloned.cacheKey(priya);
    server.voices.set("v2", { ...voiceNamed("v2"), id: "v2" });
    assert.equal((await cloned.speak(priya, options)).voice, "v2");
    assert.equal(cloned.cacheKey(priya), before);
    assert.match(before, /abc/);
    await cloned.close();
  }));

test("the account's voices are listed with their languages", () =>
  setUp({}, async ({ model }) => {
    assert.deepEqual(await model.voices?.(options), [
      { id: STAND_IN_VOICE, name: "Rachel", languages: ["en"] },
    ]);
  }));

const REFUSALS: [string, ReturnType<typeof refusal>, string, RegExp][] = [
  [
    "an invalid key",
    refusal(401, "invalid_api_key", "Invalid API key"),
    "SPEECH_REFUSED",
    /the API key is not valid, check elevenlabs_api_key or ELEVENLABS_API_KEY \(Invalid API key\)$/,
  ],
  [
    "a quota that is used up",
    refusal(401, "quota_exceeded", "You have 3 credits remaining, while 12 are required."),
    "SPEECH_REFUSED",
    /used up, top up or raise the key's limit \(You have 3 credits remaining/,
  ],
  [
    "a key without a permission",
    refusal(401, "missing_permissions", "The API key is missing text_to_speech"),
    "SPEECH_REFUSED",
    /lacks a permission, allow it in the key's settings/,
  ],
  [
    "an unknown model",
    refusal(400, "model_not_found", "A model with model ID x does not exist"),
    "SPEECH_FAILED",
    /answered 400: no such model, choose another elevenlabs_model_id/,
  ],
  [
    "an unknown voice",
    refusal(404, "voice_not_found", "A voice with voice_id 'x' was not found."),
    "VOICE_UNKNOWN",
    /no such voice in this account, choose another elevenlabs_voice_id/,
  ],
  [
    "a detail that is a text",
    { status: 400, body: '{"detail":"Something\\nis odd"}' },
    "SPEECH_FAILED",
    /^ElevenLabs answered 400: Something is odd$/,
  ],
  [
    "a detail that is a list",
    { status: 422, body: '{"detail":[{"loc":["body","text"],"msg":"Field required"}]}' },
    "SPEECH_FAILED",
    /^ElevenLabs answered 422: body\.text: Field required$/,
  ],
  [
    "a newer error with a type and a code",
    {
      status: 402,
      body: '{"detail":{"type":"payment_required","code":"paid_plan_required","message":"Upgrade"}}',
    },
    "SPEECH_REFUSED",
    /this needs a paid plan, upgrade the account \(Upgrade\)/,
  ],
  [
    "a page of a gateway",
    { status: 403, body: "<html><title>Forbidden</title></html>" },
    "SPEECH_REFUSED",
    /the account may not do this/,
  ],
];

for (const [kind, reply, code, message] of REFUSALS) {
  test(`${kind} is told with its remedy, and not asked again`, () =>
    setUp({}, async ({ server, model }) => {
      server.trouble(reply);
      const error = await failure(model.speak(priya, options));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.message.length < 300, error.message);
      assert.equal(error.retryable, false);
      assert.equal(server.received.length, 1);
    }));
}

test("whoever refuses the key is left alone for a while, then asked again", () =>
  setUp({}, async ({ server, model, time }) => {
    server.trouble(refusal(401, "invalid_api_key", "Invalid API key"));
    for (let asking = 0; asking < 5; asking++) {
      await assert.rejects(model.speak(priya, options), { code: "SPEECH_REFUSED" });
    }
    assert.equal(server.received.length, 1);
    time.now += 61_000;
    await model.speak(priya, options);
  }));

test("a quota that ends in the middle refuses what it cannot pay", () =>
  setUp({}, async ({ server, model }) => {
    server.plan.credits = 20;
    await model.speak(priya, options);
    await assert.rejects(model.speak(priya, options), { code: "SPEECH_REFUSED" });
    assert.deepEqual([...server.spoken.values()], [1]);
  }));

const PASSING: [string, Parameters<ElevenLabsServer["trouble"]>[0]][] = [
  ["busy", refusal(429, "system_busy", "The system is experiencing heavy traffic")],
  ["too many requests at a time", refusal(429, "too_many_concurrent_requests", "Too many")],
  ["an error of the server", { status: 500, body: "Internal Server Error" }],
  ["a gateway's error", { status: 502, body: "<html></html>" }],
  ["an answer cut off", "cut"],
  ["a closed connection", "refuse"],
];

for (const [kind, trouble] of PASSING) {
  test(`after ${kind} the request is sent again, a little later`, () =>
    setUp({}, async ({ server, model, waits }) => {
      server.trouble(trouble, trouble);
      await model.speak(priya, options);
      assert.equal(server.received.length, 3);
      assert.equal(waits.length, 2);
      assert.ok((waits[1] ?? 0) > (waits[0] ?? 0), "the second pause is longer");
    }));
}

test("a provider that stays busy asks to come back later as a whole", () =>
  setUp({}, async ({ server, model, time }) => {
    server.trouble(...Array(40).fill(refusal(429, "system_busy", "busy")));
    const error = await failure(model.speak(priya, options));
    assert.ok(isRetryLater(error));
    assert.equal(error.limit, "speech:elevenlabs");
    assert.ok(error.notBefore > time.now);
  }));

test("how many requests at a time are allowed is learnt from the answers", () =>
  setUp({}, async ({ server, model }) => {
    server.plan.concurrency = 4;
    const names = madeUpNames(200);
    await Promise.all(names.map((text) => model.speak({ ...priya, text }, options)));
    assert.equal(server.underWay.most, 4);
    assert.equal(server.received.length, names.length, "and none was one too many");
    server.plan.concurrency = 1;
    await Promise.all(names.slice(0, 20).map((text) => model.speak({ ...priya, text }, options)));
    assert.deepEqual(new Set(server.spoken.values()), new Set([1, 2]));
  }));

const BROKEN: [string, string][] = [
  ["no JSON", "{"],
  ["no sound", '{"alignment":null}'],
  ["sound that is empty", '{"audio_base64":""}'],
  ["sound that is no base64", '{"audio_base64":"***"}'],
  ["an alignment of another form", '{"audio_base64":"UklGRg==","alignment":{"characters":[1]}}'],
];

for (const [kind, body] of BROKEN) {
  test(`an answer with ${kind} is a failure that may pass`, () =>
    setUp({}, async ({ server, model }) => {
      server.trouble({ body });
      const error = await failure(model.speak(priya, options));
      assert.deepEqual([error.code, error.retryable], ["SPEECH_FAILED", true]);
      assert.match(error.message, /^ElevenLabs answered "Priya Sharma" with something else/);
      await model.speak(priya, options);
    }));
}

test("sound that cannot be decoded is a failure that says so", () =>
  setUp({}, async ({ server, model }) => {
    server.trouble({ body: '{"audio_base64":"bm8gc291bmQ="}' });
    await assert.rejects(model.speak(priya, options), {
      code: "SPEECH_FAILED",
      message: 'the sound of ElevenLabs for "Priya Sharma" cannot be read: no WAV',
    });
  }));

test("without an alignment, or with another text's, there are no words", () =>
  setUp({}, async ({ server, model }) => {
    await model.speak(priya, options);
    const answer = { audio_base64: sound(0.5), normalized_alignment: null };
    const characters = [..."twelve"];
    const times = characters.map((_, index) => index);
    const other = {
      characters,
      character_start_times_seconds: times,
      character_end_times_seconds: times,
    };
    for (const alignment of [undefined, null, other]) {
      server.trouble({ body: JSON.stringify({ ...answer, alignment }) });
      assert.equal((await model.speak(priya, options)).words, undefined);
    }
  }));

function sound(seconds: number): string {
  const samples = new Float32Array(16_000 * seconds).fill(0.1);
  return Buffer.from(encodeWav({ samples, sampleRate: 16_000 })).toString("base64");
}

test("a voice that cannot be one does not reach the address", () =>
  setUp({}, async ({ server, model }) => {
    for (const voice of ["..", "a/b", "x?y", "", "é"]) {
      await assert.rejects(model.speak({ ...priya, voice }, options), { code: "VOICE_UNKNOWN" });
    }
    assert.equal(server.received.length, 0);
  }));

test("an empty key, or one that cannot be sent, is refused without being shown", () => {
  const make = (apiKey: string) =>
    createElevenLabs({ apiKey, voice: { id: STAND_IN_VOICE }, decode });
  assert.throws(() => make(" "), { code: "INVALID_OPTION", message: /set elevenlabs_api_key/ });
  assert.throws(
    () => make("sk_secret\u2014"),
    (error) => !inspect(error).includes("sk_secret"),
  );
});

test("a sample is cloned for its first request, and speaks from then on", () =>
  setUp({}, async ({ server }) => {
    const { clone, file } = cloning(server);
    const model = createElevenLabs({ ...accessTo(server), voice: { clone }, decode });
    const names = madeUpNames(5);
    const spoken = await Promise.all(names.map((text) => model.speak({ ...priya, text }, options)));
    const [made, ...more] = [...server.voices.values()].filter((one) => one.category === "cloned");
    assert.deepEqual(more, []);
    assert.deepEqual(made?.samples, [{ bytes: "a recording".length, type: "audio/mpeg" }]);
    assert.doesNotMatch(made?.name ?? "", /ann/);
    assert.deepEqual(new Set(spoken.map(({ voice }) => voice)), new Set([made?.id]));
    const again = cloning(server, "a recording", file);
    assert.equal(await again.clone.voiceId(options), made?.id);
    assert.doesNotMatch(await readFile(file, "utf8"), new RegExp(STAND_IN_KEY));
    await model.close();
  }));

test("a clone that is gone is made again once, for all who were speaking", () =>
  setUp({}, async ({ server }) => {
    const { clone } = cloning(server);
    const model = createElevenLabs({ ...accessTo(server), voice: { clone }, decode });
    const { voice } = await model.speak(priya, options);
    server.voices.delete(voice);
    const names = madeUpNames(12);
    const spoken = await Promise.all(names.map((text) => model.speak({ ...priya, text }, options)));
    const clones = [...server.voices.values()].filter((one) => one.category === "cloned");
    assert.equal(clones.length, 1);
    assert.deepEqual(new Set(spoken.map((one) => one.voice)), new Set([clones[0]?.id]));
    await model.close();
  }));

test("a clone that is gone again at once is given up", () =>
  setUp({}, async ({ server }) => {
    const { clone } = cloning(server);
    const model = createElevenLabs({ ...accessTo(server), voice: { clone }, decode });
    const gone = refusal(404, "voice_not_found", "was not found");
    const clones = () => [...server.voices.values()].filter((one) => one.category === "cloned");
    await clone.voiceId(options);
    server.trouble(gone);
    server.voices.clear();
    await model.speak(priya, options);
    assert.equal(clones().length, 1);
    const replace = async () => "never-there";
    const hopeless = { clone: { ...clone, replace } };
    server.voices.clear();
    const second = createElevenLabs({ ...accessTo(server), voice: hopeless, decode });
    await assert.rejects(second.speak(priya, options), { code: "VOICE_UNKNOWN" });
    await model.close();
    await second.close();
  }));

test("at the account's limit our own oldest clone makes way, and no other voice", () =>
  setUp({}, async ({ server }) => {
    server.plan.voices = 2;
    server.voices.set("theirs", { ...voiceNamed("Theirs"), id: "theirs" });
    const file = newFile();
    const first = await cloning(server, "first", file).clone.voiceId(options);
    const second = await cloning(server, "second", file).clone.voiceId(options);
    assert.deepEqual([...server.voices.keys()], [STAND_IN_VOICE, "theirs", second]);
    assert.notEqual(first, second);
    const stranger = cloning(server, "third").clone.voiceId(options);
    await assert.rejects(stranger, {
      code: "SPEECH_REFUSED",
      message: /no free voice slot .*\(2 \/ 2\).*none of its voices was made here: delete one/,
    });
    assert.deepEqual([...server.voices.keys()], [STAND_IN_VOICE, "theirs", second]);
  }));

test("a clone whose answer was lost is found by its name, not made twice", () =>
  setUp({}, async ({ server }) => {
    server.loseNextClone();
    const voice = await cloning(server).clone.voiceId(options);
    const clones = [...server.voices.values()].filter((one) => one.category === "cloned");
    assert.deepEqual(
      clones.map(({ id }) => id),
      [voice],
    );
    server.trouble("refuse", { status: 500 });
    await cloning(server, "another").clone.voiceId(options);
    assert.equal(server.voices.size, 3);
  }));

test("deleting a voice that is gone is no error", () =>
  setUp({}, async ({ server }) => {
    const voices = createElevenLabsVoices(accessTo(server));
    await voices.remove(STAND_IN_VOICE, options);
    await voices.remove(STAND_IN_VOICE, options);
    assert.equal(server.voices.size, 0);
    voices.close();
  }));

test("cancelling ends a request that is not answered, and closing all of them", () =>
  setUp({}, async ({ server, model }) => {
    server.trouble("silent", "stall");
    const controller = new AbortController();
    const cancelled = model.speak(priya, { signal: controller.signal });
    await server.until(1);
    controller.abort();
    await assert.rejects(cancelled, { code: "CANCELLED" });
    const closed = model.speak(priya, options);
    await server.until(2);
    await model.close();
    await assert.rejects(closed, { code: "CANCELLED" });
    await assert.rejects(model.speak(priya, options), { code: "SPEECH_FAILED" });
  }));

test("the key is in no message, cause, cache file or clip, even if the provider repeats it", () =>
  setUp({}, async ({ server, time }) => {
    const { clone, file } = cloning(server, "a key is searched for");
    const model = createElevenLabs({
      ...accessTo(server, { time }),
      voice: { clone },
      decode,
    });
    const clips = join(folder, "clips-without-key");
    const cached = createCachedSpeech(createVerifiedSpeech(model), { folder: clips });
    await cached.speak(priya, options);
    const said = `the key ${STAND_IN_KEY} is wrong`;
    const replies = [
      refusal(401, "invalid_api_key", said),
      refusal(400, "odd", said),
      { status: 500, body: said },
      { status: 302, headers: { location: `http://127.0.0.1:1/?key=${STAND_IN_KEY}` } },
      { body: JSON.stringify({ audio_base64: STAND_IN_KEY }) },
    ];
    for (const reply of replies) {
      server.trouble(...Array(reply.status === 500 ? 4 : 1).fill(reply));
      const error = await failure(cached.speak({ ...priya, text: "Amit" }, options));
      assert.ok(error.code.startsWith("SPEECH_"), error.code);
      assert.ok(!inspect(error, { depth: 9 }).includes(STAND_IN_KEY), inspect(error));
      time.now += 120_000;
    }
    const entries = await readdir(clips, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
    for (const path of [file, ...files]) {
      assert.ok(!(await readFile(path, "latin1")).includes(STAND_IN_KEY), path);
    }
    assert.ok(!cached.cacheKey(priya).includes(STAND_IN_KEY));
    await cached.close();
  }));

// More of them, through a whole campaign: test/long/elevenlabs-campaign.test.ts.
test("2,000 requests of 600 names pay for each name once, whatever goes wrong meanwhile", () =>
  setUp({}, async ({ server, model, waits }) => {
    server.plan.concurrency = 6;
    const names = madeUpNames(600);
    const faults = [
      refusal(429, "system_busy", "busy"),
      { status: 500 },
      refusal(429, "too_many_concurrent_requests", "Too many"),
      { status: 503, body: "<html></html>" },
    ];
    const cached = createCachedSpeech(createVerifiedSpeech(model), {
      folder: join(folder, "many"),
    });
    const requests = Array.from({ length: 2000 }, (_, i) => names[(i * 7919) % 600] ?? "");
    let done = 0;
    await forEachConcurrently(requests, 40, async (text) => {
      const { audio } = await cached.speak({ ...priya, text }, options);
      assert.ok(Math.abs(durationOf(audio) - toneSeconds(text)) < 0.001, text);
      // Faults at many places, several in a row.
      if (++done % 100 === 0) server.trouble(...faults.slice(done % 3), { status: 500 });
    });
    assert.equal(server.spoken.size, 600);
    assert.deepEqual(new Set(server.spoken.values()), new Set([1]));
    assert.deepEqual([cached.misses, cached.hits], [600, 1400]);
    assert.ok(waits.length > 4, `${waits.length} waits`);
    assert.ok(server.underWay.most <= 6, `${server.underWay.most} at a time`);
  }));
