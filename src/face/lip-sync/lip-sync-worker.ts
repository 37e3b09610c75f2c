import { encodeSlotPictures } from "../../media/libav/slot-pictures.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import type { LipSyncResult, LipSyncTask, MakeTask } from "./lip-sync-task.ts";
import { mouthPictures } from "./mouth/mouth-pictures.ts";
import { openMouths } from "./open-mouths.ts";
import { smallPicture } from "./small-picture.ts";
import { bytesOf, createStretchPictures } from "./stretch-pictures.ts";

const picturesOf = createStretchPictures();

/** The child process that reads the pictures of stretches and makes new ones. */
serveTasks<LipSyncTask, LipSyncResult>((task) => {
  if (task.kind === "make") return make(task);
  const pictures = picturesOf(task.file).slice(task.from, task.to);
  return pictures.map((picture) => smallPicture(picture, task.maxSide));
});

function make({ file, faces, wanted, cuts, maxBytes }: MakeTask): Uint8Array[] {
  const pictures = picturesOf(file);
  const face = { pictures, faces, openMouths: openMouths(pictures, faces) };
  const made = mouthPictures(face, wanted);
  return encodeSlotPictures({ like: file, pictures: asBytes(made), cuts, maxBytes }).units;
}

function* asBytes(pictures: Iterable<Parameters<typeof bytesOf>[0]>): Generator<Buffer> {
  for (const picture of pictures) yield bytesOf(picture);
}
