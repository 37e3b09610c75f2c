import type { Picture } from "../../domain/face.ts";
import { readStillPicture } from "../../media/still-picture.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import { drawAvatar } from "../avatar/draw-avatar.ts";
import { fitFace } from "../talking/fit-face.ts";
import type { StillPortrait } from "./live-task.ts";
import type { PrepareTask } from "./prepare-task.ts";

/** The child process that opens pictures of users and readies portraits, beside those that talk. */
serveTasks<PrepareTask, Picture | StillPortrait>((task) => {
  switch (task.kind) {
    case "read":
      return readStillPicture(task.file, task);
    case "fit":
      return fitFace(task.picture, task.landmarks, { size: task.size, crop: "face" });
    case "avatar":
      return drawAvatar(task.size);
  }
});
