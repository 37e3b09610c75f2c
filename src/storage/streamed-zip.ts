import { AppError } from "../domain/app-error.ts";
import { layoutZip, type ZipLayout, type ZipMember } from "../media/zip.ts";

/** Headers of the directory, 60 bytes or so each, are read out in chunks of this. */
const CHUNK_BYTES = 64 * 1024;

type Range = { start: number; end: number };

/**
 * A ZIP that is nowhere stored and of which any range can be read: `content` is asked for the bytes of
 * one member at a time, when they are due.
 * @throws AppError INVALID_OPTION for a name that is not plain or there twice.
 */
export function createStreamedZip<T extends ZipMember>(
  members: readonly T[],
  content: (member: T, range: Range) => AsyncIterable<Uint8Array>,
): { sizeBytes: number; read(range: Range): AsyncIterable<Uint8Array> } {
  const layout = layoutZip(members);
  const { size, memberOffsets } = layout;
  const directoryOffset = memberOffsets[members.length] ?? 0;

  async function* readMembers({ start, end }: Range): AsyncGenerator<Uint8Array> {
    for (let index = placeOf(start, memberOffsets); index < members.length; index++) {
      const member = members[index];
      const offset = memberOffsets[index] ?? 0;
      if (!member || offset >= end) return;
      const header = layout.memberHeader(index);
      yield* part(header, within({ start, end }, offset, header.length));
      const wanted = within({ start, end }, offset + header.length, member.size);
      if (wanted.start < wanted.end) yield* content(member, wanted);
    }
  }

  return {
    sizeBytes: size,
    async *read({ start, end }) {
      if (!(start >= 0 && start <= end && end <= size)) {
        throw new AppError("INTERNAL", `no range ${start} to ${end} in a ZIP of ${size} bytes`);
      }
      if (start < directoryOffset) yield* readMembers({ start, end });
      if (end > directoryOffset) {
        yield* readTail(layout, { start: Math.max(start, directoryOffset), end });
      }
    },
  };
}

function* readTail(layout: ZipLayout, { start, end }: Range): Generator<Uint8Array> {
  const { directoryOffsets } = layout;
  const count = directoryOffsets.length - 1;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  for (let index = placeOf(start, directoryOffsets); index <= count; index++) {
    const offset = directoryOffsets[index] ?? 0;
    if (offset >= end) break;
    const bytes = index < count ? layout.directoryHeader(index) : layout.end();
    for (const piece of part(bytes, within({ start, end }, offset, bytes.length))) {
      waiting.push(piece);
      waitingBytes += piece.length;
    }
    if (waitingBytes >= CHUNK_BYTES) {
      yield Buffer.concat(waiting);
      waiting = [];
      waitingBytes = 0;
    }
  }
  if (waitingBytes > 0) yield Buffer.concat(waiting);
}

/** The last index whose offset is not beyond `position`; `offsets` ascend from one that is not. */
function placeOf(position: number, offsets: Float64Array): number {
  let low = 0;
  let high = offsets.length;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if ((offsets[middle] ?? 0) <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** What of a range lies in `length` bytes at `offset`, counted from there; may be empty. */
function within({ start, end }: Range, offset: number, length: number): Range {
  const from = Math.min(Math.max(start - offset, 0), length);
  return { start: from, end: Math.max(from, Math.min(end - offset, length)) };
}

function* part(bytes: Uint8Array, { start, end }: Range): Generator<Uint8Array> {
  if (start < end) yield bytes.subarray(start, end);
}
