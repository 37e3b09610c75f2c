/** A movie of which little more than the index is left, which now claims 80 million samples. */
export function sampleBomb(movie: Uint8Array): Buffer {
  const bomb = Buffer.from(movie);
  const patch = (type: string, change: (at: number) => void) => {
    for (let at = bomb.indexOf(type); at >= 0; at = bomb.indexOf(type, at + 4)) change(at);
  };
  const claimed = 80_000_000;
  patch("stsz", (at) => {
    bomb.writeUInt32BE(1, at + 8);
    bomb.writeUInt32BE(claimed, at + 12);
  });
  for (const type of ["stts", "stsc"]) {
    patch(type, (at) => bomb.writeUInt32BE(claimed, at + (type === "stts" ? 12 : 16)));
  }
  return bomb;
}
