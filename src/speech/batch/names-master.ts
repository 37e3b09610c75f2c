import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError } from "../../domain/app-error.ts";
import type { Audio } from "../../domain/audio.ts";
import { BYTE_ORDER_MARK, csvCell } from "../../domain/csv-cell.ts";
import { diskError } from "../../domain/disk-error.ts";
import { asInt16, HEADER_BYTES, SAMPLE_BYTES, wavHeader } from "../../domain/wav-file.ts";

/** A spoken text. */
export type NamedClip = { text: string; audio: Audio };

/** The sizes in a WAV's header have 32 bits. */
const MAX_DATA_BYTES = 2 ** 32 - 1 - HEADER_BYTES;
/** Of a file without clips. */
const DEFAULT_RATE = 22_050;
const CSV_HEAD = `${BYTE_ORDER_MARK}text,start,end\r\n`;

/**
 * Writes all clips one after another, with silence between them, as one mono WAV of 16 bits, and where
 * each one lies, in seconds, as `<file>.csv` (`text,start,end`). Clips are written as they come. The
 * first one's rate is the file's; one of another rate is converted by straight lines between its
 * samples, which does for listening. Both files appear whole or not at all.
 * @throws AppError OUTPUT_UNWRITABLE (more than 4 GB, too), DISK_FULL; whatever `clips` throws.
 */
export async function writeNamesMaster({
  file,
  clips,
  gapSeconds,
}: {
  file: string;
  clips: AsyncIterable<NamedClip> | Iterable<NamedClip>;
  gapSeconds: number;
}): Promise<void> {
  const table = `${file}.csv`;
  const parts = [file, table].map((path) => ({ path, part: `${path}.${randomUUID()}.part` }));
  try {
    await onDisk(file, () => mkdir(dirname(resolve(file)), { recursive: true }));
    const [sound, places] = await onDisk(file, () =>
      Promise.all([open(parts[0]?.part ?? "", "wx"), open(parts[1]?.part ?? "", "wx")]),
    );
    try {
      await writeClips({ file, clips, gapSeconds, sound, places });
    } finally {
      await Promise.all([sound.close(), places.close()]);
    }
    for (const { path, part } of parts) await onDisk(path, () => rename(part, path));
  } catch (thrown) {
    for (const { part } of parts) await rm(part, { force: true }).catch(() => {});
    throw thrown;
  }
}

async function writeClips({
  file,
  clips,
  gapSeconds,
  sound,
  places,
}: {
  file: string;
  clips: AsyncIterable<NamedClip> | Iterable<NamedClip>;
  gapSeconds: number;
  sound: FileHandle;
  places: FileHandle;
}): Promise<void> {
  const append = (handle: FileHandle, bytes: Buffer | string) =>
    onDisk(file, () => handle.appendFile(bytes));
  let sampleRate: number | undefined;
  let length = 0;
  await append(sound, Buffer.alloc(HEADER_BYTES));
  await append(places, CSV_HEAD);
  for await (const { text, audio } of clips) {
    sampleRate ??= audio.sampleRate;
    const samples = atRate(audio, sampleRate);
    const gap = length === 0 ? 0 : Math.round(gapSeconds * sampleRate);
    const start = length + gap;
    length = start + samples.length;
    if (length * SAMPLE_BYTES > MAX_DATA_BYTES) {
      const message = `all names together are too long for one WAV file (4 GB) at ${file}: take fewer recipients`;
      throw new AppError("OUTPUT_UNWRITABLE", message);
    }
    await append(sound, Buffer.concat([Buffer.alloc(gap * SAMPLE_BYTES), asInt16(samples)]));
    const seconds = (at: number) => (at / (sampleRate ?? DEFAULT_RATE)).toFixed(3);
    await append(places, `${csvCell(text)},${seconds(start)},${seconds(length)}\r\n`);
  }
  const header = wavHeader(sampleRate ?? DEFAULT_RATE, length * SAMPLE_BYTES);
  await onDisk(file, async () => {
    await sound.write(header, 0, header.length, 0);
    await sound.sync();
  });
}

async function onDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw diskError(cause, file);
  }
}

function atRate({ samples, sampleRate }: Audio, wanted: number): Float32Array {
  if (sampleRate === wanted) return samples;
  const converted = new Float32Array(Math.round((samples.length * wanted) / sampleRate));
  for (const index of converted.keys()) {
    const place = (index * sampleRate) / wanted;
    const low = Math.floor(place);
    const from = samples[low] ?? 0;
    converted[index] = from + (place - low) * ((samples[low + 1] ?? from) - from);
  }
  return converted;
}
