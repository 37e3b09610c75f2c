import { openMovie, readSample } from "../../src/media/mp4/movie.ts";
import { readKeySamples, readPictureTimes } from "../../src/media/mp4/picture-times.ts";
import { pictureUnits } from "./nal-units.ts";

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

const IDR = 5;

/** Of the H.264 pictures of an MP4: those that its index calls key frames, and those that are. */
export async function keyFrames(file: string): Promise<{ told: number[]; found: number[] }> {
  const movie = await openMovie(file, file);
  if (typeof movie === "string") throw new Error(movie);
  try {
    const track = movie.tracks.find(({ handler }) => handler === "vide");
    if (!track) throw new Error(`${file} has no picture`);
    const found: number[] = [];
    for (let sample = 0; sample < track.samples.sizes.length; sample++) {
      const units = pictureUnits(await readSample(movie, track, sample), "lengths");
      if (units.some((unit) => ((unit[0] ?? 0) & 31) === IDR)) found.push(sample);
    }
    return { told: readKeySamples(track.box) ?? [], found };
  } finally {
    await movie.close();
  }
}
