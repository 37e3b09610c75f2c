import type { OfflineRecognizerConfig, OfflineTtsConfig } from "sherpa-onnx-node";
import type { SherpaModel } from "./find-models.ts";
import { MODEL_KINDS } from "./model-kinds.ts";
import { whisperLanguage } from "./whisper-languages.ts";

export type Threads = { threads: number };

/** What every recogniser of the package expects: kaldi features. */
const FEATURES = { sampleRate: 16_000, featureDim: 80 };

/** A voice's configuration in the package's words. */
export function speechConfig(model: SherpaModel, { threads }: Threads): OfflineTtsConfig {
  const { files, note, rules } = model;
  const common = { numThreads: note.numThreads ?? threads, provider: note.provider ?? "cpu" };
  return {
    model: {
      ...common,
      debug: false,
      [MODEL_KINDS[model.kind].section]: { ...note.settings, ...files },
    },
    // One sentence at a time: the engine can be stopped between two of them.
    maxNumSentences: 1,
    ...(rules.fsts.length > 0 && { ruleFsts: rules.fsts.join(",") }),
    ...(rules.fars.length > 0 && { ruleFars: rules.fars.join(",") }),
  };
}

/** A recogniser's configuration for one language (BCP 47). */
export function recognizerConfig(
  model: SherpaModel,
  { threads, language }: Threads & { language: string },
): OfflineRecognizerConfig {
  const { tokens = "", ...files } = model.files;
  const { note } = model;
  const common = { numThreads: note.numThreads ?? threads, provider: note.provider ?? "cpu" };
  const options = { ...languageOptions(model, language), ...note.settings, ...files };
  const section = MODEL_KINDS[model.kind].section;
  return {
    featConfig: FEATURES,
    modelConfig: {
      ...common,
      tokens,
      debug: 0,
      // The one kind whose option is its file.
      [section]: section === "teleSpeechCtc" ? (files["model"] ?? "") : options,
    },
    decodingMethod: "greedy_search",
  };
}

/** Languages the kinds take; the engine ends its process on any other. */
const SENSE_VOICE = "zh en ja ko yue";
const CANARY = "en de es fr";
const COHERE = "ar de el en es fr it ja ko nl pl pt vi zh";

function languageOptions({ kind, name }: SherpaModel, language: string): Record<string, string> {
  const code = language.replace(/[-_].*$/, "").toLowerCase();
  const among = (codes: string) => (codes.split(" ").includes(code) ? code : undefined);
  switch (kind) {
    case "whisper": {
      // Without a language it finds it out by itself; a model of English alone takes none.
      const spoken = /\.en(?![a-z])/i.test(name) ? "en" : (whisperLanguage(language) ?? "");
      return { language: spoken, task: "transcribe" };
    }
    case "senseVoice":
      return { language: among(SENSE_VOICE) ?? "auto" };
    case "canary":
      return { srcLang: among(CANARY) ?? "en", tgtLang: among(CANARY) ?? "en" };
    case "cohereTranscribe":
      return { language: among(COHERE) ?? "en" };
    default:
      return {};
  }
}
