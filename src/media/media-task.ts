import type { Audio } from "../domain/audio.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type {
  Analysis,
  AnalysisRequest,
  CompileRequest,
  ConvertRequest,
  LocatedSpeech,
  LocateRequest,
  MediaInfo,
  PosterRequest,
  Rendered,
  RenderRequest,
} from "../ports/media-engine.ts";
import type { Transcript } from "../ports/speech-recognizer.ts";
import type { MediaLimits } from "./media-limits.ts";
import type { RecogniseTask } from "./recognise.ts";

/** What a media worker can do, and what each answers. */
export type MediaTasks = {
  probe: { request: { path: string; limits: MediaLimits }; result: MediaInfo };
  decodeAudio: { request: { path: string }; result: Audio };
  analyse: { request: AnalysisRequest & { path: string }; result: Analysis };
  locate: { request: LocateRequest & { path: string }; result: (LocatedSpeech | null)[] };
  compile: {
    request: CompileRequest;
    result: { template: Template; warnings: Warning[] };
  };
  render: { request: RenderRequest; result: Rendered };
  poster: { request: Required<PosterRequest>; result: undefined };
  convert: { request: ConvertRequest; result: MediaInfo };
  recognise: { request: RecogniseTask; result: Transcript };
};

export type MediaTask = {
  [Kind in keyof MediaTasks]: { kind: Kind } & MediaTasks[Kind]["request"];
}[keyof MediaTasks];
