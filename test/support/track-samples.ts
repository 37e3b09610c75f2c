import { openMovie } from "../../src/media/mp4/movie.ts";
import { readPictureTimes } from "../../src/media/mp4/picture-times.ts";

/** When the samples of an MP4's tracks are decoded, in ticks, as its tables say. */
export async function trackSamples(
  file: string,
): Promise<{ handler: string; timescale: number; times: number[] }[]> {
  const movie = await openMovie(file, file);
  if (typeof movie === "string") throw new Error(movie);
  await movie.close();
  return movie.tracks.map(({ box, handler, times: { timescale }, samples }) => {
    const times = readPictureTimes(box, samples.sizes.length);
    return { handler, timescale, times: [...(times?.dts ?? [])] };
  });
}
