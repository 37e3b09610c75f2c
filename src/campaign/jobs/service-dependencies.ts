import type { BaseStore } from "../../ports/base-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { JobStore } from "../../ports/job-store.ts";
import type { LipSync } from "../../ports/lip-sync.ts";
import type { Logger } from "../../ports/logger.ts";
import type { MediaEngine } from "../../ports/media-engine.ts";
import type { MetricStore } from "../../ports/metric-store.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import type { Outgoing } from "../../ports/outgoing.ts";
import type { OutputArchive, TemplateShelf } from "../../ports/output-archive.ts";
import type { OutputRecord } from "../../ports/output-store.ts";
import type { SecretBox } from "../../ports/secret-box.ts";
import type { SheetReader } from "../../ports/sheet-reader.ts";
import type { SpeechModel } from "../../ports/speech-model.ts";
import type { SpeechRecognizer } from "../../ports/speech-recognizer.ts";
import type { TaskQueue } from "../../ports/task-queue.ts";
import type { WebhookStore } from "../../ports/webhook-store.ts";
import type { CampaignOptions, LipSyncProvider, SpeechProvider } from "../campaign-options.ts";
import type { ClearedCache } from "../campaign-service.ts";
import type { VoiceChoice } from "../voice-choice.ts";

/** What the operator decided. */
export type ServicePolicy = {
  keeps: "files" | "renditions";
  /** Longest base, bytes. */
  maxUploadBytes: number;
  /** Speech commands that a client may name. */
  speechCommands: readonly string[];
  wav2lip: { repo: string | null; checkpoint: string | null };
  requireConsent: boolean;
  speech: SpeechPolicy;
  lipSync: LipSyncPolicy;
  /** After how many days uploads, and all of a job, are removed. */
  uploadDays: number;
  outputDays: number;
};

/** Which providers of speech there are. */
export type SpeechPolicy = {
  /** Nothing is sent to a provider on the internet. */
  offline: boolean;
  /** Whether the operator has a key that jobs without one of their own use. */
  hasElevenlabsKey: boolean;
  /** What is missing for the other ones, for the operator; those that can be used are left out. */
  missing: Partial<Record<SpeechProvider, string>>;
};

/** Which providers of lip-sync there are. */
export type LipSyncPolicy = {
  /** Nothing is sent to a provider on the internet. */
  offline: boolean;
  /** Whether Wav2Lip runs from a model, without its repository. */
  wav2lipModel: boolean;
  /** What is missing for those that cannot be used, for the operator. */
  missing: Partial<Record<LipSyncProvider, string>>;
};

/** Everything the use cases of the service need; each takes what it uses. */
export type ServiceDependencies = {
  jobs: JobStore;
  bases: BaseStore;
  webhooks: WebhookStore;
  metrics: MetricStore;
  queue: TaskQueue;
  objects: ObjectStore;
  archive: OutputArchive;
  templates: TemplateShelf;
  media: MediaEngine;
  sheets: SheetReader;
  /** The voice for a campaign; voices are shared, so nobody closes one. */
  voiceFor: (choice: VoiceChoice) => SpeechModel;
  /** What moves the mouths of a campaign, shared; null where it asks for none. */
  lipSyncFor: (options: CampaignOptions) => LipSync | null;
  /** The embedded voice, whose own reading tells how texts sound. */
  reference: SpeechModel;
  /** Absent when the operator has set up none. */
  recognizer?: SpeechRecognizer;
  /** Words by their spoken form. */
  respell: (text: string) => string;
  /** The report of a job, as CSV. */
  reportCsv: (records: readonly OutputRecord[]) => string;
  /** A new empty folder on this machine; `release` removes it. */
  scratch: () => Promise<{ folder: string; release: () => Promise<void> }>;
  clearNameCache: () => Promise<ClearedCache>;
  secrets: SecretBox;
  outgoing: Outgoing;
  policy: ServicePolicy;
  clock: Clock;
  logger: Logger;
  /** 128 random bits or more, in letters safe in any path. */
  newId: () => string;
};
