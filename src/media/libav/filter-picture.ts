import { Filter, type FilterContext, FilterGraph, Frame } from "node-av/lib";
import { AppError } from "../../domain/app-error.ts";
import { check } from "./input.ts";

/** A filter of libav by its name, with its arguments. Nothing that a user wrote may be among them. */
export type PictureFilter = readonly [name: string, args: string | null];

/** The filters that turn a picture clockwise by these degrees. */
const TURNS: Record<number, PictureFilter[]> = {
  90: [["transpose", "clock"]],
  180: [
    ["hflip", null],
    ["vflip", null],
  ],
  270: [["transpose", "cclock"]],
};

/** @param degrees 0, 90, 180 or 270, clockwise. */
export function turnFilters(degrees: number): PictureFilter[] {
  return TURNS[degrees] ?? [];
}

/** Sends one picture through filters, one after another. The result is the caller's to free. */
export function filterPicture(frame: Frame, given: readonly PictureFilter[]): Frame {
  const { format, colorSpace, colorRange } = frame;
  const source = `video_size=${frame.width}x${frame.height}:pix_fmt=${format}:time_base=1/1:colorspace=${colorSpace}:range=${colorRange}`;
  using graph = new FilterGraph();
  graph.alloc();
  const filters = [["buffer", source] as const, ...given, ["buffersink", null] as const].map(
    ([name, args], i) => createFilter(graph, { name, label: `${name}${i}`, args }),
  );
  for (const [i, filter] of filters.slice(1).entries()) {
    check(filters[i]?.link(0, filter, 0) ?? 0, "joining filters");
  }
  check(graph.configSync(), "setting up the filters");
  check(filters[0]?.buffersrcAddFrameSync(frame) ?? 0, "filtering a picture");
  const picture = new Frame();
  picture.alloc();
  check(filters.at(-1)?.buffersinkGetFrameSync(picture) ?? 0, "filtering a picture");
  return picture;
}

function createFilter(
  graph: FilterGraph,
  { name, label, args }: { name: string; label: string; args: string | null },
): FilterContext {
  const filter = Filter.getByName(name);
  const context = filter && graph.createFilter(filter, label, args);
  if (!context) throw new AppError("MEDIA_UNSUPPORTED", `the filter ${name} refuses ${args}`);
  return context;
}
