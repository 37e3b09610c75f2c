/**
 * `text` in a legacy encoding, which Node can read but not write: the decoder's table is turned round.
 * @param label As `TextDecoder` takes it.
 * @throws RangeError for a character that the encoding lacks.
 */
export function encodeText(text: string, label: string): Buffer {
  const table = encodingTable(label);
  return Buffer.concat(
    [...text].map((character) => {
      const bytes = table.get(character);
      if (bytes === undefined) throw new RangeError(`${label} has no ${character}`);
      return bytes;
    }),
  );
}

function encodingTable(label: string): Map<string, Buffer> {
  const decoder = new TextDecoder(label, { fatal: true });
  const table = new Map<string, Buffer>();
  const add = (...bytes: number[]): boolean => {
    try {
      const character = decoder.decode(Uint8Array.from(bytes));
      if ([...character].length === 1 && !table.has(character))
        table.set(character, Buffer.from(bytes));
      return true;
    } catch {
      // A first byte that wants a second, or no character of this encoding.
      return false;
    }
  };
  for (let first = 0; first < 256; first++) {
    if (add(first)) continue;
    for (let second = 0x40; second < 256; second++) add(first, second);
  }
  return table;
}
