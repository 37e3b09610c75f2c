import type { Face } from "../../../domain/face.ts";
import type { PictureStretch, Template } from "../../../domain/template.ts";
import type { FaceFinder } from "../../../ports/face-finder.ts";
import { drawAvatar } from "../../avatar/draw-avatar.ts";
import { boundsOf } from "../../landmarks/landmark-points.ts";
import type { LookTask } from "../lip-sync-task.ts";
import type { StretchPool } from "../stretch-pool.ts";

/** The avatar's landmarks around the origin, its face one pixel wide. */
const UNIT = (() => {
  const { landmarks } = drawAvatar(256);
  const { x, y, width } = boundsOf(landmarks);
  return landmarks.map((value, index) => (value - (index % 2 === 0 ? x : y)) / width);
})();

/** A face of so many pixels from side to side, its middle at a point of the picture. */
export function faceAt({
  x,
  y,
  width = 100,
  ...more
}: { x: number; y: number; width?: number } & Partial<Face>): Face {
  const landmarks = UNIT.map((value, index) => value * width + (index % 2 === 0 ? x : y));
  return { landmarks, score: 1, yaw: 0, ...more };
}

/** 20 pictures of 640 × 360, shown from 2 s to 2.8 s of a base. */
export const STRETCH: PictureStretch = {
  ...{ file: "stretch-0.mp4", start: 2, end: 2.8, width: 640, height: 360 },
  ...{ frames: 20, cuts: [10, 20], maxBytes: 100_000 },
};

/** A template that consists of a stretch only, for what looks at nothing else. */
export function templateIn(folder: string, stretch: PictureStretch = STRETCH): Template {
  return {
    ...{ id: "0123abcd", mediaType: "video/mp4", folder, file: "base.mp4", sizeBytes: 1 },
    ...{ duration: 5, sampleRate: 48_000, lengthStep: 1, stretches: [stretch] },
    ...{ audio: "base", video: "base" },
  };
}

/** A pool that has done nothing yet and fails at what is not replaced. */
export function poolWith(replaced: Partial<StretchPool>): StretchPool {
  const fail = () => Promise.reject(new Error("this was not to be asked for"));
  return {
    ...{ look: fail, make: fail, write: fail, read: fail },
    ...{ pids: () => [], close: async () => {} },
    ...replaced,
  };
}

/** The pictures of a stretch, each of a width that tells its number: 1000 and its number. */
export async function numberedLook({ from, to }: LookTask, scale = 1) {
  return Array.from({ length: to - from }, (_, at) => {
    return { picture: { width: 1000 + from + at, height: 1, pixels: new Uint8Array() }, scale };
  });
}

/** Finds in the picture of a number what `facesIn` says. */
export function finderOf(facesIn: (picture: number) => Face[]): FaceFinder & { looked: number[] } {
  const looked: number[] = [];
  return {
    looked,
    async find({ width }) {
      looked.push(width - 1000);
      return facesIn(width - 1000);
    },
    close: async () => {},
  };
}
