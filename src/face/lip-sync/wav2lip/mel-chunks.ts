import { MEL_BANDS, MEL_COLUMNS_A_SECOND, MEL_LEAST, type Mel } from "./mel.ts";

/** Columns that the network hears with one picture: 0.2 s from when it is shown. */
export const CHUNK_COLUMNS = 16;
/** Numbers in one chunk, `[band][column]`. */
export const CHUNK_LENGTH = MEL_BANDS * CHUNK_COLUMNS;

/** Rounding of a rate such as 1/25 s must not put a picture one column earlier. */
const ROUNDING = 1e-6;

/**
 * The first column of what is heard with a picture (`inference.py` of Rudrabha/Wav2Lip): that of its
 * time, and for the pictures at the end, where less than a chunk is left, that of the last chunk.
 * @param picture From 0.
 */
export function chunkStart(
  picture: number,
  { columns, frameSeconds }: { columns: number; frameSeconds: number },
): number {
  const at = Math.floor(picture * frameSeconds * MEL_COLUMNS_A_SECOND + ROUNDING);
  return Math.max(0, Math.min(at, columns - CHUNK_COLUMNS));
}

/** Writes a chunk to `out` from `offset`, `[band][column]`; what is behind the sound is digital silence. */
export function writeChunk(mel: Mel, start: number, out: Float32Array, offset: number): void {
  for (let band = 0, to = offset; band < MEL_BANDS; band++) {
    const row = band * mel.columns;
    for (let column = start; column < start + CHUNK_COLUMNS; column++, to++) {
      out[to] = column < mel.columns ? (mel.values[row + column] ?? 0) : MEL_LEAST;
    }
  }
}
