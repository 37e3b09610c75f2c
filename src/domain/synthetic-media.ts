/**
 * What every output says about itself in its container's metadata, so that nobody takes it for a plain
 * recording.
 */
export const SYNTHETIC_TAGS = {
  comment: "Synthetic media: a voice or face in this recording was generated with Vocative.",
} as const;
