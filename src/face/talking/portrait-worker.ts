import type { Picture } from "../../domain/face.ts";
import { readStillPicture } from "../../media/still-picture.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import type { PortraitProgress, PortraitTask, TalkResult } from "./portrait-task.ts";
import { talk } from "./talk.ts";

/** The child process that opens pictures of users and makes them talk. */
serveTasks<PortraitTask, Picture | TalkResult, PortraitProgress>((task, tell) =>
  task.kind === "read" ? readStillPicture(task.file, task) : talk(task, tell),
);
