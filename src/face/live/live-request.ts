import { AppError } from "../../domain/app-error.ts";

export type LiveRequest = { image: string | null; fps: number; size: number };

const LIMITS = { fps: [15, 60], size: [128, 1024] } as const;

/** @throws AppError INVALID_OPTION for a frame rate or a size that is not allowed. */
export function checkLiveRequest({ fps, size }: LiveRequest): void {
  const [leastFps, mostFps] = LIMITS.fps;
  if (!(Number.isInteger(fps) && fps >= leastFps && fps <= mostFps)) {
    throw new AppError(
      "INVALID_OPTION",
      `fps ${fps} is not allowed: give ${leastFps} to ${mostFps}`,
    );
  }
  const [leastSize, mostSize] = LIMITS.size;
  if (!(size >= leastSize && size <= mostSize && size % 2 === 0)) {
    throw new AppError(
      "INVALID_OPTION",
      `size ${size} is not allowed: give an even number from ${leastSize} to ${mostSize}`,
    );
  }
}
