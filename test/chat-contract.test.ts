import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { pngOf } from "../scripts/write-png.ts";
import { correlation } from "../src/signal/testing/correlation.ts";
import {
  type ChatAnswer,
  type ChatClient,
  createChatClient,
  MANY_CLIENTS,
} from "./support/chat-client.ts";
import {
  decodedFrameCount,
  decodeSound,
  describeMedia,
  streamDurations,
} from "./support/read-media.ts";
import { type Server, startServer } from "./support/start-server.ts";

/** The published API of the video chat, as a client of the original knows it, on a real server. */

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/u;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/u;
const QUESTION = "When are you open?";
const FPS = 25;

const folder = mkdtempSync(path.join(tmpdir(), "vocative-chat-"));
const inside = (...parts: string[]) => path.join(folder, ...parts);
let server: Server;
let client: ChatClient;
before(async () => {
  mkdirSync(inside("faq"));
  writeFileSync(
    inside("faq", "shop.md"),
    "# Opening hours\n\nOur shop is open from nine in the morning to six in the evening. On Sundays we are closed all day.\n",
  );
  mkdirSync(inside("outputs", "audio"), { recursive: true });
  mkdirSync(inside("assets"));
  writeFileSync(inside("secret.wav"), "secret");
  symlinkSync(inside("secret.wav"), inside("outputs", "audio", "link.wav"));
  for (const [name, hours] of [
    ["old", 25],
    ["new", 23],
  ] as const) {
    const file = inside("outputs", "audio", `${name}.wav`);
    writeFileSync(file, "sound");
    const then = Date.now() / 1000 - hours * 3600;
    utimesSync(file, then, then);
  }
  server = await startServer({
    folder,
    env: { VOCATIVE_FAQ_DIR: inside("faq"), VOCATIVE_WORKERS: "0", ...MANY_CLIENTS },
  });
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
const newClient = () => {
  client = createChatClient(server.url);
};

/** The file that an answer's address leads to, which is what its path says. */
async function download(url: unknown): Promise<string> {
  const { status, bytes } = await client.get(String(url));
  assert.equal(status, 200, String(url));
  const file = inside(path.basename(String(url)));
  writeFileSync(file, bytes);
  return file;
}

function okOf({ status, body }: ChatAnswer): Record<string, unknown> {
  assert.equal(status, 200, JSON.stringify(body));
  assert.match(String(body["request_id"]), UUID);
  assert.match(String(body["timestamp"]), ISO);
  return body;
}

/** The level of a sound in every 20 ms. */
function levels({ samples, sampleRate }: { samples: Float32Array; sampleRate: number }): number[] {
  const step = Math.round(sampleRate / 50);
  return Array.from({ length: Math.floor(samples.length / step) }, (_, i) =>
    Math.sqrt(
      samples.subarray(i * step, (i + 1) * step).reduce((sum, one) => sum + one * one, 0) / step,
    ),
  );
}

/** That a video is H.264 and AAC, as long as its sound within a frame, and says it. */
function assertSays(video: string, audio: string, fps: number): void {
  const about = describeMedia(video);
  assert.deepEqual([about.video?.codec, about.audio?.codec], ["h264", "aac"]);
  const bytes = readFileSync(video);
  assert.ok(bytes.indexOf("moov") < bytes.indexOf("mdat"), "it starts before it is loaded");
  const frames = decodedFrameCount(video);
  const durations = streamDurations(video);
  const sound = decodeSound(audio);
  const seconds = sound.samples.length / sound.sampleRate;
  assert.ok(Math.abs(frames / fps - seconds) <= 1.01 / fps, `${frames} frames, ${seconds} s`);
  assert.ok(Math.abs((durations.video ?? 0) - frames / fps) < 0.01);
  const [heard, said] = [levels(decodeSound(video)), levels(sound)];
  const length = Math.min(heard.length, said.length);
  assert.ok(correlation(heard.slice(0, length), said.slice(0, length)) > 0.95);
}

describe("what the service says of itself", () => {
  before(newClient);

  test("the root", async () => {
    assert.deepEqual((await client.get("/")).body, {
      ...{
        message: "LUMEN API is running",
        status: "healthy",
        version: "1.0.0",
        gpu_enabled: false,
      },
    });
  });

  test("its health, at both addresses", async () => {
    for (const address of ["/health", "/api/health"]) {
      const { version, ...body } = (await client.get(address)).body;
      assert.equal(typeof version, "string");
      assert.deepEqual(body, {
        ...{ status: "healthy", gpu_available: false, gpu_info: null },
        ...{ models_path: "models", outputs_path: "outputs" },
        ...{ gemini_configured: false, gemini_model: "gemini-2.5-flash" },
      });
    }
  });

  test("its endpoints and limits", async () => {
    assert.deepEqual((await client.get("/api/status")).body, {
      api_version: "1.0.0",
      endpoints: {
        text_generation: "/api/generate/text",
        tts_generation: "/api/generate/tts",
        video_generation: "/api/generate/video",
        full_pipeline: "/api/generate/full",
      },
      limits: { max_text_length: 500, audio_sample_rate: 22050, video_fps: 25 },
    });
  });

  test("its description holds both APIs", async () => {
    const { paths } = (await client.get("/openapi.json")).body as { paths: object };
    for (const route of [
      "/jobs",
      "/api/generate/full",
      "/api/assets",
      "/outputs/{*}",
      "/api/stream/{file}",
    ]) {
      assert.ok(route in paths, `${route} in ${Object.keys(paths).join(" ")}`);
    }
  });
});

describe("requests of the original", () => {
  before(newClient);

  test("a prompt is answered with a text, in either shape of history", async () => {
    for (const conversation_history of [
      undefined,
      null,
      [],
      [
        { role: "user", parts: ["Hello"] },
        { role: "model", parts: ["Hi."] },
      ],
      [
        { role: "user", content: "Hello" },
        { role: "assistant", content: "Hi." },
      ],
    ]) {
      const body = okOf(
        await client.post("/api/generate/text", {
          prompt: ` ${QUESTION} `,
          conversation_history,
          unknown: 1,
        }),
      );
      assert.match(String(body["text"]), /open from nine in the morning/u);
      assert.ok(Number(body["tokens_used"]) > 0);
    }
  });

  test("a text is spoken, and a portrait says it", async () => {
    const spoken = okOf(
      await client.post("/api/generate/tts", {
        text: "Good morning, and welcome.",
        language: "en",
      }),
    );
    const id = path.basename(String(spoken["audio_path"]), ".wav");
    assert.match(id, UUID);
    assert.deepEqual(
      [spoken["audio_path"], spoken["audio_url"], spoken["sample_rate"], spoken["warnings"]],
      [`outputs/audio/${id}.wav`, `/outputs/audio/${id}.wav`, 22050, []],
    );
    const audio = await download(spoken["audio_url"]);
    const sound = decodeSound(audio);
    assert.equal(sound.sampleRate, 22050);
    assert.ok(Math.abs(sound.samples.length / 22050 - Number(spoken["duration"])) < 1e-3);

    for (const [given, fps] of [
      [{}, 25],
      [{ fps: 15, enhance: false, reference_image: null }, 15],
    ] as const) {
      const shown = okOf(
        await client.post("/api/generate/video", { audio_path: spoken["audio_path"], ...given }),
      );
      assert.equal(shown["fps"], fps);
      assert.equal(shown["video_path"], String(shown["video_url"]).slice(1));
      const video = await download(shown["video_url"]);
      assertSays(video, audio, fps);
      assert.ok(Math.abs(Number(shown["duration"]) - Number(spoken["duration"])) <= 1 / fps);
    }
  });

  test("an answer plays while it is made, and is a file with ranges afterwards", async () => {
    const begun = await client.post("/api/generate/full", { prompt: QUESTION, stream: true });
    assert.equal(begun.status, 202);
    const address = String(begun.body["stream_url"]);
    const live = await client.get(address);
    assert.deepEqual([live.status, live.headers["content-type"]], [200, "video/mp4"]);
    assert.ok(live.headers["transfer-encoding"] === "chunked" && live.bytes.includes("moof"));
    const streamed = inside("streamed.mp4");
    writeFileSync(streamed, live.bytes);
    const made = await download(begun.body["video_url"]);
    assert.equal(decodedFrameCount(streamed), decodedFrameCount(made));
    assertSays(made, await download(begun.body["audio_url"]), FPS);
    const part = await client.get(address, { range: "bytes=4-7" });
    assert.deepEqual([part.status, part.bytes.toString()], [206, "ftyp"]);
    assert.equal((await client.get("/api/stream/none.mp4")).status, 404);
  });

  test("a prompt becomes text, speech and video at once", async (t) => {
    const body = okOf(
      await client.post("/api/generate/full", {
        prompt: QUESTION,
        conversation_history: [],
        temperature: 0.7,
        max_tokens: 1024,
      }),
    );
    assert.match(String(body["text"]), /open from nine/u);
    const [audio, video] = [await download(body["audio_url"]), await download(body["video_url"])];
    assertSays(video, audio, FPS);
    const captions = readFileSync(await download(body["captions_url"]), "utf8");
    assert.match(captions, /^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\nOur shop is open/u);
    const [seconds, took] = [Number(body["duration"]), Number(body["processing_time"])];
    t.diagnostic(`${seconds} s of speech in ${took} s`);
    assert.ok(took < 15, `${took} s`);
  });
});

describe("languages, settings and what is not done as asked", () => {
  before(newClient);

  test("all the original's languages are spoken", async () => {
    const texts: Record<string, string> = {
      "zh-cn": "你好，世界",
      ar: "مرحبا بالعالم",
      hi: "नमस्ते दुनिया",
      ru: "Привет, мир",
    };
    for (const language of "en es fr de it pt pl tr ru nl cs ar zh-cn hi".split(" ")) {
      const text = texts[language] ?? "Hello to the world";
      const body = okOf(await client.post("/api/generate/tts", { text, language }));
      assert.ok(Number(body["duration"]) > 0.4, language);
      assert.deepEqual(body["warnings"], [], language);
    }
  });

  test("what is ignored is told", async () => {
    const speech = okOf(
      await client.post("/api/generate/tts", { text: "Hello there", language: "xx" }),
    );
    assert.match(String(speech["warnings"]), /does not know the language "xx"/u);
    const cloned = okOf(
      await client.post("/api/generate/tts", {
        text: "Hello there",
        reference_audio: speech["audio_path"],
      }),
    );
    assert.match(String(cloned["warnings"]), /reference_audio is not used/u);
    const video = okOf(
      await client.post("/api/generate/video", { audio_path: speech["audio_path"], enhance: true }),
    );
    assert.match(String(video["warnings"]), /enhance is ignored/u);
  });

  test("a text beyond MAX_TEXT_LENGTH is spoken up to it, and that is told", async () => {
    const text = "This is a sentence of the text. ".repeat(20);
    const body = okOf(await client.post("/api/generate/tts", { text }));
    assert.match(String(body["warnings"]), /first 479 characters are spoken: at most 500/u);
    const short = okOf(await client.post("/api/generate/tts", { text: text.slice(0, 479) }));
    assert.ok(Math.abs(Number(body["duration"]) - Number(short["duration"])) < 0.05);
  });
});

/** What is wrong with a field: pydantic's type of error and the field. */
type Fault = [body: unknown, type: string, field: string | null];
const long = (length: number) => "a".repeat(length);
const FAULTS: Record<string, { good: object; faults: Fault[] }> = {
  "/api/generate/text": {
    good: { prompt: "x" },
    faults: [
      [{}, "missing", "prompt"],
      [{ prompt: "" }, "string_too_short", "prompt"],
      [{ prompt: " \n " }, "string_too_short", "prompt"],
      [{ prompt: long(2001) }, "string_too_long", "prompt"],
      [{ prompt: 5 }, "string_type", "prompt"],
      [{ prompt: null }, "string_type", "prompt"],
      [{ prompt: "x", max_tokens: 9 }, "greater_than_equal", "max_tokens"],
      [{ prompt: "x", max_tokens: 4097 }, "less_than_equal", "max_tokens"],
      [{ prompt: "x", max_tokens: 10.5 }, "int_from_float", "max_tokens"],
      [{ prompt: "x", temperature: -0.1 }, "greater_than_equal", "temperature"],
      [{ prompt: "x", temperature: 2.1 }, "less_than_equal", "temperature"],
      [{ prompt: "x", conversation_history: {} }, "list_type", "conversation_history"],
      [
        { prompt: "x", conversation_history: [{ role: "bot", content: "x" }] },
        "value_error",
        "conversation_history",
      ],
    ],
  },
  "/api/generate/tts": {
    good: { text: "x" },
    faults: [
      [{}, "missing", "text"],
      [{ text: "" }, "string_too_short", "text"],
      [{ text: long(5001) }, "string_too_long", "text"],
      [{ text: "x", language: 5 }, "string_type", "language"],
    ],
  },
  "/api/generate/video": {
    good: { audio_path: "x" },
    faults: [
      [{}, "missing", "audio_path"],
      [{ audio_path: "x", fps: 14 }, "greater_than_equal", "fps"],
      [{ audio_path: "x", fps: 61 }, "less_than_equal", "fps"],
      [{ audio_path: "x", fps: 24.5 }, "int_from_float", "fps"],
      [{ audio_path: "x", enhance: "maybe" }, "bool_parsing", "enhance"],
    ],
  },
  "/api/generate/full": {
    good: { prompt: "x" },
    faults: [
      [{}, "missing", "prompt"],
      [{ prompt: "x", temperature: "hot" }, "float_parsing", "temperature"],
      [{ prompt: "x", reference_image: 5 }, "string_type", "reference_image"],
    ],
  },
};

describe("faults of a request are named field by field", () => {
  before(newClient);
  for (const [route, { faults }] of Object.entries(FAULTS)) {
    test(route, async () => {
      for (const [body, type, field] of faults) {
        const answer = await client.post(route, body);
        const told = JSON.stringify(answer.body);
        assert.equal(answer.status, 422, told);
        assert.deepEqual(
          [answer.body["error"], answer.body["message"], answer.body["path"]],
          ["ValidationError", "Invalid request data", route],
        );
        assert.deepEqual(answer.body["detail"], answer.body["details"]);
        const [detail] = answer.body["detail"] as { type: string; loc: unknown[] }[];
        assert.deepEqual([detail?.type, detail?.loc.slice(0, 2)], [type, ["body", field]], told);
        assert.match(String(answer.body["request_id"]), UUID);
      }
      for (const text of ["{", '"text"', "[]", ""]) {
        const answer = await client.send(
          "POST",
          route,
          { "content-type": "application/json" },
          text,
        );
        assert.deepEqual([answer.status, answer.body["error"]], [422, "ValidationError"], text);
      }
    });
  }
});

describe("files are named below outputs and assets only", () => {
  before(newClient);
  const OUTSIDE = [
    ...["../secret.wav", "outputs/../secret.wav", "outputs/audio/../../secret.wav", "/etc/passwd"],
    ...[
      "outputs/audio/link.wav",
      "outputs/%2e%2e/secret.wav",
      "outputs/..%2fsecret.wav",
      "file:///etc/passwd",
    ],
    ...[
      "outputs\\..\\secret.wav",
      "outputs/audio",
      "data/vocative.sqlite",
      "http://127.0.0.1:1/a.wav",
      "secret.wav",
    ],
  ];

  test("audio_path, reference_audio and reference_image take nothing else", async () => {
    for (const name of [...OUTSIDE, inside("secret.wav"), inside("outputs/audio/new.wav")]) {
      for (const [route, body] of [
        ["/api/generate/video", { audio_path: name }],
        ["/api/generate/tts", { text: "x", reference_audio: name }],
        ["/api/generate/full", { prompt: "x", reference_image: name }],
      ] as const) {
        const answer = await client.post(route, body);
        assert.deepEqual(
          [answer.status, answer.body["error"]],
          [400, "InvalidInputException"],
          name,
        );
        assert.equal(answer.body["detail"], answer.body["message"]);
        assert.doesNotMatch(String(answer.body["message"]), /root:|secret$/u);
      }
      if (name === OUTSIDE[5]) newClient();
    }
  });

  test("one that is not there, or is no sound, is said so", async () => {
    newClient();
    const none = await client.post("/api/generate/video", { audio_path: "outputs/audio/none.wav" });
    assert.deepEqual(
      [none.status, none.body["error"], none.body["message"], none.body["detail"]],
      [
        400,
        "InvalidInputException",
        "Audio file not found: outputs/audio/none.wav",
        "Audio file not found: outputs/audio/none.wav",
      ],
    );
    const noSound = await client.post("/api/generate/video", {
      audio_path: "outputs/audio/new.wav",
    });
    assert.deepEqual([noSound.status, noSound.body["error"]], [400, "InvalidInputException"]);
    assert.ok(!String(noSound.body["message"]).includes(folder), "no path of the server");
  });

  test("the folder of outputs serves what was made and nothing else", async () => {
    for (const name of [
      ...[
        "../secret.wav",
        "..%2fsecret.wav",
        "%2e%2e/secret.wav",
        "audio/../../secret.wav",
        "audio/link.wav",
      ],
      ...[
        "audio",
        "audio/",
        "",
        "audio/%00",
        "audio/..%5c..%5csecret.wav",
        "/etc/passwd",
        "%2fetc%2fpasswd",
      ],
    ]) {
      const { status, bytes } = await client.get(`/outputs/${name}`);
      assert.ok(status === 404 || status === 400, `${name}: ${status}`);
      assert.ok(!bytes.includes("secret\n") && bytes.toString() !== "secret", name);
    }
    const whole = await client.get("/outputs/audio/new.wav");
    assert.deepEqual([whole.status, whole.bytes.toString()], [200, "sound"]);
    const head = await client.head("/outputs/audio/new.wav");
    assert.deepEqual(
      [head.status, head.headers["content-length"], head.bytes.length],
      [200, "5", 0],
    );
    const part = await client.get("/outputs/audio/new.wav", { range: "bytes=1-3" });
    assert.deepEqual([part.status, part.bytes.toString()], [206, "oun"]);
    assert.equal((await client.get("/outputs/audio/new.wav", { range: "bytes=9-" })).status, 416);
  });
});

test("outputs older than 24 hours are removed when the server starts, newer ones stay", () => {
  assert.equal(existsSync(inside("outputs", "audio", "old.wav")), false);
  assert.equal(existsSync(inside("outputs", "audio", "new.wav")), true);
  assert.deepEqual(
    readdirSync(inside("outputs"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".part"),
    ),
    [],
  );
});

test("the 101st request of a client in a minute is refused; others, and what is exempt, are served", async () => {
  newClient();
  const answers: ChatAnswer[] = [];
  for (let i = 0; i < 101; i++) answers.push(await client.post("/api/generate/text", {}));
  assert.deepEqual(
    [answers[0], answers[99]].map((answer) => [
      answer?.status,
      answer?.headers["ratelimit-limit"],
      answer?.headers["ratelimit-remaining"],
    ]),
    [
      [422, "100", "99"],
      [422, "100", "0"],
    ],
  );
  const { status, headers, body } = answers[100] ?? (await client.get("/api/status"));
  assert.deepEqual(
    [status, body["error"], body["detail"]],
    [429, "RateLimitExceeded", body["message"]],
  );
  const wait = Number(headers["retry-after"]);
  assert.ok(wait >= 1 && wait <= 61, String(wait));
  assert.equal(headers["ratelimit-reset"], headers["retry-after"]);
  assert.equal((await client.get("/api/status")).status, 429);
  for (const exempt of ["/", "/health", "/api/health", "/outputs/audio/new.wav"]) {
    assert.equal((await client.get(exempt)).status, 200, exempt);
  }
  assert.equal((await createChatClient(server.url).get("/api/status")).status, 200);
});

test("an uploaded portrait is named by its path or its id, and removed again", async () => {
  newClient();
  const form = (file: Buffer, fields: Record<string, string>) => {
    const parts = Object.entries(fields).map(
      ([name, value]) =>
        `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const head = `${parts.join("")}--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), file, Buffer.from("\r\n--b--\r\n")]);
  };
  const type = { "content-type": "multipart/form-data; boundary=b" };
  const refused = await client.send("POST", "/api/assets", type, form(Buffer.from("GIF89a"), {}));
  assert.deepEqual([refused.status, refused.body["error"]], [400, "InvalidInputException"]);
  const pixels = new Uint8Array(3 * 256 * 256).fill(200);
  const png = pngOf({ width: 256, height: 256, pixels });
  const sent = await client.send("POST", "/api/assets", type, form(png, { kind: "portrait" }));
  assert.equal(sent.status, 201, JSON.stringify(sent.body));
  const { asset_id: id, path: name } = sent.body;
  assert.equal(name, `assets/uploads/${id}.png`);
  assert.deepEqual((await client.get("/api/assets")).body["assets"], [sent.body]);
  for (const reference_image of [id, name]) {
    const video = await client.post("/api/generate/full", { prompt: QUESTION, reference_image });
    assert.deepEqual([video.status, video.body["error"]], [400, "InvalidInputException"]);
    assert.match(String(video.body["message"]), /cannot be used \(no face\)/u);
  }
  assert.equal((await client.send("DELETE", `/api/assets/${id}`, {})).status, 204);
  assert.equal((await client.get(`/api/assets/${id}`)).status, 404);
  assert.deepEqual(readdirSync(inside("assets", "uploads")), []);
});
