import type { Caller } from "../domain/caller.ts";
import type { Warning } from "../domain/warning.ts";
import type { Speech, SpeechModel } from "../ports/speech-model.ts";
import type { ChatDependencies } from "./service-dependencies.ts";

/** Who speaks a request, and what of it cannot be had. */
export type ChosenVoice = {
  /** A voice of its own; null for the default one. */
  own: SpeechModel | null;
  language: string;
  warnings: Warning[];
};

export type VoiceChooser = {
  /** @throws AppError BAD_REQUEST for a recording that cannot be named. */
  chooseVoice(
    caller: Caller,
    request: { language: string; referenceAudio: string | null },
    call: { signal: AbortSignal },
  ): Promise<ChosenVoice>;
  speakWith(voice: ChosenVoice, text: string, signal: AbortSignal): Promise<Speech>;
};

/** Names of languages that voices know by another one. */
const ALIASES: Readonly<Record<string, string>> = { zh: "cmn", no: "nb", iw: "he", tl: "fil" };

export function createVoiceChooser(
  dependencies: Pick<ChatDependencies, "voice" | "voiceLike" | "languages" | "media" | "persona">,
): VoiceChooser {
  const { voice, voiceLike, persona } = dependencies;

  async function languageWarnings(language: string, signal: AbortSignal): Promise<Warning[]> {
    const spoken = await dependencies.languages({ signal });
    const [first = ""] = language.toLowerCase().split(/[-_]/u);
    if (!spoken || spoken.has(first) || spoken.has(ALIASES[first] ?? first)) return [];
    const message = `the voice does not know the language ${JSON.stringify(language)}: it reads the text by its script`;
    return [{ code: "LANGUAGE_UNKNOWN", message }];
  }

  return {
    async chooseVoice(caller, { language, referenceAudio }, { signal }) {
      const warnings = await languageWarnings(language, signal);
      if (referenceAudio === null) return { own: null, language, warnings };
      const recording = await dependencies.media.find(caller, referenceAudio, "Reference audio");
      if (voiceLike) return { own: await voiceLike(recording), language, warnings };
      const message =
        "reference_audio is not used: the voice that is set up cannot sound like a recording";
      return {
        own: null,
        language,
        warnings: [...warnings, { code: "VOICE_NOT_CLONED", message }],
      };
    },
    async speakWith({ own, language }, text, signal) {
      const name = own ? undefined : persona.voice?.name;
      const request = { text, language, ...(name !== undefined && { voice: name }) };
      // One of its own shares the default one's processes, which must not be ended meanwhile.
      return voice.use((model) => (own ?? model).speak(request, { signal }));
    },
  };
}
