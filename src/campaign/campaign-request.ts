import type { LipSync } from "../ports/lip-sync.ts";
import type { MediaEngine } from "../ports/media-engine.ts";
import type { OutputStore } from "../ports/output-store.ts";
import type { SheetReader } from "../ports/sheet-reader.ts";
import type { SpeechModel } from "../ports/speech-model.ts";
import type { SpeechRecognizer } from "../ports/speech-recognizer.ts";
import type { CampaignEvent } from "./campaign-event.ts";
import type { CampaignOptions } from "./campaign-options.ts";

export type CampaignDependencies = {
  media: MediaEngine;
  speech: SpeechModel;
  /** The embedded voice, whose own reading tells how texts sound. */
  reference: SpeechModel;
  /** Moves the speaker's mouth; null where the campaign asks for none. */
  lipSync: LipSync | null;
  /** Absent when the operator has set up none. */
  recognizer?: SpeechRecognizer;
  sheets: SheetReader;
  /** SHA-256 of a file's contents, hex. */
  hashFile: (path: string, options: { signal: AbortSignal }) => Promise<string>;
  /** Words by their spoken form. */
  respell: (text: string) => string;
};

export type CampaignRequest = {
  base: string;
  recipients: string;
  options: CampaignOptions;
  /** Opens the place for outputs, once all that is given has proved sound; null only plans them. */
  openOutput: (() => Promise<CampaignOutput>) | null;
  /** Recipients worked on at once. */
  concurrency: number;
  signal: AbortSignal;
  onEvent: (event: CampaignEvent) => void;
};

export type CampaignOutput = { store: OutputStore; templates: TemplateFolders };

/** Where templates are kept, and where they are built. */
export type TemplateFolders = {
  templateFolder(id: string): string;
  templatePartFolder(id: string): string;
};
