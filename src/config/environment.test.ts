import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { AppError } from "../domain/app-error.ts";
import { readEnvironment } from "./environment.ts";

test("without any variable everything has its default", () => {
  assert.deepEqual(readEnvironment({ PATH: "/bin" }), {
    dataDir: path.resolve("backend_data"),
    mediaWorkers: undefined,
    mediaMemoryBytes: 1536 * 2 ** 20,
    ttsTimeoutMs: 60_000,
    speechLimits: [],
    speech: {
      offline: false,
      gtts: { baseUrl: null },
      elevenlabs: { apiKey: null, voiceId: null, modelId: null, baseUrl: null },
      openai: null,
      xttsServer: null,
      xttsCommand: null,
      sherpa: null,
      whisperModel: null,
    },
    face: {
      wav2lip: { repo: null, checkpoint: null, python: "python3", onnx: null },
      sadtalker: null,
      musetalk: null,
      latentsync: null,
      command: null,
      url: null,
      sync: null,
      gpus: ["0"],
    },
    chat: {
      model: "faq",
      gemini: { apiKey: null, model: "gemini-2.5-flash" },
      openai: { apiKey: null, baseUrl: "https://api.openai.com/v1", model: "gpt-4o-mini" },
      faqDir: null,
      persona: null,
      ttsProvider: null,
      voice: null,
      gpuEnabled: true,
      cudaDevice: "0",
      models: { name: "models", path: path.resolve("models") },
      assets: { name: "assets", path: path.resolve("assets") },
      outputs: { name: "outputs", path: path.resolve("outputs") },
      maxTextLength: 500,
      audioSampleRate: 22_050,
      videoFps: 25,
    },
    secretKey: undefined,
    outgoingAllow: [],
    policy: {
      keeps: "files",
      maxUploadBytes: 5000 * 2 ** 20,
      maxDurationSeconds: 4 * 3600,
      speechCommands: [],
      wav2lip: { repo: null, checkpoint: null },
      requireConsent: false,
      uploadDays: 7,
      outputDays: 30,
    },
    server: {
      host: "0.0.0.0",
      port: 8000,
      workers: 1,
      allowedOrigins: ["http://localhost:3000", "http://127.0.0.1:3000"],
      allowedHosts: [],
      open: false,
      trustProxy: [],
      bodyPatienceMs: 30_000,
      requestsPerMinute: undefined,
    },
    log: { folder: path.resolve("logs"), format: "text" },
  });
});

test("an empty or blank variable counts as not set", () => {
  assert.deepEqual(
    readEnvironment({ VIDX_DATA_DIR: "", VOCATIVE_MEDIA_WORKERS: "", API_PORT: " " }),
    readEnvironment({}),
  );
});

test("numbers are read from their text, and folders made absolute", () => {
  const { dataDir, mediaWorkers, mediaMemoryBytes, server, policy } = readEnvironment({
    VIDX_DATA_DIR: "data",
    VOCATIVE_MEDIA_WORKERS: "3",
    VOCATIVE_MEDIA_MEMORY_MB: "512",
    API_PORT: "0",
    VOCATIVE_RATE_LIMIT: "10",
    VOCATIVE_BODY_PATIENCE_SECONDS: "2.5",
    VOCATIVE_MAX_UPLOAD_MB: "1",
    VOCATIVE_UPLOAD_DAYS: "0.5",
  });
  assert.equal(dataDir, path.resolve("data"));
  assert.equal(mediaWorkers, 3);
  assert.equal(mediaMemoryBytes, 512 * 2 ** 20);
  assert.equal(server.port, 0);
  assert.equal(server.requestsPerMinute, 10);
  assert.equal(server.bodyPatienceMs, 2500);
  assert.equal(policy.maxUploadBytes, 2 ** 20);
  assert.equal(policy.uploadDays, 0.5);
});

test("lists are split at commas, without spaces and blank entries", () => {
  const { server, outgoingAllow } = readEnvironment({
    VIDX_ALLOWED_ORIGINS: "https://app.example.com, http://localhost:5173,",
    VOCATIVE_ALLOWED_HOSTS: "api.example.com,[fd00::1]:8000",
    VOCATIVE_TRUST_PROXY: "10.0.0.0/8,::1,loopback",
    VOCATIVE_OUTGOING_ALLOW: "127.0.0.1:9000,hooks.internal:80",
  });
  assert.deepEqual(server.allowedOrigins, ["https://app.example.com", "http://localhost:5173"]);
  assert.deepEqual(server.allowedHosts, ["api.example.com", "[fd00::1]:8000"]);
  assert.deepEqual(server.trustProxy, ["10.0.0.0/8", "::1", "loopback"]);
  assert.deepEqual(outgoingAllow, ["127.0.0.1:9000", "hooks.internal:80"]);
});

test("speech commands hold commas, and are split at lines or ;;", () => {
  const { policy } = readEnvironment({
    VOCATIVE_TTS_COMMANDS: "say -v a,b -o {out} {text}\n\n piper {out} ;; other {text} {out}",
  });
  assert.deepEqual(policy.speechCommands, [
    ...["say -v a,b -o {out} {text}", "piper {out}", "other {text} {out}"],
  ]);
});

test("limits of speech are read by provider", () => {
  const { speechLimits } = readEnvironment({
    VOCATIVE_SPEECH_LIMITS: "espeak=4, elevenlabs = 2 / 100",
  });
  assert.deepEqual(speechLimits, [
    ["speech:espeak", { concurrency: 4 }],
    ["speech:elevenlabs", { concurrency: 2, perMinute: 100 }],
  ]);
});

test("yes and no are read in all the forms that operators write", () => {
  for (const yes of ["true", "TRUE", "1", "yes", "on"]) {
    assert.ok(readEnvironment({ VOCATIVE_OPEN: yes }).server.open, yes);
  }
  for (const no of ["false", "0", "no", "Off"]) {
    assert.ok(!readEnvironment({ VOCATIVE_OPEN: no }).server.open, no);
  }
});

test("all invalid variables are named at once", () => {
  const variables = { VOCATIVE_MEDIA_WORKERS: "many", VOCATIVE_MEDIA_MEMORY_MB: "-1" };
  assert.throws(
    () => readEnvironment(variables),
    (error: unknown) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, "INVALID_OPTION");
      assert.match(error.message, /VOCATIVE_MEDIA_WORKERS: .*VOCATIVE_MEDIA_MEMORY_MB: /);
      return true;
    },
  );
});

test("storage that is not built yet is refused, and so is any other", () => {
  const refused = (value: string, message: RegExp) =>
    assert.throws(() => readEnvironment({ STORAGE_BACKEND: value }), {
      code: "INVALID_OPTION",
      message,
    });
  refused("s3", /STORAGE_BACKEND: s3 is not built yet/);
  refused("ftp", /STORAGE_BACKEND: give local/);
  readEnvironment({ STORAGE_BACKEND: "local" });
});

test("fractions, and what lies beyond the limits or is none of the choices, are refused", () => {
  for (const [name, value] of [
    ["VOCATIVE_MEDIA_WORKERS", "0"],
    ["VOCATIVE_MEDIA_WORKERS", "65"],
    ["VOCATIVE_MEDIA_WORKERS", "1.5"],
    ["VOCATIVE_MEDIA_MEMORY_MB", "255"],
    ["VOCATIVE_TTS_TIMEOUT_MS", "0"],
    ["API_PORT", "65536"],
    ["API_PORT", "http"],
    ["VOCATIVE_OPEN", "maybe"],
    ["VOCATIVE_OUTPUTS", "zip"],
    ["VOCATIVE_LOG_FORMAT", "xml"],
    ["VOCATIVE_RATE_LIMIT", "0"],
    ["VOCATIVE_OUTPUT_DAYS", "-1"],
    ["VOCATIVE_TRUST_PROXY", "true"],
    ["VOCATIVE_TRUST_PROXY", "10.0.0.0/33"],
    ["VOCATIVE_ALLOWED_HOSTS", "https://api.example.com"],
    ["VOCATIVE_OUTGOING_ALLOW", "127.0.0.1"],
    ["VIDX_ALLOWED_ORIGINS", "localhost"],
    ["VOCATIVE_OPENAI_SPEECH_URL", "localhost:8880"],
    ["VOCATIVE_XTTS_KIND", "other"],
    ["VOCATIVE_OFFLINE", "perhaps"],
    ["VOCATIVE_SPEECH_LIMITS", "espeak"],
    ["VOCATIVE_SPEECH_LIMITS", "espeak=0"],
    ["VOCATIVE_LIPSYNC_URL", "gpu-1:9000"],
    ["VOCATIVE_SYNC_MAX_SECONDS", "0"],
    ["VOCATIVE_GPUS", "0,first"],
    ["VOCATIVE_CHAT_MODEL", "other"],
    ["CUDA_DEVICE", "first"],
    ["MAX_TEXT_LENGTH", "5001"],
    ["AUDIO_SAMPLE_RATE", "4000"],
    ["VIDEO_FPS", "61"],
  ] as const) {
    assert.throws(() => readEnvironment({ [name]: value }), {
      code: "INVALID_OPTION",
      message: new RegExp(name),
    });
  }
});

test("voices are set up by their variables", () => {
  const { speech } = readEnvironment({
    OPENAI_API_KEY: "sk-x",
    VOCATIVE_XTTS_URL: "http://localhost:8020",
    VOCATIVE_XTTS_SPEAKER: "speaker.wav",
    VOCATIVE_SHERPA_MODELS: "models",
    ELEVENLABS_API_KEY: " key ",
  });
  assert.deepEqual(speech.openai, {
    apiKey: "sk-x",
    baseUrl: "https://api.openai.com/v1",
    model: "gpt-4o-mini-tts",
    voice: null,
  });
  assert.deepEqual(speech.xttsServer, {
    baseUrl: "http://localhost:8020",
    kind: "coqui",
    speaker: "speaker.wav",
  });
  assert.deepEqual(speech.sherpa, { models: "models", speaker: null });
  assert.equal(speech.elevenlabs.apiKey, "key");
});

test("offline, OpenAI itself is not set up, a server of one's own is", () => {
  const offline = { VOCATIVE_OFFLINE: "true", OPENAI_API_KEY: "sk-x" };
  assert.equal(readEnvironment(offline).speech.openai, null);
  const own = { ...offline, VOCATIVE_OPENAI_SPEECH_URL: "http://localhost:8880/v1" };
  assert.equal(readEnvironment(own).speech.openai?.baseUrl, "http://localhost:8880/v1");
});

test("engines for faces are set up by their variables", () => {
  const { face } = readEnvironment({
    WAV2LIP_REPO: "/srv/Wav2Lip",
    VOCATIVE_SADTALKER_REPO: "/srv/SadTalker",
    VOCATIVE_SADTALKER_PYTHON: "/srv/venv/bin/python",
    VOCATIVE_LATENTSYNC_REPO: "/srv/LatentSync",
    VOCATIVE_LIPSYNC_URL: "http://gpu-1:9000/lipsync",
    SYNC_API_KEY: " key ",
    VOCATIVE_SYNC_MAX_SECONDS: "90",
    VOCATIVE_GPUS: "1, 0,1",
  });
  assert.equal(face.wav2lip.repo, "/srv/Wav2Lip");
  assert.deepEqual(face.sadtalker, {
    repo: "/srv/SadTalker",
    python: "/srv/venv/bin/python",
    checkpoints: null,
  });
  assert.deepEqual(face.latentsync, {
    repo: "/srv/LatentSync",
    python: "python3",
    checkpoint: null,
  });
  assert.equal(face.url, "http://gpu-1:9000/lipsync");
  assert.deepEqual(face.sync, {
    apiKey: "key",
    baseUrl: null,
    model: "lipsync-2",
    maxSeconds: 90,
  });
  assert.deepEqual(face.gpus, ["1", "0"]);
});

test("with a key Gemini answers chats, unless another one is chosen", () => {
  const key = { GEMINI_API_KEY: "key", GEMINI_MODEL: "gemini-x" };
  const { chat } = readEnvironment(key);
  assert.equal(chat.model, "gemini");
  assert.deepEqual(chat.gemini, { apiKey: "key", model: "gemini-x" });
  assert.equal(readEnvironment({ ...key, VOCATIVE_CHAT_MODEL: "faq" }).chat.model, "faq");
  assert.equal(readEnvironment({ CUDA_DEVICE: "cuda:1" }).chat.cudaDevice, "1");
});
