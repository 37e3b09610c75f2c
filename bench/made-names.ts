import { writeFile } from "node:fs/promises";

const CONSONANTS = ["b", "d", "k", "l", "m", "n", "p", "r", "s", "t", "v", "sh"];
const VOWELS = ["a", "e", "i", "o", "u"];
const SYLLABLES = CONSONANTS.length * VOWELS.length;
/** How many syllables a name has, by turns: short and long ones in every campaign. */
const LENGTHS = [3, 2, 3, 4];
/** Prime, so that neighbours in the sheet do not begin alike. */
const STRIDE = 7919;

/** Names that can be spoken, all different up to 14,400 of them. */
export function madeNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const length = LENGTHS[i % LENGTHS.length] ?? 3;
    let rest = (Math.floor(i / LENGTHS.length) * STRIDE) % SYLLABLES ** length;
    let name = "";
    for (let k = 0; k < length; k++) {
      const syllable = rest % SYLLABLES;
      rest = Math.floor(rest / SYLLABLES);
      const consonant = CONSONANTS[syllable % CONSONANTS.length] ?? "";
      name += consonant + (VOWELS[Math.floor(syllable / CONSONANTS.length)] ?? "");
    }
    return name.charAt(0).toUpperCase() + name.slice(1);
  });
}

/** Writes a sheet of `rows` recipients who share `distinct` names. */
export async function writeSheet(file: string, rows: number, distinct: number): Promise<void> {
  const names = madeNames(distinct);
  const lines = Array.from(
    { length: rows },
    (_, i) => `${names[i % distinct]},${9_000_000_000 + i}`,
  );
  await writeFile(file, ["name,phone", ...lines, ""].join("\n"));
}
