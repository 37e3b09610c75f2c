/** What a media file may at most be; beyond it probing refuses with MEDIA_TOO_LARGE. */
export type MediaLimits = {
  /** Longer side of the picture as coded, pixels. */
  side: number;
  /** Width times height. */
  pixels: number;
  seconds: number;
  /** Tracks of any kind. */
  streams: number;
};

export const DEFAULT_MEDIA_LIMITS: MediaLimits = {
  side: 8192,
  pixels: 40_000_000,
  seconds: 4 * 3600,
  streams: 32,
};
