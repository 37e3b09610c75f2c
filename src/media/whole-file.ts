import { AppError } from "../domain/app-error.ts";
import type { Input } from "./libav/input.ts";
import { listBoxes, openFile } from "./mp4/box.ts";

/** Containers that say how long they are in front; others are taken for as long as they go. */
const STATES_DURATION = /^(matroska|flac)/u;
/** Packets may end this much before the container says, seconds. */
const TOLERANCE_SECONDS = 1;

/**
 * The input, refused when it breaks off before its end, as after a download that was cut: libav plays
 * what is there without a word, and every recipient would get half a message. An MP4 is measured at
 * once, by its boxes; Matroska and FLAC once their last packet was read.
 * @throws AppError MEDIA_UNREADABLE.
 */
export async function requireWhole(input: Input): Promise<Input> {
  const container = input.format.iformat?.name ?? "";
  if (container.includes("mp4")) {
    const file = await openFile(input.path);
    await listBoxes(file, input.name).finally(() => file.close());
  }
  if (!STATES_DURATION.test(container)) return input;
  return { ...input, packets: () => packetsToTheEnd(input) };
}

function* packetsToTheEnd(input: Input) {
  let end = 0;
  for (const packet of input.packets()) {
    const { num, den } = input.format.streams[packet.streamIndex]?.timeBase ?? { num: 0, den: 1 };
    end = Math.max(end, (Number(packet.pts + packet.duration) * num) / den);
    yield packet;
  }
  const stated = Number(input.format.duration) / 1_000_000;
  if (end > stated - TOLERANCE_SECONDS) return;
  throw new AppError(
    "MEDIA_UNREADABLE",
    `${input.name} is truncated: it ends at ${end.toFixed(1)} s and not at ${stated.toFixed(1)} s; copy or export it again`,
  );
}
