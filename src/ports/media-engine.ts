import type { Audio, Interval } from "../domain/audio.ts";
import type { Edit } from "../domain/edit.ts";
import type { Rendition } from "../domain/rendition.ts";
import type { Seams } from "../domain/seams.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { Transcript } from "./speech-recognizer.ts";

export type MediaInfo = {
  /** Container as FFmpeg names it, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  /** Seconds. */
  duration: number;
  sizeBytes: number;
  video: VideoInfo | null;
  audio: AudioInfo | null;
};

export type VideoInfo = {
  codec: string;
  /** As coded, before rotation. */
  width: number;
  height: number;
  /** Clockwise degrees a player turns the picture by: 0, 90, 180 or 270. */
  rotation: number;
  /** Frames a second on average; 0 when unknown. */
  frameRate: number;
  /** Such as `yuv420p`. */
  pixelFormat: string;
  /** How many pictures the container counts; left out where it does not. */
  frames?: number;
};

export type AudioInfo = { codec: string; sampleRate: number; channels: number };

export type AnalysisRequest = {
  /** A sample below this in every channel is quiet, dB of full scale. */
  silenceDb: number;
  /** Quiet shorter than this is no pause, seconds. */
  silenceDuration: number;
  /** The same for a second, finer list of pauses. */
  shortSilenceDuration: number;
};

/** What a base sounds like; times in seconds of its timeline as a player shows it. */
export type Analysis = {
  duration: number;
  silences: Interval[];
  shortSilences: Interval[];
  /** Loudest sample, dB of full scale; −120 for digital silence. */
  peakDb: number;
};

/** A place of a base in which recipients differ, in seconds of the base. */
export type EditableSlot = {
  /** What will be replaced: it tells nothing about how the speaker sounds. */
  slot: Interval;
  /**
   * Where edits of the sound will lie; `growable` when they may make it longer: all after it comes later.
   * Anywhere but at the base's end that takes `pictures`, which last longer then.
   */
  editable: Interval & { growable: boolean };
  /** The pictures that may be replaced or held longer; null when none are. */
  pictures: Interval | null;
};

export type CompileRequest = {
  /** The template's id: a hash of everything that shapes it. */
  id: string;
  base: string;
  /** Which kind of file each recipient gets. */
  output: "mp4" | "mp3";
  /** Where recipients will differ, in order, apart from each other; one for an MP3. */
  slots: EditableSlot[];
  /** `auto` keeps the base's picture where browsers play it and makes one H.264 copy where not. */
  video: "auto" | "keep";
  /** Where the template goes. A folder that holds it already is used as it is. */
  folder: string;
  /** A folder that does not exist yet, on the same disk: the template is built there and then moved. */
  workFolder: string;
};

/** What one recipient has in one slot. */
export type SlotEdit = {
  edit: Edit;
  clip: Audio;
  /**
   * H.264 access units as MP4 holds them, with the template's parameters (`encodeSlotPictures`), that
   * take the place of the first pictures of the slot's stretch, up to one of its cuts. More than the stretch has are
   * shown for as long as the edit makes it. Without, its pictures stay, held for longer where need be.
   */
  pictures?: readonly Uint8Array[];
};

export type RenderRequest = {
  template: Template;
  /** One for each slot of the template, in their order. */
  edits: readonly SlotEdit[];
  /** Bring the clip to the speaker's loudness, raising it by at most `maxGainDb`. */
  matchLoudness: { maxGainDb: number } | null;
  /** Also answer with the name as the output says it. */
  listen?: boolean;
};

export type Rendered = {
  rendition: Rendition;
  /** The worst of all slots. */
  seams: Seams;
  /** Each name and a moment around it, decoded from the output; with `listen`. */
  heard?: Audio[];
};

export type ConvertRequest = {
  input: string;
  output: string;
  /** x264 quality, 0..51. */
  crf: number;
  preset: string;
  /** Bits a second. */
  audioBitRate: number;
};

export type PosterRequest = {
  /** A video, such as a base or a template's playable file. */
  path: string;
  /** Which frame: the one on show at this moment, seconds. Beyond the end it is the last one. */
  time: number;
  /** Where the JPEG goes. */
  file: string;
  /** The picture's longer side at most, pixels; 640 when left out. It is never made larger. */
  maxSide?: number;
};

export type TranscriptionRequest = {
  /** Path of a model of whisper.cpp (ggml), the operator's. */
  model: string;
  /** A language's code as Whisper knows it, or `auto`. */
  language: string;
};

/** A known voice's reading of a text. */
export type SpokenReading = {
  audio: Audio;
  /** Where in it stands what is sought, seconds. */
  span: Interval;
};

export type LocateRequest = {
  /** Whether the base says the texts, whole or as a part of more, or only the words of their spans. */
  says: "text" | "words";
  /**
   * What is sought: each text read by one or more voices. A text of `words` goes on for long after its
   * span.
   */
  texts: SpokenReading[][];
};

/** Where speech was found, in seconds of the base, and how likely it is there, 0..1. */
export type LocatedSpeech = Interval & { confidence: number };

export type MediaCallOptions = {
  signal: AbortSignal;
  /** For the whole call, the wait for a free worker included; then WORKER_TIMEOUT. */
  deadlineMs?: number;
  /** Higher goes first, 0 when left out: what somebody waits for goes before what waits in a queue. */
  priority?: number;
  /**
   * Hash of the input's content. An input that ended its worker twice is refused for a while under
   * whatever path it comes again; without it the path alone tells.
   */
  contentHash?: string;
};

/**
 * All that touches the contents of media files. Every call works in a child process with a deadline
 * and a memory limit, and is stopped by `signal`.
 *
 * @throws AppError FILE_NOT_FOUND, MEDIA_TYPE_NOT_ALLOWED (not one of the containers that are
 * opened), MEDIA_UNREADABLE, MEDIA_UNSUPPORTED, MEDIA_TOO_LARGE, NO_AUDIO, NO_VIDEO, WORKER_CRASHED,
 * WORKER_TIMEOUT, WORKER_MEMORY, DISK_FULL, CANCELLED.
 */
export interface MediaEngine {
  /** Reads headers only; it alone refuses files for their size, length and number of pixels. */
  probe(path: string, options: MediaCallOptions): Promise<MediaInfo>;
  /** Decodes the first audio track of a short file to mono. */
  decodeAudio(path: string, options: MediaCallOptions): Promise<Audio>;
  analyse(path: string, request: AnalysisRequest, options: MediaCallOptions): Promise<Analysis>;
  /**
   * Finds where the base's first `SEARCHED_SECONDS` say what was read, by the sound of it.
   * @returns One for each text; null where there is too little to compare.
   */
  locate(
    path: string,
    request: LocateRequest,
    options: MediaCallOptions,
  ): Promise<(LocatedSpeech | null)[]>;
  compile(
    request: CompileRequest,
    options: MediaCallOptions,
  ): Promise<{ template: Template; warnings: Warning[] }>;
  render(request: RenderRequest, options: MediaCallOptions): Promise<Rendered>;
  /** Writes one frame as a JPEG, turned and stretched as a player shows it. Cover art is no video. */
  poster(request: PosterRequest, options: MediaCallOptions): Promise<void>;
  /** Any supported file as a web-ready MP4: H.264, AAC, index in front. */
  convert(request: ConvertRequest, options: MediaCallOptions): Promise<MediaInfo>;
  /**
   * Writes down what is said, with FFmpeg's own speech recognition.
   * @throws AppError RECOGNITION_FAILED as well.
   */
  transcribe(
    audio: Audio,
    request: TranscriptionRequest,
    options: MediaCallOptions,
  ): Promise<Transcript>;
  close(): Promise<void>;
}
