import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { campaignOptionsSchema, type SpeechProvider } from "../campaign/campaign-options.ts";
import type { Environment } from "../config/environment.ts";
import type { SpeechEnvironment } from "../config/speech-variables.ts";
import { toAppError } from "../domain/app-error.ts";
import type { PooledMediaEngine } from "../media/media-engine.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import { splitCommand } from "../programs/split-command.ts";
import { createWhisperRecognizer } from "../recognition/whisper-recognizer.ts";
import { encodeClip } from "../speech/cache/clip-file.ts";
import { findModels } from "../speech/sherpa/find-models.ts";
import { createSoundDecoder } from "./decode-sound.ts";
import { faceChecks } from "./doctor-faces.ts";
import { broken, type Check, type Finding, ready, unset } from "./findings.ts";
import { speechPolicyOf } from "./speech-policy.ts";
import { createProvider } from "./speech-providers.ts";
import { createVoices } from "./voices.ts";

/** Longest wait for one provider. */
const PATIENCE_MS = 20_000;

/** Looks at everything that can be used here, one after another; asks providers nothing that costs. */
export async function* diagnose(setup: {
  environment: Environment;
  media: PooledMediaEngine;
  signal: AbortSignal;
}): AsyncGenerator<Finding> {
  const { signal } = setup;
  for (const { area, name, run } of checksOf(setup)) {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const result = await run(patience).catch((thrown: unknown) => {
      if (signal.aborted) throw thrown;
      const late = patience.aborted ? `no answer within ${PATIENCE_MS / 1000} s` : null;
      return broken(late ?? toAppError(thrown).message, "");
    });
    yield { area, name, ...result };
  }
}

function checksOf({
  environment,
  media,
}: {
  environment: Environment;
  media: PooledMediaEngine;
}): Check[] {
  const { speech, policy } = environment;
  return [
    { area: "system", name: "data folder", run: () => checkDataFolder(environment.dataDir) },
    { area: "system", name: "media", run: (signal) => checkMedia(media, signal) },
    { area: "voice", name: "espeak", run: (signal) => checkEmbedded(environment, media, signal) },
    ...(["gtts", "elevenlabs", "openai", "xtts", "sherpa"] as const).map(
      (name): Check => ({
        area: "voice",
        name,
        run: (signal) => checkProvider(name, { environment, media, signal }),
      }),
    ),
    ...policy.speechCommands.map(
      (command): Check => ({
        area: "voice",
        name: "command",
        run: () => checkProgram(splitCommand(command, "the speech command")[0] ?? ""),
      }),
    ),
    ...modelChecks(speech).toSorted((a, b) => b.area.localeCompare(a.area)),
    {
      area: "recognition",
      name: "whisper",
      run: (signal) => checkWhisper(speech.whisperModel, { media, signal }),
    },
    ...faceChecks({ environment, media }),
    { area: "gpu", name: "NVIDIA", run: (signal) => checkGpu(signal) },
  ];
}

async function checkDataFolder(folder: string) {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  return ready(folder);
}

/** A second of silence as a WAV file goes through libav and back. */
async function checkMedia(media: PooledMediaEngine, signal: AbortSignal) {
  const decode = createSoundDecoder(media);
  const silence = { samples: new Float32Array(8000), sampleRate: 8000 };
  await decode(encodeClip({ audio: silence, voice: "", warnings: [] }), { signal });
  return ready("libav reads sound, in a process of its own");
}

async function checkEmbedded(
  environment: Environment,
  media: PooledMediaEngine,
  signal: AbortSignal,
) {
  const voices = createVoices({ environment, media });
  try {
    const started = performance.now();
    await voices.embedded.speak({ text: "hello", language: "en" }, { signal });
    const count = (await voices.embedded.voices?.({ signal }))?.length ?? 0;
    return ready(
      `${count} voices, offline (started in ${Math.round(performance.now() - started)} ms)`,
    );
  } finally {
    await voices.close();
  }
}

async function checkProvider(
  provider: SpeechProvider,
  {
    environment,
    media,
    signal,
  }: {
    environment: Environment;
    media: PooledMediaEngine;
    signal: AbortSignal;
  },
) {
  const { offline, hasElevenlabsKey, missing } = speechPolicyOf(environment.speech);
  if (offline && (provider === "gtts" || provider === "elevenlabs")) {
    return unset("VOCATIVE_OFFLINE is set", "");
  }
  const lacks = missing[provider];
  if (lacks !== undefined) return unset("not set up", lacks);
  if (provider === "elevenlabs" && !hasElevenlabsKey) {
    return unset("no key", "set ELEVENLABS_API_KEY, or send a key with each job");
  }
  const options = campaignOptionsSchema.parse({ ttsProvider: provider, elevenlabsVoiceId: "none" });
  let model: SpeechModel | null = null;
  try {
    model = createProvider(
      { options, apiKey: null, sample: null },
      { environment, media, nameCacheDir: undefined },
    );
    if (provider === "gtts") {
      await model.speak({ text: "hello", language: "en" }, { signal });
      return ready("Google Translate answers");
    }
    const voices = await model.voices?.({ signal });
    return ready(
      voices ? `${voices.length} voices` : "set up; it cannot be asked without speaking",
    );
  } finally {
    await model?.close();
  }
}

async function checkProgram(program: string) {
  const places = program.includes("/")
    ? [program]
    : (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, program));
  for (const place of places) {
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return ready(place);
  }
  return broken(`there is no program ${program}`, "install it, or mend VOCATIVE_TTS_COMMANDS");
}

/** Every model of the operator's, in its own line. */
function modelChecks({ sherpa }: SpeechEnvironment): Check[] {
  if (sherpa === null) {
    const remedy = "name a folder of sherpa-onnx models with VOCATIVE_SHERPA_MODELS";
    return [{ area: "recognition", name: "sherpa", run: async () => unset("not set up", remedy) }];
  }
  return findModels(sherpa.models).map((model): Check => {
    const area = model.usable && model.task === "recognition" ? "recognition" : "voice";
    const run = async () =>
      model.usable
        ? ready(`${model.kind} ${model.languages.join(" ")}`.trim())
        : broken(model.reason, "");
    return { area, name: model.name, run };
  });
}

/** Has the model listen to a second of silence: what would fail a campaign fails here. */
async function checkWhisper(
  model: string | null,
  { media, signal }: { media: PooledMediaEngine; signal: AbortSignal },
) {
  if (model === null) {
    return unset("not set up", "name a ggml model of whisper.cpp with VOCATIVE_WHISPER_MODEL");
  }
  const audio = { samples: new Float32Array(16_000), sampleRate: 16_000 };
  await createWhisperRecognizer({ media, model }).transcribe(audio, { language: "en", signal });
  return ready(model);
}

async function checkGpu(signal: AbortSignal) {
  try {
    const { stdout } = await promisify(execFile)(
      "nvidia-smi",
      ["--query-gpu=name,memory.total", "--format=csv,noheader"],
      { signal },
    );
    return ready(stdout.trim().split("\n").join("; "));
  } catch {
    return unset("none found: everything here works without one", "");
  }
}
