/** The part of the untyped package that `espeak-worker.ts` uses. */
declare module "@echogarden/espeak-ng-emscripten" {
  export type EspeakEvent = {
    type: "sentence" | "word" | "mark" | "phoneme" | "end" | "samplerate" | "play";
    /** Milliseconds from the start of the sound. */
    audio_position: number;
    /** For `type: "word"`: its first character in the SSML, from 1, and its number of characters. */
    text_position: number;
    word_length: number;
    /** The phoneme in IPA, for `type: "phoneme"`; a change of voice shows as `(en)`. */
    id?: string | number;
  };

  export interface EspeakEngine {
    list_voices(): {
      /** Such as `English (America)`. */
      name: string;
      /** The voice's file, such as `gmw/en-US`; the one name that always selects it. */
      identifier: string;
      languages: { name: string }[];
    }[];
    /** 0, or another number when there is no such voice; the former voice then stays. */
    set_voice(name: string): number;
    /** Words per minute, 80..450. */
    set_rate(rate: number): void;
    /** Speaks SSML. `chunk` gets 16-bit samples at 22 050 Hz; when it returns true, speaking ends. */
    synthesize(
      ssml: string,
      chunk: (samples: Int16Array | null, events: EspeakEvent[]) => boolean,
    ): void;
  }

  export default function load(): Promise<{ eSpeakNGWorker: new () => EspeakEngine }>;
}
