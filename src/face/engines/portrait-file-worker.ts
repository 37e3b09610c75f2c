import { readStillPicture } from "../../media/still-picture.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import type { PortraitProgress } from "../talking/portrait-task.ts";
import { finishPortrait } from "./finish-portrait.ts";
import type { PortraitFileResult, PortraitFileTask } from "./portrait-file-task.ts";
import { writeEngineSound } from "./stretch-files.ts";

/** The child process that opens pictures of users and videos of engines. */
serveTasks<PortraitFileTask, PortraitFileResult, PortraitProgress>(async (task, tell) => {
  if (task.kind === "read") return readStillPicture(task.file, task);
  if (task.kind === "sound") await writeEngineSound(task.audio, task.file);
  else await finishPortrait(task, tell);
  return null;
});
