import { encodeSlotPictures } from "../../media/libav/slot-pictures.ts";
import { serveTasks } from "../../workers/serve-tasks.ts";
import { blendMouth, fadeShare } from "../engines/blend-mouth.ts";
import { readMadePictures, writeStretchFiles } from "../engines/stretch-files.ts";
import type { Yuv420 } from "../portrait/planes.ts";
import type {
  LipSyncResult,
  LipSyncTask,
  MakeTask,
  ReadTask,
  WriteTask,
  Written,
} from "./lip-sync-task.ts";
import { createMakers } from "./makers.ts";
import { openMouths } from "./open-mouths.ts";
import type { NewPictures } from "./picture-maker.ts";
import { smallPicture } from "./small-picture.ts";
import { createRangeReader, createStretchPictures } from "./stretch-pictures.ts";

const picturesOf = createStretchPictures();
const readRange = createRangeReader();
const makers = createMakers();

/** The child process that reads the pictures of stretches and makes new ones. */
serveTasks<LipSyncTask, LipSyncResult>((task) => {
  switch (task.kind) {
    case "look": {
      const { pictures, sideways } = readRange(task.file, task.from, task.to);
      return pictures.map((picture) => ({ ...smallPicture(picture, task.maxSide), sideways }));
    }
    case "make":
      return make(task);
    case "write":
      return write(task);
    case "read":
      return blended(task);
  }
});

async function make(task: MakeTask): Promise<Uint8Array[]> {
  const { file, faces, wanted, maker } = task;
  const { pictures, bytesOf } = picturesOf(file);
  const makePictures = await makers.get(maker);
  const made = makePictures({ pictures, faces, openMouths: openMouths(pictures, faces) }, wanted);
  if (!(Symbol.asyncIterator in made)) return encoded(task, Iterator.from(made).map(bytesOf));
  // The encoder takes one after another at once; each is overwritten by the next.
  const copies: Buffer[] = [];
  for await (const picture of made) copies.push(bytesOf(picture));
  return encoded(task, copies);
}

function encoded(task: MakeTask | ReadTask, pictures: Iterable<Buffer>): Uint8Array[] {
  return encodeSlotPictures({ ...task, like: task.file, pictures }).units;
}

function write({ file, wanted, folder }: WriteTask): Promise<Written> {
  const { audio, frameSeconds } = wanted;
  const pictures = recordedFor(picturesOf(file).pictures, wanted);
  return writeStretchFiles({ pictures, frameSeconds, audio, folder });
}

function blended(task: ReadTask): Uint8Array[] {
  const { pictures, bytesOf } = picturesOf(task.file);
  const recorded = recordedFor(pictures, task.wanted);
  return encoded(task, blendedPictures(task, recorded).map(bytesOf));
}

function* blendedPictures(
  { faces, wanted, made }: ReadTask,
  recorded: readonly Yuv420[],
): Generator<Yuv420> {
  const [first] = recorded;
  if (!first) return;
  const { width, height } = first;
  const { sources, frameSeconds } = wanted;
  const count = sources.length;
  const pictures = readMadePictures({ file: made, count, frameSeconds, width, height });
  for (const [index, picture] of recorded.entries()) {
    const [newer, face] = [pictures[index], faces[sources[index] ?? 0]];
    if (!newer || !face) continue;
    const share = fadeShare(index, count);
    yield blendMouth({ recorded: picture, made: newer, face, share });
  }
}

/** The recorded picture that each new one shows. */
function recordedFor(pictures: readonly Yuv420[], { sources }: NewPictures): Yuv420[] {
  return sources.flatMap((source) => pictures[source] ?? []);
}
