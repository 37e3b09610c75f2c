import type { Face, Picture } from "../../domain/face.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import { loadFaceModels } from "./face-models.ts";
import { findFaces } from "./find-faces.ts";

/** Runs in a child process: the models' engine is WebAssembly that holds the thread for its time. */
const models = await loadFaceModels();

serveTasks<Picture, Face[]>((picture, _handOver, cancelled) =>
  findFaces(picture, { models, cancelled }),
);
