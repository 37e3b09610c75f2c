import { rm } from "node:fs/promises";
import path from "node:path";
import { AV_PROFILE_AAC_LOW, AV_PROFILE_UNKNOWN } from "node-av/constants";
import { AppError } from "../domain/app-error.ts";
import { diskError } from "../domain/disk-error.ts";
import type { Warning } from "../domain/warning.ts";
import type { CompileRequest } from "../ports/media-engine.ts";
import { FRAME, spliceAac } from "./aac/splice.ts";
import { type AacWindow, readAacWindow } from "./aac/window.ts";
import { decodePackets } from "./libav/audio-decoder.ts";
import { type AudioEncoderOptions, createAudioEncoder } from "./libav/audio-encoder.ts";
import { codecName, type Input, openInput } from "./libav/input.ts";
import { mixDown, requireAudio, timelineAudio } from "./libav/timeline-audio.ts";
import { aacFormat, transcode } from "./libav/transcode.ts";
import { isWebVideo, type VideoEncoderOptions } from "./libav/video-encoder.ts";
import { boxSize, findBox, offsetOf, writeBox } from "./mp4/box.ts";
import { type Cell, layOut, planCells } from "./mp4/cells.ts";
import { type GrowthFields, prepareGrowth } from "./mp4/growth.ts";
import { type Movie, openMovie, type Track } from "./mp4/movie.ts";
import { readDurations, readField } from "./mp4/movie-times.ts";
import { writeSampleTable } from "./mp4/sample-table.ts";
import { saveContext, type TemplateContext } from "./template-context.ts";
import { createTemplateWriter } from "./template-file.ts";
import { createVoiceProfiler, type VoiceProfile } from "./voice-profile.ts";

/** Bits a second of audio that is encoded here; a base above that keeps its own rate. */
const MIN_BIT_RATE = 160_000;
/** Joints are looked for this many frames around the part that may change. */
export const JOINT_REACH = 24;
/** Frames of the base that are kept around the packets that may change, for the encoder to settle. */
const WARM_UP = 3;
/** Space for a packet, relative to the average of the bit rate. */
const PACKET_ALLOWANCE = 1.5;
/** A base is edited over at most this much of its end; a name there may be as long. */
const MAX_EDITABLE_SECONDS = 20;
/** The picture of a base that browsers do not play is encoded with this. */
const CANONICAL_VIDEO: VideoEncoderOptions = { crf: 18, preset: "medium" };

export const MP4_TEMPLATE_FILE = "template.mp4";

type Source = {
  movie: Movie;
  input: Input;
  track: Track;
  encoder: AudioEncoderOptions;
  /** Sample of the player's timeline at which frame 0 of the track begins. */
  origin: number;
  /** First sample of the timeline at which the track is over. */
  end: number;
};

/**
 * Compiles a base into an MP4 template. The base's own packets are spliced where its AAC allows it;
 * otherwise its audio (and, for `video: "auto"`, a picture browsers do not play) is encoded once.
 */
export async function compileMp4(
  request: CompileRequest,
): Promise<{ context: TemplateContext; warnings: Warning[] }> {
  const warnings: Warning[] = [];
  let profile: VoiceProfile | null = null;
  const normalised = path.join(request.folder, "normalised.mp4");
  try {
    const own = await openOwn(request);
    let source: Source;
    if (typeof own === "string") {
      const made = normalise(request, normalised, own);
      warnings.push(...made.warnings);
      profile = made.profile;
      source = await openSource(normalised, "the converted base");
    } else source = own;
    using _input = source.input;
    try {
      profile ??= listen(request);
      return { context: await build(request, source, profile, warnings), warnings };
    } finally {
      await source.movie.close();
    }
  } finally {
    await rm(normalised, { force: true });
  }
}

/** The base itself as the source, or the reason why its packets cannot be used as they are. */
async function openOwn(request: CompileRequest): Promise<Source | string> {
  {
    using input = openInput(request.base);
    requireAudio(input);
    if (!input.video) {
      throw new AppError(
        "NO_VIDEO",
        `${input.name} has no picture: use --insert-mode silver for audio, or choose a video`,
      );
    }
    if (request.video === "auto" && !isWebVideo(input.video)) return "its picture is converted";
    if (!input.format.iformat?.name?.includes("mp4")) return "it is not an MP4 or MOV file";
    const reason = aacObstacle(input);
    if (reason) return reason;
  }
  const source = await openSource(request.base, path.basename(request.base)).catch(
    (error: unknown) => {
      if (error instanceof AppError && error.code === "MEDIA_UNSUPPORTED") return error.message;
      throw error;
    },
  );
  if (typeof source === "string") return source;
  const joint = await jointObstacle(source, request);
  if (joint === null) return source;
  source.input[Symbol.dispose]();
  await source.movie.close();
  return joint;
}

function aacObstacle(input: Input): string | null {
  const audio = requireAudio(input);
  const { codecpar } = audio;
  if (codecName(audio) !== "aac") return `its audio is ${codecName(audio)}`;
  if (codecpar.profile !== AV_PROFILE_AAC_LOW && codecpar.profile !== AV_PROFILE_UNKNOWN) {
    return "its audio is not AAC-LC";
  }
  if (codecpar.channels > 2) return `its audio has ${codecpar.channels} channels`;
  using encoder = createAudioEncoder({ codec: "aac", ...aacFormat(audio), bitRate: MIN_BIT_RATE });
  // Object type, sample rate and channels; what follows is only a hint.
  const same = codecpar.extradata?.subarray(0, 2).equals(encoder.extradata.subarray(0, 2));
  return same ? null : "its AAC is configured differently";
}

async function openSource(file: string, name: string): Promise<Source> {
  const movie = await openMovie(file, name);
  if (typeof movie === "string") throw new AppError("MEDIA_UNSUPPORTED", movie);
  const input = openInput(file);
  const audio = requireAudio(input);
  const { sampleRate, channels, bitRate } = audio.codecpar;
  const sounds = movie.tracks.filter((track) => track.handler === "soun");
  const track = sounds.find((one) => movie.tracks.indexOf(one) === audio.index) ?? sounds[0];
  const obstacle = track ? trackObstacle(track, sampleRate) : "its audio track cannot be found";
  if (!track || obstacle) {
    input[Symbol.dispose]();
    await movie.close();
    throw new AppError("MEDIA_UNSUPPORTED", obstacle ?? "");
  }
  const { times } = track;
  const origin = Math.round(times.delay * sampleRate) - times.mediaStart;
  const shown = times.editDuration
    ? Math.round((readField(times.editDuration) / movie.timescale) * sampleRate)
    : readField(times.mediaDuration) - times.mediaStart;
  const media = track.samples.sizes.length * FRAME;
  return {
    movie,
    input,
    track,
    encoder: {
      codec: "aac",
      sampleRate,
      channels,
      bitRate: Math.max(MIN_BIT_RATE, Number(bitRate)),
    },
    origin,
    end: Math.min(origin + times.mediaStart + shown, origin + media),
  };
}

function trackObstacle(track: Track, sampleRate: number): string | null {
  if (track.times.timescale !== sampleRate)
    return "its audio timestamps are not counted in samples";
  const runs = readDurations(track.box);
  const even = runs?.every(
    (run, i) => run.delta === FRAME || (i === runs.length - 1 && run.count === 1),
  );
  return even ? null : "its audio packets are not of even length";
}

/** Where packets may be replaced, as packet numbers of the track. */
function editableRange(source: Source, editable: CompileRequest["editable"]) {
  const { sampleRate } = source.encoder;
  const count = source.track.samples.sizes.length;
  const start = editable.start * sampleRate - source.origin;
  const end =
    Math.min(editable.end, editable.start + MAX_EDITABLE_SECONDS) * sampleRate - source.origin;
  const firstChanged = Math.max(0, Math.floor(start / FRAME));
  const lastChanged = Math.min(count - 1, Math.ceil(end / FRAME));
  const growable = editable.growable && editable.end - editable.start <= MAX_EDITABLE_SECONDS;
  const first = Math.max(0, firstChanged - 1 - JOINT_REACH);
  const last = growable ? count - 1 : Math.min(count - 1, lastChanged + JOINT_REACH);
  return { first, last, count, firstChanged, lastChanged, growable };
}

/** Null when old and new packets of this base can be joined around the editable part. */
async function jointObstacle(source: Source, request: CompileRequest): Promise<string | null> {
  const range = editableRange(source, request.editable);
  const { windows, planes, planesStart } = await decodeRange(source, range);
  const splice = spliceAac({
    planes,
    planesStart,
    changed: { first: range.firstChanged, last: range.lastChanged },
    range: { ...range, windows, reachesEnd: range.last === range.count - 1 },
    reach: { before: JOINT_REACH, after: JOINT_REACH },
    encoder: source.encoder,
  });
  return splice ? null : "its AAC uses windows that ours cannot join";
}

type DecodedRange = {
  windows: (AacWindow | null)[];
  planes: Float32Array[];
  /** Frame number of the first sample in `planes`. */
  planesStart: number;
};

/** Reads the packets of a range and decodes them with some frames around. */
async function decodeRange(
  source: Source,
  range: { first: number; last: number; count: number },
): Promise<DecodedRange> {
  const { movie, track, input } = source;
  const planesStart = Math.max(0, range.first - WARM_UP);
  const end = Math.min(range.count - 1, range.last + WARM_UP);
  const from = Math.max(0, planesStart - 1); // one more, as a frame needs the packet before it
  const audio = requireAudio(input);
  const windows: (AacWindow | null)[] = [];
  const packets: Buffer[] = [];
  for (let i = from; i <= end; i++) {
    const bytes = await readSample(movie, track, i);
    if (i >= range.first && i <= range.last) windows.push(readAacWindow(bytes));
    packets.push(bytes);
  }
  const skipped = (planesStart - from) * FRAME;
  const planes = decodePackets(audio, packets).map((plane) => plane.subarray(skipped));
  return { windows, planes, planesStart };
}

async function readSample(movie: Movie, track: Track, sample: number): Promise<Buffer> {
  const bytes = Buffer.alloc(track.samples.sizes[sample] ?? 0);
  await movie.file.read(bytes, 0, bytes.length, track.samples.offsets[sample] ?? 0);
  return bytes;
}

/** Makes an MP4 with an AAC track of our own, and listens to the base on the way. */
function normalise(request: CompileRequest, output: string, reason: string) {
  using input = openInput(request.base);
  const audio = requireAudio(input);
  const { sampleRate } = aacFormat(audio);
  const convertVideo = request.video === "auto" && input.video !== null && !isWebVideo(input.video);
  const profiler = createVoiceProfiler(sampleRate, request.slot);
  const bitRate = Math.max(
    MIN_BIT_RATE,
    codecName(audio) === "aac" ? Number(audio.codecpar.bitRate) : 0,
  );
  transcode({
    input,
    output,
    video: convertVideo ? CANONICAL_VIDEO : "copy",
    audioBitRate: bitRate,
    faststart: false,
    onSound: (channels) => profiler.push(mixDown(channels)),
  });
  const warnings: Warning[] = [];
  if (convertVideo && input.video) {
    warnings.push({
      code: "VIDEO_CONVERTED",
      message: `the ${codecName(input.video)} picture of ${input.name} was converted to H.264 once, so that browsers play it; --keep-video keeps it as it is`,
    });
  }
  warnings.push({
    code: "AUDIO_ENCODED",
    message: `the audio of ${input.name} was encoded once as AAC at ${Math.round(bitRate / 1000)} kb/s (${reason})`,
  });
  return { warnings, profile: profiler.finish() };
}

function listen(request: CompileRequest): VoiceProfile {
  using input = openInput(request.base);
  const profiler = createVoiceProfiler(requireAudio(input).codecpar.sampleRate, request.slot);
  for (const channels of timelineAudio(input, undefined)) profiler.push(mixDown(channels));
  return profiler.finish();
}

/** Writes the template file and what is needed to render from it. */
async function build(
  request: CompileRequest,
  source: Source,
  profile: VoiceProfile,
  warnings: Warning[],
): Promise<TemplateContext> {
  const { track, encoder } = source;
  const range = editableRange(source, request.editable);
  const { windows, planes, planesStart } = await decodeRange(source, range);
  const packetBytes = Math.ceil(
    ((encoder.bitRate / 8) * FRAME * PACKET_ALLOWANCE) / encoder.sampleRate,
  );
  const cells = planCells(track, range.first, range.last, packetBytes);
  const packetSizes = [...track.samples.sizes.subarray(range.first, range.last + 1)];
  const written = await writeTemplate(request.folder, source, cells, range.growable);
  const { tone, ...scalars } = profile;
  const context: TemplateContext = {
    kind: "mp4",
    sizeBytes: written.sizeBytes,
    mediaType: "video/mp4",
    sampleRate: encoder.sampleRate,
    channels: encoder.channels,
    bitRate: encoder.bitRate,
    origin: source.origin,
    end: source.end,
    packets: { first: range.first, last: range.last, count: range.count, sizes: packetSizes },
    windows,
    cells,
    sizesOffset: written.sizesOffset,
    growth: written.growth,
    planesStart,
    profile: scalars,
    audio: warnings.some((warning) => warning.code === "AUDIO_ENCODED") ? "encoded" : "base",
    video: warnings.some((warning) => warning.code === "VIDEO_CONVERTED") ? "encoded" : "base",
  };
  await saveContext(request.folder, context, { planes, tone });
  return context;
}

/** Bytes of a 64-bit mdat header. */
const MDAT_HEADER = 16;

async function writeTemplate(
  folder: string,
  source: Source,
  cells: Cell[],
  growable: boolean,
): Promise<{ sizeBytes: number; sizesOffset: number; growth: GrowthFields | null }> {
  const { movie, track } = source;
  const original = new Map<number, Buffer>();
  for (const cell of cells) {
    for (let i = cell.first; i <= cell.last; i++)
      original.set(i, await readSample(movie, track, i));
  }
  const layout = layOut(movie, track, cells, growable);
  const chunkStarts = new Set(cells.flatMap((cell) => [cell.first, cell.last + 1]));
  const growth = growable ? prepareGrowth(movie, track, source.encoder.sampleRate) : null;

  // The index comes before the data whose offsets it holds; its own size depends only on whether
  // offsets need 64 bits, so a second pass settles it.
  let dataStart = 0;
  for (;;) {
    for (const one of movie.tracks) {
      const relative = layout.offsets.get(one) ?? new Float64Array();
      const offsets = relative.map((offset) => offset + dataStart);
      writeSampleTable(
        one.box,
        { sizes: one.samples.sizes, offsets },
        one === track ? chunkStarts : undefined,
      );
    }
    const start = movie.ftyp.length + boxSize(movie.moov) + (growth?.spareBytes ?? 0) + MDAT_HEADER;
    if (start === dataStart) break;
    dataStart = start;
  }
  for (const cell of cells) cell.offset += dataStart;

  const moovStart = movie.ftyp.length;
  const sizesOffset = stszEntries(movie, track, moovStart) + 4 * (cells[0]?.first ?? 0);
  const file = path.join(folder, MP4_TEMPLATE_FILE);
  const writer = await createTemplateWriter(file);
  try {
    await writer.write(movie.ftyp);
    await writer.write(writeBox(movie.moov));
    if (growth) await writer.write(freeBox(growth.spareBytes));
    const mdat = Buffer.alloc(MDAT_HEADER);
    mdat.writeUInt32BE(1, 0);
    mdat.write("mdat", 4, "latin1");
    mdat.writeBigUInt64BE(BigInt(layout.length + MDAT_HEADER), 8);
    await writer.write(mdat);
    for (const stretch of layout.stretches) {
      if (stretch.kind === "copy") await writer.copy(movie.file, stretch.from, stretch.length);
      else await writer.write(cellBytes(stretch.cell, original));
    }
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error instanceof AppError ? error : diskError(error, file);
  }
  return {
    sizeBytes: writer.position(),
    sizesOffset,
    growth: growth?.locate(moovStart, dataStart, layout.length + MDAT_HEADER) ?? null,
  };
}

function cellBytes(cell: Cell, packets: Map<number, Buffer>): Buffer {
  const bytes = Buffer.alloc(cell.capacity);
  let at = 0;
  for (let packet = cell.first; packet <= cell.last; packet++) {
    at += packets.get(packet)?.copy(bytes, at) ?? 0;
  }
  return bytes;
}

function freeBox(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32BE(size, 0);
  bytes.write("free", 4, "latin1");
  return bytes;
}

/** Offset in the file of the first entry of a track's stsz. */
function stszEntries(movie: Movie, track: Track, moovStart: number): number {
  const stsz = findBox(track.box, "mdia", "minf", "stbl", "stsz");
  if (!stsz) throw new Error("the sample table was not written");
  return offsetOf(movie.moov, stsz, moovStart) + 8 + 12;
}
