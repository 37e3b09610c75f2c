import { writeFile } from "node:fs/promises";
import { AppError, type ErrorCode, toAppError } from "../domain/app-error.ts";
import { durationOf } from "../domain/audio.ts";
import type { Warning } from "../domain/warning.ts";
import type { LanguageRequest } from "../ports/language-model.ts";
import type { Phoneme, Speech } from "../ports/speech-model.ts";
import { limitSpoken } from "./answer-turn.ts";
import type { ChatService, TextRequest } from "./chat-service.ts";
import { conversationOf } from "./conversation-history.ts";
import { createFullAnswers } from "./full-answers.ts";
import type { ChatDependencies } from "./service-dependencies.ts";
import { speakableText } from "./speakable-text.ts";
import { wavAt } from "./spoken-sound.ts";
import { createVoiceChooser } from "./voice-chooser.ts";

/** What is made is kept for so long. */
const OUTPUTS_KEPT_MS = 24 * 3600_000;
const OUTPUT_FOLDERS = ["audio", "video", "captions"];
/** Of those spoken last, the phonemes are known when their sound is to be seen. */
const PHONEMES_KEPT = 200;
const MAX_SOUND_BYTES = 100 * 2 ** 20;
const MAX_SOUND_SECONDS = 600;

/** What is wrong with a file that a client named is the client's to mend. */
const UNUSABLE_INPUT: readonly ErrorCode[] = [
  ...(["MEDIA_UNREADABLE", "MEDIA_UNSUPPORTED", "MEDIA_TYPE_NOT_ALLOWED"] as const),
  ...(["MEDIA_TOO_LARGE", "NO_AUDIO", "NO_FACE", "FACE_UNSUITABLE"] as const),
  // What ends its reader twice is to blame itself.
  ...(["WORKER_CRASHED", "WORKER_MEMORY"] as const),
];

/** The video chat by its dependencies. */
export function createChatService(dependencies: ChatDependencies): ChatService {
  const { language, animator, persona, outputs, assets, media, streams } = dependencies;
  const { settings, clock, newId } = dependencies;
  const { chooseVoice, speakWith } = createVoiceChooser(dependencies);
  const full = createFullAnswers({ ...dependencies, chooseVoice, speakWith, askOf });
  const phonemesOf = new Map<string, readonly Phoneme[]>();

  function askOf(request: TextRequest): LanguageRequest {
    const { prompt, history, maxTokens, temperature } = request;
    const messages = conversationOf(history, prompt);
    return { system: persona.system, messages, maxTokens, temperature };
  }

  function remember(file: string, phonemes: Speech["phonemes"]): void {
    if (!phonemes) return;
    phonemesOf.set(file, phonemes);
    const [oldest] = phonemesOf.keys();
    if (phonemesOf.size > PHONEMES_KEPT && oldest !== undefined) phonemesOf.delete(oldest);
  }

  return {
    async generateText(request, { signal }) {
      return language.use(async (model) => {
        const answer = model.answer(askOf(request), { signal });
        // It rejects as the text does, which is gone through first.
        answer.end.catch(() => {});
        let text = "";
        for await (const piece of answer.text) text += piece;
        const { tokensUsed, sources } = await answer.end;
        return { id: newId(), text, tokensUsed, sources, at: clock() };
      });
    },

    async generateSpeech(caller, request, { signal }) {
      const spoken = limitSpoken(speakableText(request.text), settings.maxTextLength);
      if (spoken.text === "") {
        throw new AppError("BAD_REQUEST", "the text has no word that can be spoken: give one");
      }
      const voice = await chooseVoice(caller, request, { signal });
      const speech = await speakWith(voice, spoken.text, signal).catch((thrown: unknown) => {
        const error = toAppError(thrown);
        // It is the text that no voice can read.
        if (error.code !== "SPEECH_FAILED" || error.retryable) throw error;
        throw new AppError("BAD_REQUEST", error.message, { cause: error });
      });
      const { bytes, duration } = wavAt(speech.audio, settings.sampleRate);
      const id = newId();
      const file = `audio/${id}.wav`;
      await writeFile(await outputs.place(file), bytes);
      remember(file, speech.phonemes);
      const warnings = [...voice.warnings, ...spoken.warnings, ...speech.warnings];
      return { id, file, duration, sampleRate: settings.sampleRate, at: clock(), warnings };
    },

    async generateVideo(caller, { audio: name, image, fps, enhance }, { signal }) {
      const sound = await media.find(caller, name, "Audio file");
      const picture = image === null ? null : await media.find(caller, image, "Reference image");
      if (sound.sizeBytes > MAX_SOUND_BYTES) throw tooLong(`${sound.sizeBytes} bytes`);
      const audio = await ofClient(dependencies.readSound(sound.path, { signal }), name);
      const seconds = durationOf(audio);
      if (seconds > MAX_SOUND_SECONDS) throw tooLong(`${seconds.toFixed(1)} s`);
      const id = newId();
      const file = `video/${id}.mp4`;
      const out = await outputs.place(file);
      const phonemes = phonemesOf.get(name.replace(/^outputs\//u, ""));
      const { size } = settings;
      const made = await ofClient(
        animator.use((engine) =>
          engine.animate(
            {
              ...{ image: picture?.path ?? persona.portrait, audio, fps, size, out },
              ...(phonemes && { phonemes }),
              crop: "face",
            },
            { signal },
          ),
        ),
        image ?? "the persona's portrait",
      );
      const warnings = [...(enhance ? [NOT_ENHANCED] : []), ...made.warnings];
      return { id, file, duration: made.duration, fps, at: clock(), warnings };
    },

    generateFull: (caller, request, { signal }) =>
      ofClient(full.make(caller, request, { signal }), request.referenceImage ?? "the portrait"),
    startFull: (caller, request) => full.start(caller, request),

    async openStream(id) {
      const bytes = streams.read(id);
      if (bytes) return { bytes };
      const file = await outputs.find(`video/${id}.mp4`);
      if (file) return { file };
      throw new AppError("NOT_FOUND", "video not found");
    },
    async output(name) {
      const isMade = OUTPUT_FOLDERS.some((folder) => name.startsWith(`${folder}/`));
      const file = isMade && !name.endsWith(".part") ? await outputs.find(name) : null;
      if (file) return file;
      throw new AppError("NOT_FOUND", "file not found");
    },
    assets,
    async removeExpired() {
      await outputs.removeOlder(clock() - OUTPUTS_KEPT_MS, [...OUTPUT_FOLDERS, "cache"]);
      await assets.removeOlder(clock() - settings.assetsKeptMs);
    },
    close: () => full.close(),
  };
}

const NOT_ENHANCED: Warning = {
  code: "ENHANCE_IGNORED",
  message: "enhance is ignored: the face is drawn at full sharpness by the embedded engine",
};

/** Faults of what a client named, as its request's fault. */
async function ofClient<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (!UNUSABLE_INPUT.includes(error.code)) throw error;
    // The message of an engine may hold the path of a file.
    const reason = error.code.toLowerCase().replaceAll("_", " ");
    throw new AppError("BAD_REQUEST", `${what} cannot be used (${reason}): send another file`, {
      cause: error,
    });
  }
}

function tooLong(length: string): AppError {
  return new AppError(
    "BAD_REQUEST",
    `the audio has ${length}, and at most ${MAX_SOUND_SECONDS} s or ${MAX_SOUND_BYTES} bytes are shown: send a shorter one`,
  );
}
