/** A file (or the folder of eSpeak's data) that a model needs, and how a release names it. */
export type ModelFile = {
  /** Fits the name of the file, without its folder. */
  named: RegExp;
  optional?: true;
  /** Releases ship it on its own: it may also lie beside the models' folders. */
  shared?: true;
};

export type ModelKind = {
  task: "speech" | "recognition";
  /** Name of its options in the package's configuration. */
  section: string;
  /** By the names of the package's options (scripts/node-addon-api of sherpa-onnx 1.13). */
  files: Record<string, ModelFile>;
  /** How the maker's `model_type` names it, as a whole. */
  type?: RegExp;
  /** How releases name the folder. */
  title?: RegExp;
  /** It speaks with the voice of a recording, with or without the recording's text. */
  clones?: "sound" | "sound and text";
};

const one = (stem: string, ending = "onnx"): ModelFile => ({
  named: new RegExp(String.raw`(^|[-_.])${stem}([-_.].*)?\.${ending}$`, "i"),
});
const whole = (name: string): ModelFile => ({ named: new RegExp(`^${name.replace(".", "\\.")}$`) });
const optional = (file: ModelFile): ModelFile => ({ ...file, optional: true });

/** The one model file of a folder, whatever its name; a vocoder is none. */
const MODEL: ModelFile = { named: /^(?!vocos|hifigan).*\.onnx$/i };
const TOKENS: ModelFile = { named: /(^|-)tokens\.txt$/ };
const DATA = whole("espeak-ng-data");
const LEXICON: ModelFile = { named: /^lexicon(-(?!gb).+)?\.txt$/, optional: true };
const VOCODER: ModelFile = { named: /^(vocos|hifigan).*\.onnx$/i, shared: true };
const CTC = { task: "recognition", files: { model: MODEL } } as const;
const ENCODER_DECODER = {
  task: "recognition",
  files: { encoder: one("encoder"), decoder: one("decoder") },
} as const;

/** In the order in which a folder is compared with them. */
export const MODEL_KINDS = {
  pocket: {
    task: "speech",
    section: "pocket",
    clones: "sound",
    title: /pocket-tts/i,
    files: {
      lmFlow: one("lm_flow"),
      lmMain: one("lm_main"),
      encoder: one("encoder"),
      decoder: one("decoder"),
      textConditioner: one("text_conditioner"),
      vocabJson: whole("vocab.json"),
      tokenScoresJson: whole("token_scores.json"),
    },
  },
  supertonic: {
    task: "speech",
    section: "supertonic",
    title: /supertonic/i,
    files: {
      durationPredictor: one("duration_predictor"),
      textEncoder: one("text_encoder"),
      vectorEstimator: one("vector_estimator"),
      vocoder: one("vocoder"),
      ttsJson: whole("tts.json"),
      unicodeIndexer: whole("unicode_indexer.bin"),
      voiceStyle: whole("voice.bin"),
    },
  },
  zipvoice: {
    task: "speech",
    section: "zipvoice",
    clones: "sound and text",
    title: /zipvoice/i,
    files: {
      tokens: TOKENS,
      encoder: one("(text_)?encoder"),
      decoder: one("(fm_)?decoder"),
      vocoder: VOCODER,
      dataDir: optional(DATA),
      lexicon: LEXICON,
    },
  },
  kitten: {
    task: "speech",
    section: "kitten",
    type: /^kitten/i,
    title: /^kitten/i,
    files: { model: MODEL, voices: whole("voices.bin"), tokens: TOKENS, dataDir: DATA },
  },
  kokoro: {
    task: "speech",
    section: "kokoro",
    type: /^kokoro/i,
    title: /^kokoro/i,
    files: {
      model: MODEL,
      voices: whole("voices.bin"),
      tokens: TOKENS,
      dataDir: DATA,
      lexicon: LEXICON,
    },
  },
  matcha: {
    task: "speech",
    section: "matcha",
    type: /^matcha/i,
    title: /^matcha/i,
    files: {
      acousticModel: MODEL,
      vocoder: VOCODER,
      tokens: TOKENS,
      lexicon: LEXICON,
      dataDir: optional(DATA),
    },
  },
  transducer: {
    task: "recognition",
    section: "transducer",
    files: { encoder: one("encoder"), decoder: one("decoder"), joiner: one("joiner") },
  },
  moonshine: {
    task: "recognition",
    section: "moonshine",
    title: /moonshine/i,
    files: {
      preprocessor: one("preprocess(or)?"),
      encoder: one("encode(r)?"),
      uncachedDecoder: one("uncached_decode(r)?"),
      cachedDecoder: { named: /^cached_decode.*\.onnx$/i },
    },
  },
  moonshineMerged: {
    task: "recognition",
    section: "moonshine",
    title: /moonshine/i,
    files: {
      encoder: one("encoder_model", "(ort|onnx)"),
      mergedDecoder: one("decoder_model_merged", "(ort|onnx)"),
    },
  },
  whisper: { ...ENCODER_DECODER, section: "whisper", type: /^whisper/i, title: /whisper/i },
  fireRedAsr: {
    ...ENCODER_DECODER,
    section: "fireRedAsr",
    title: /fire-red-asr(?!.*ctc)/i,
  },
  canary: { ...ENCODER_DECODER, section: "canary", title: /canary/i },
  cohereTranscribe: { ...ENCODER_DECODER, section: "cohereTranscribe", title: /cohere/i },
  senseVoice: { ...CTC, section: "senseVoice", type: /^sense_voice/i, title: /sense-?voice/i },
  paraformer: { ...CTC, section: "paraformer", type: /^paraformer/i, title: /paraformer/i },
  nemoCtc: {
    ...CTC,
    section: "nemoCtc",
    type: /^EncDec(CTC|HybridRNNTCTC)/i,
    title: /(nemo|parakeet|giga-?am).*ctc|ctc.*nemo/i,
  },
  zipformerCtc: {
    ...CTC,
    section: "zipformerCtc",
    type: /^zipformer2?_ctc/i,
    title: /zipformer.*ctc/i,
  },
  wenetCtc: { ...CTC, section: "wenetCtc", type: /^wenet_ctc/i, title: /wenet/i },
  fireRedAsrCtc: { ...CTC, section: "fireRedAsrCtc", title: /fire-red-asr.*ctc/i },
  dolphin: { ...CTC, section: "dolphin", type: /^dolphin/i, title: /dolphin/i },
  omnilingual: { ...CTC, section: "omnilingual", type: /^omnilingual/i, title: /omnilingual/i },
  medasr: { ...CTC, section: "medasr", type: /^medasr/i, title: /medasr/i },
  teleSpeechCtc: {
    ...CTC,
    section: "teleSpeechCtc",
    type: /^telespeech/i,
    title: /telespeech/i,
  },
  tdnn: { ...CTC, section: "tdnn", type: /^tdnn/i, title: /tdnn|yesno/i },
  vits: {
    task: "speech",
    section: "vits",
    type: /^vits/i,
    title: /(^|-)vits-/i,
    files: { model: MODEL, tokens: TOKENS, lexicon: LEXICON, dataDir: optional(DATA) },
  },
} as const satisfies Record<string, ModelKind>;

export type ModelKindName = keyof typeof MODEL_KINDS;

/** What a kind needs, with the tokens every recogniser has. */
export function filesOf(name: ModelKindName): Record<string, ModelFile> {
  const { task, files }: ModelKind = MODEL_KINDS[name];
  return task === "recognition" ? { ...files, tokens: TOKENS } : files;
}
