import { existsSync } from "node:fs";
import type { Environment } from "../config/environment.ts";
import { drawAvatar } from "../face/avatar/draw-avatar.ts";
import { createGpuTurns } from "../face/engines/gpu-turns.ts";
import { createFaceFinder } from "../face/landmarks/face-finder.ts";
import type { PooledMediaEngine } from "../media/media-engine.ts";
import {
  createFileEngine,
  FILE_ENGINES,
  type FileEngineName,
  missingEngines,
} from "./face-engines.ts";
import { broken, type Check, ready, unset } from "./findings.ts";

/** Of the picture on which the face finder is tried, pixels. */
const TRIED_SIZE = 256;

/** What can be found out about faces: the embedded engine works, others are set up; none is run. */
export function faceChecks(setup: { environment: Environment; media: PooledMediaEngine }): Check[] {
  return [
    { area: "face", name: "mouth", run: checkEmbedded },
    ...FILE_ENGINES.map(
      (name): Check => ({ area: "face", name, run: async () => checkEngine(name, setup) }),
    ),
  ];
}

async function checkEmbedded(signal: AbortSignal) {
  const faces = createFaceFinder();
  try {
    const started = performance.now();
    const found = await faces.find(drawAvatar(TRIED_SIZE).picture, { signal });
    if (found.length === 0) return broken("the default avatar's face is not found", "");
    const seconds = (performance.now() - started) / 1000;
    return ready(`lip-sync and portraits, offline (a face found in ${seconds.toFixed(1)} s)`);
  } finally {
    await faces.close();
  }
}

function checkEngine(
  name: FileEngineName,
  { environment, media }: { environment: Environment; media: PooledMediaEngine },
) {
  const { face, speech } = environment;
  if (name === "sync_api" && speech.offline) return unset("VOCATIVE_OFFLINE is set", "");
  if (name === "wav2lip") {
    const { onnx, repo } = face.wav2lip;
    if (onnx !== null) {
      return existsSync(onnx)
        ? ready(`the model ${onnx}, through the package onnxruntime-node`)
        : broken(`there is no file ${onnx}`, "mend VOCATIVE_WAV2LIP_ONNX");
    }
    if (repo === null) {
      const remedy = "set VOCATIVE_WAV2LIP_ONNX, or WAV2LIP_REPO and WAV2LIP_CHECKPOINT";
      return unset("not set up", remedy);
    }
  }
  if (name === "command" && face.command === null) {
    return unset("not set up", "set VOCATIVE_LIPSYNC_COMMAND");
  }
  const lacks = missingEngines(face)[name];
  if (lacks !== undefined) return unset("not set up", lacks);
  const turns = createGpuTurns({ devices: face.gpus });
  createFileEngine(name, { face, turns, probe: media.probe, choice: {} });
  return ready("set up; it is not run for a check");
}
