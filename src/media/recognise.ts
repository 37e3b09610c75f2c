import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_FLT } from "node-av/constants";
import { Dictionary, Filter, type FilterContext, FilterGraph, Frame, Rational } from "node-av/lib";
import { AppError } from "../domain/app-error.ts";
import type { Audio } from "../domain/audio.ts";
import type { RecognizedWord, Transcript } from "../ports/speech-recognizer.ts";
import { quietCuts } from "../signal/quiet-cuts.ts";
import { resample } from "./libav/audio-decoder.ts";
import { check, describe } from "./libav/input.ts";

export type RecogniseTask = {
  audio: Audio;
  /** Path of a model of whisper.cpp (ggml). */
  model: string;
  /** A code Whisper knows, or `auto`. */
  language: string;
  /** Path of a file that does not exist yet, where the filter writes what it hears. */
  destination: string;
};

/** What Whisper hears at a time: it pads what is shorter to this by itself. */
const SAMPLE_RATE = 16_000;
const WINDOW_SECONDS = 30;
const WINDOW = WINDOW_SECONDS * SAMPLE_RATE;
/** A window's sound ends in a pause, within its last seconds, this many. */
const PARTS = { longest: 29, search: 10 };
const MAX_THREADS = 4;

/**
 * Writes down speech with FFmpeg's `whisper` filter (libavfilter/af_whisper.c, FFmpeg 8.1).
 * @throws AppError RECOGNITION_FAILED.
 */
export function recognise({ audio, model, language, destination }: RecogniseTask): Transcript {
  requireVulkanLoader();
  const samples = resample(audio.samples, audio.sampleRate, SAMPLE_RATE);
  const cuts = [0, ...quietCuts(samples, { sampleRate: SAMPLE_RATE, ...PARTS }), samples.length];
  const parts = cuts.slice(1).map((end, index) => ({ start: cuts[index] ?? 0, end }));
  const graph = new FilterGraph();
  graph.alloc();
  try {
    graph.nbThreads = Math.min(MAX_THREADS, availableParallelism());
    const filters = connect(graph, { model, language, destination });
    for (const [window, { start, end }] of parts.entries()) {
      listen(filters, samples.subarray(start, end), window * WINDOW);
    }
    check(filters.source.buffersrcAddFrameSync(null), "ending the sound");
    drain(filters.sink);
  } finally {
    // The filter's file is whole only when the graph is gone.
    graph.free();
  }
  const segments = readSegments(readFileSync(destination, "utf8"));
  return transcriptOf(segments, parts);
}

type Filters = { source: FilterContext; sink: FilterContext };

function connect(graph: FilterGraph, options: Omit<RecogniseTask, "audio">): Filters {
  const format = `sample_rate=${SAMPLE_RATE}:sample_fmt=flt:channel_layout=mono:time_base=1/${SAMPLE_RATE}`;
  const source = graph.createFilter(filterNamed("abuffer"), "in", format);
  const sink = graph.createFilter(filterNamed("abuffersink"), "out");
  const whisper = graph.allocFilter(filterNamed("whisper"), "whisper");
  if (!source || !sink || !whisper) throw failed("the whisper filter cannot be set up");
  // Options as a dictionary: nothing in a path needs escaping.
  const dictionary = Dictionary.fromObject({
    model: options.model,
    language: options.language,
    destination: `file:${options.destination}`,
    format: "json",
    queue: `${WINDOW_SECONDS}`,
    use_gpu: "0",
    // A segment for every word, with its times.
    max_len: "1",
  });
  const begun = whisper.init(dictionary.getNative());
  dictionary.free();
  if (begun < 0) {
    throw failed(
      `${options.model} cannot be loaded as a model of whisper.cpp (${describe(begun)}): download it again`,
    );
  }
  check(source.link(0, whisper, 0), "connecting the whisper filter");
  check(whisper.link(0, sink, 0), "connecting the whisper filter");
  check(graph.configSync(), "setting up the whisper filter");
  return { source, sink };
}

function filterNamed(name: string): Filter {
  const filter = Filter.getByName(name);
  if (filter) return filter;
  throw failed(`this build of FFmpeg has no filter ${name}: use a sherpa-onnx model`);
}

/** One window: the part and silence behind it, so that the next part begins with the next window. */
function listen({ source, sink }: Filters, part: Float32Array, at: number): void {
  for (let offset = 0; offset < WINDOW; offset += SAMPLE_RATE) {
    // A copy that is padded with silence.
    const second = new Float32Array(SAMPLE_RATE);
    second.set(part.subarray(offset, offset + SAMPLE_RATE));
    const frame = Frame.fromAudioBuffer(Buffer.from(second.buffer), {
      nbSamples: SAMPLE_RATE,
      format: AV_SAMPLE_FMT_FLT,
      sampleRate: SAMPLE_RATE,
      channelLayout: AV_CHANNEL_LAYOUT_MONO,
      pts: BigInt(at + offset),
      timeBase: new Rational(1, SAMPLE_RATE),
    });
    const added = source.buffersrcAddFrameSync(frame);
    frame.free();
    check(added, "passing the sound on");
    drain(sink);
  }
}

function drain(sink: FilterContext): void {
  const frame = new Frame();
  frame.alloc();
  while (sink.buffersinkGetFrameSync(frame) >= 0) frame.unref();
  frame.free();
}

type Segment = { text: string; start: number; end: number };

/** One object a line, milliseconds; the filter does not escape quotation marks inside a text. */
const LINE = /^\{"start":(-?\d+),"end":(-?\d+),"text":"(.*)"\}$/u;

function readSegments(file: string): Segment[] {
  return file.split("\n").flatMap((line) => {
    const [, start, end, text = ""] = LINE.exec(line) ?? [];
    if (text.trim() === "") return [];
    return [{ text: text.trim(), start: Number(start) / 1000, end: Number(end) / 1000 }];
  });
}

/** Scripts written without spaces: the filter tells no words apart. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Puts what was heard in the windows back to its places in the sound. */
function transcriptOf(segments: Segment[], parts: { start: number; end: number }[]): Transcript {
  const words = segments.flatMap(({ text, start, end }): RecognizedWord[] => {
    const window = Math.floor(start / WINDOW_SECONDS);
    const part = parts[window];
    if (!part) return [];
    const [from, to] = [part.start / SAMPLE_RATE, part.end / SAMPLE_RATE];
    const place = (time: number) =>
      Math.min(Math.max(from + time - window * WINDOW_SECONDS, from), to);
    return [{ text, start: place(start), end: place(end) }];
  });
  const text = words.map((word) => word.text).join(" ");
  return words.some((word) => /\s/u.test(word.text) || UNSPACED.test(word.text))
    ? { text }
    : { text, words };
}

/** What the operating systems call the library that ggml's Vulkan part calls whether it is there or not. */
const VULKAN_LOADERS: Partial<Record<NodeJS.Platform, string>> = {
  linux: "libvulkan.so.1",
  win32: "vulkan-1.dll",
};

/** Without the loader the filter ends the process before it opens a model, also when no GPU is used. */
function requireVulkanLoader(): void {
  const library = VULKAN_LOADERS[process.platform];
  if (library === undefined) return;
  try {
    process.dlopen({ exports: {} }, library);
  } catch (thrown) {
    // Found, and no module of Node, which it need not be.
    if (String(thrown).includes("did not self-register")) return;
    const remedy = "install it (Debian and Ubuntu: libvulkan1), or use a sherpa-onnx model";
    throw failed(`FFmpeg's whisper filter needs ${library}, which is not installed: ${remedy}`);
  }
}

function failed(message: string): AppError {
  return new AppError("RECOGNITION_FAILED", message);
}
