const CONSONANTS = [..."bdfghjklmnprstvz"];
const VOWELS = [..."aeiou"];

/** So many different names of three syllables, which any voice says in less than a second. */
export function madeUpNames(count: number): string[] {
  const syllables = CONSONANTS.flatMap((first) => VOWELS.map((second) => first + second));
  const syllable = (number: number) => syllables[number % syllables.length] ?? "";
  return Array.from({ length: count }, (_, i) => {
    const [second, third] = [
      Math.floor(i / syllables.length),
      Math.floor(i / syllables.length ** 2),
    ];
    const name = syllable(i * 7) + syllable(second * 11) + syllable(third + 3);
    return name.charAt(0).toUpperCase() + name.slice(1);
  });
}
