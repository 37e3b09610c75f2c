import type { Audio } from "../../domain/audio.ts";

/**
 * Reads a whole sound file (WAV, MP3 and what else the media engine opens) as mono.
 * @throws AppError MEDIA_UNREADABLE and the media engine's other codes; CANCELLED.
 */
export type DecodeSound = (sound: Uint8Array, options: { signal: AbortSignal }) => Promise<Audio>;
