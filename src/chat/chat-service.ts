import type { Caller } from "../domain/caller.ts";
import type { Source } from "../domain/conversation.ts";
import type { Warning } from "../domain/warning.ts";
import type { Assets } from "./assets.ts";
import type { HistoryItem } from "./conversation-history.ts";
import type { ChatFile } from "./file-folder.ts";

export type TextRequest = {
  prompt: string;
  history: readonly HistoryItem[];
  maxTokens: number;
  temperature: number;
};

export type GeneratedText = {
  /** A UUID. */
  id: string;
  text: string;
  tokensUsed: number;
  sources: Source[];
  /** Milliseconds since 1970. */
  at: number;
};

export type SpeechFileRequest = {
  text: string;
  /** BCP 47. */
  language: string;
  /** The recording whose voice is wanted, as clients name files; null for the default voice. */
  referenceAudio: string | null;
};

/** A file that was made, by its name below the folder of outputs, such as `audio/ID.wav`. */
export type MadeFile = { id: string; file: string; at: number; warnings: Warning[] };

export type GeneratedSpeech = MadeFile & {
  /** Seconds. */
  duration: number;
  /** Hz. */
  sampleRate: number;
};

export type VideoRequest = {
  audio: string;
  /** Null for the persona's portrait. */
  image: string | null;
  /** 15..60. */
  fps: number;
  /** Wanted: a sharper face than the engine makes. */
  enhance: boolean;
};

export type GeneratedVideo = MadeFile & { duration: number; fps: number };

export type FullRequest = TextRequest & {
  referenceAudio: string | null;
  referenceImage: string | null;
  /** Null for the persona's. */
  language: string | null;
};

export type FullAnswer = GeneratedText & {
  /** Below the folder of outputs. */
  files: FullFiles;
  /** Of the video, seconds. */
  duration: number;
  warnings: Warning[];
  /** Seconds from the request to the answer. */
  processingTime: number;
};

export type FullFiles = { audio: string; video: string; captions: string };

/** An answer that is watched while it is made. */
export type StartedAnswer = {
  id: string;
  /** Where they will be. */
  files: FullFiles;
  at: number;
};

/** A video that is being made, or the file that it has become. */
export type OpenStream = { bytes: AsyncGenerator<Uint8Array> } | { file: ChatFile };

type Call = { signal: AbortSignal };

/**
 * Everything a client of the video chat can ask for. Files are named as `named-media` says.
 * @throws AppError BAD_REQUEST for what is named wrongly or unusable, LANGUAGE_…, SPEECH_…, FACE_…,
 * MODEL_LOAD_FAILED, DISK_FULL, CANCELLED, and what each call says.
 */
export interface ChatService {
  generateText(request: TextRequest, call: Call): Promise<GeneratedText>;
  generateSpeech(caller: Caller, request: SpeechFileRequest, call: Call): Promise<GeneratedSpeech>;
  generateVideo(caller: Caller, request: VideoRequest, call: Call): Promise<GeneratedVideo>;
  /** Text, speech and video of one answer. */
  generateFull(caller: Caller, request: FullRequest, call: Call): Promise<FullAnswer>;
  /**
   * Begins the same and does not wait for it: the stream shows it as it is made. It ends when nobody
   * watches.
   */
  startFull(caller: Caller, request: FullRequest): Promise<StartedAnswer>;
  /** @throws AppError NOT_FOUND. */
  openStream(id: string): Promise<OpenStream>;
  /** A file that was made. @throws AppError NOT_FOUND. */
  output(name: string): Promise<ChatFile>;
  assets: Omit<Assets, "removeOlder">;
  /** Removes what is kept no longer. */
  removeExpired(): Promise<void>;
  /** Ends all that was started and is still being made. */
  close(): Promise<void>;
}
