/** A number drawn into a picture as 16 black or white blocks in its upper part, so that a test can read it. */
const COLUMNS = 8;
const ROWS = 2;
const BLACK = 16;
const WHITE = 235;
/** Of the picture's height, for each row of blocks. */
const BLOCK_HEIGHT = 1 / 6;

/** A picture as 8-bit luma, row by row. */
export type Luma = { width: number; height: number; luma: Uint8Array };

/** A moving pattern with `number` (0..65535) on it. */
export function codedLuma(width: number, height: number, number: number): Uint8Array {
  const luma = new Uint8Array(width * height);
  const across = Float32Array.from({ length: width }, (_, x) => Math.sin((x + 3 * number) / 17));
  const down = Float32Array.from({ length: height }, (_, y) => Math.sin((y - 2 * number) / 11));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      luma[y * width + x] = 126 + 40 * ((across[x] ?? 0) + (down[y] ?? 0));
    }
  }
  const blockHeight = Math.floor(height * BLOCK_HEIGHT);
  for (let y = 0; y < ROWS * blockHeight; y++) {
    for (let x = 0; x < width; x++) {
      const column = Math.floor((x * COLUMNS) / width);
      const bit = Math.floor(y / blockHeight) * COLUMNS + column;
      luma[y * width + x] = (number >> bit) & 1 ? WHITE : BLACK;
    }
  }
  return luma;
}

/** Reads the number back from the middle of each block. */
export function frameNumber({ width, height, luma }: Luma): number {
  const blockHeight = Math.floor(height * BLOCK_HEIGHT);
  let number = 0;
  for (let bit = 0; bit < COLUMNS * ROWS; bit++) {
    const x = Math.floor((((bit % COLUMNS) + 0.5) * width) / COLUMNS);
    const y = Math.floor((Math.floor(bit / COLUMNS) + 0.5) * blockHeight);
    if ((luma[y * width + x] ?? 0) > (BLACK + WHITE) / 2) number |= 1 << bit;
  }
  return number;
}
