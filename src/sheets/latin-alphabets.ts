/** The letters beyond ASCII of one language's names, lower case. */
type Alphabet = { letters: string; weight: number };

/**
 * `weight` breaks ties: Turkish ş and ğ have the bytes of Icelandic þ and ð, and are the likelier by
 * number of speakers. Letters after the Unicode CLDR main exemplar sets.
 */
const ALPHABETS: readonly Alphabet[] = [
  { letters: "äöüß", weight: 1 }, // German
  { letters: "àâæçéèêëîïôœùûüÿ", weight: 1 }, // French
  { letters: "áéíñóúü", weight: 1 }, // Spanish, Irish
  { letters: "áâãàçéêíóôõú", weight: 1 }, // Portuguese
  { letters: "àèéìíòóù", weight: 1 }, // Italian, Catalan
  { letters: "åäöæøé", weight: 1 }, // Danish, Norwegian, Swedish, Finnish
  { letters: "áðéíóúýþæö", weight: 0.9 }, // Icelandic
  { letters: "áčďéěíňóřšťúůýžäĺľôŕ", weight: 1 }, // Czech, Slovak
  { letters: "ąćęłńóśźż", weight: 1 }, // Polish
  { letters: "áéíóöőúüű", weight: 1 }, // Hungarian
  { letters: "ăâîşţșț", weight: 1 }, // Romanian
  { letters: "čćđšž", weight: 1 }, // Croatian, Slovene
  { letters: "çğıi̇öşüâ", weight: 1 }, // Turkish
  { letters: "ąčęėįšųūž", weight: 1 }, // Lithuanian
  { letters: "āčēģīķļņšūž", weight: 1 }, // Latvian
  { letters: "äöõüšž", weight: 1 }, // Estonian
];

/**
 * How well the Latin letters beyond ASCII in `text` fit the alphabet of a single language, 0..1; 1
 * when there are none, as in another script.
 */
export function latinAlphabetFit(text: string): number {
  const letters = text.toLowerCase().match(/(?=\P{ASCII})\p{sc=Latin}/gu) ?? [];
  if (letters.length === 0) return 1;
  const fits = ALPHABETS.map(({ letters: alphabet, weight }) => {
    const inside = letters.filter((letter) => alphabet.includes(letter)).length;
    return (inside / letters.length) * weight;
  });
  return Math.max(...fits);
}
