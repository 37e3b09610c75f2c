/** The part of the untyped package that the workers use (sherpa-onnx-node 1.13.8, scripts/node-addon-api). */
declare module "sherpa-onnx-node" {
  /** Options by their camel-case names; paths are strings, switches numbers. */
  type Options = Record<string, string | number>;

  export type OfflineTtsConfig = {
    /** One entry, named by the kind of model, such as `vits`. */
    model: { numThreads: number; provider: string; debug: boolean } & Record<
      string,
      Options | string | number | boolean
    >;
    /** How many sentences go through the model at once. */
    maxNumSentences: number;
    /** Paths of text normalisation rules, separated by commas. */
    ruleFsts?: string;
    ruleFars?: string;
  };

  export type GenerationConfig = {
    sid: number;
    speed: number;
    numSteps?: number;
    silenceScale?: number;
    referenceAudio?: Float32Array;
    referenceSampleRate?: number;
    referenceText?: string;
    extra?: Options;
  };

  export interface OfflineTts {
    readonly numSpeakers: number;
    readonly sampleRate: number;
    /** A text of which nothing can be spoken gives no samples and a sample rate of 0. */
    generateAsync(request: {
      text: string;
      enableExternalBuffer: boolean;
      generationConfig: GenerationConfig;
      /** Called after each group of sentences; 0 ends the synthesis with what there is. */
      onProgress: (news: { samples: Float32Array; progress: number }) => number;
    }): Promise<{ samples: Float32Array; sampleRate: number }>;
  }

  export type OfflineRecognizerConfig = {
    featConfig: { sampleRate: number; featureDim: number };
    modelConfig: { tokens: string; numThreads: number; provider: string; debug: number } & Record<
      string,
      Options | string | number
    >;
    decodingMethod: "greedy_search";
  };

  export interface OfflineStream {
    acceptWaveform(sound: { samples: Float32Array; sampleRate: number }): void;
  }

  export interface OfflineRecognizer {
    createStream(): OfflineStream;
    decodeAsync(stream: OfflineStream): Promise<unknown>;
  }

  const sherpa: {
    version: string;
    OfflineTts: { createAsync(config: OfflineTtsConfig): Promise<OfflineTts> };
    OfflineRecognizer: { createAsync(config: OfflineRecognizerConfig): Promise<OfflineRecognizer> };
  };
  export default sherpa;
}
