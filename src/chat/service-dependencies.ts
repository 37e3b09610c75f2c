import type { Audio } from "../domain/audio.ts";
import type { Persona } from "../domain/conversation.ts";
import type { Clock } from "../ports/clock.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import type { LiveFaces } from "../ports/live-face.ts";
import type { Logger } from "../ports/logger.ts";
import type { PortraitAnimator } from "../ports/portrait-animator.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { Assets } from "./assets.ts";
import type { ChatFile, FileFolder } from "./file-folder.ts";
import type { NamedMedia } from "./named-media.ts";
import type { SharedEngine } from "./shared-engine.ts";
import type { VideoStreams } from "./video-streams.ts";

/** All that the video chat works with. */
export type ChatDependencies = {
  language: SharedEngine<LanguageModel>;
  voice: SharedEngine<SpeechModel>;
  /** A voice like a recording; null where the provider has none. It is the caller's to keep. */
  voiceLike: ((recording: ChatFile) => Promise<SpeechModel>) | null;
  /** The languages that the voice speaks, as first parts of BCP 47 tags; null when it does not say. */
  languages: (options: { signal: AbortSignal }) => Promise<ReadonlySet<string> | null>;
  /** Makes videos of sounds. */
  animator: SharedEngine<PortraitAnimator>;
  /** Makes videos while the sound is made; null where there is none. */
  faces: SharedEngine<LiveFaces> | null;
  /** A sound file as mono sound. @throws AppError as `MediaEngine.decodeAudio`. */
  readSound: (file: string, options: { signal: AbortSignal }) => Promise<Audio>;
  persona: Persona;
  outputs: FileFolder;
  assets: Assets;
  media: NamedMedia;
  streams: VideoStreams;
  settings: ChatSettings;
  clock: Clock;
  newId: () => string;
  logger: Pick<Logger, "error">;
};

export type ChatSettings = {
  /** Characters that are spoken at most. */
  maxTextLength: number;
  /** Of sound files, Hz. */
  sampleRate: number;
  fps: number;
  /** Longer side of videos, pixels. */
  size: number;
  /** How long uploaded assets are kept, ms. */
  assetsKeptMs: number;
};
