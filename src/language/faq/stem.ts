const DEVANAGARI = /^[\u0900-\u097f]/u;

/** A word without its commonest endings, so that its forms are equal; it need not be a word itself. */
export function stem(word: string): string {
  return DEVANAGARI.test(word) ? stemHindi(word) : stemEnglish(word);
}

const SHORTEST_STEM = 3;

/** Forms that no ending tells, with their word. */
const IRREGULAR: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ paid: "pay", taught: "teach", sent: "send", bought: "buy", brought: "bring" },
    ...{ broke: "break", broken: "break", began: "begin", begun: "begin", lost: "lose" },
    ...{ left: "leave", spoke: "speak", spoken: "speak", kept: "keep", held: "hold" },
    ...{ built: "build", met: "meet", sold: "sell", wrote: "write", written: "write" },
    ...{ drove: "drive", driven: "drive", children: "child", men: "man", women: "woman" },
    ...{ people: "person", feet: "foot", teeth: "tooth", learnt: "learn", knew: "know" },
    ...{ known: "know", stolen: "steal", forgot: "forget", forgotten: "forget", ate: "eat" },
    ...{ eaten: "eat", grew: "grow", grown: "grow", chose: "choose", chosen: "choose" },
    ...{ won: "win", heard: "hear", found: "find", felt: "feel" },
  }),
);

/** Plurals, -ing, -ed, -ly, -ation and a mute e: less than Porter's stemmer, so less is confused. */
function stemEnglish(word: string): string {
  if (/\d/u.test(word)) return word;
  let rest = IRREGULAR.get(word) ?? word;
  if (rest.length <= SHORTEST_STEM) return rest;
  if (rest.endsWith("ies") && rest.length > 4) rest = `${rest.slice(0, -3)}y`;
  else if (/(?:ss|sh|ch|x|z)es$/u.test(rest)) rest = rest.slice(0, -2);
  else if (/[^sui]s$/u.test(rest)) rest = rest.slice(0, -1);
  for (const ending of ["ing", "ed", "ly"]) {
    const cut = rest.slice(0, -ending.length);
    if (
      !rest.endsWith(ending) ||
      cut.length < SHORTEST_STEM + (ending === "ly" ? 1 : 0) ||
      !/[aeiouy]/u.test(cut)
    )
      continue;
    rest = cut.replace(/([bdfgkmnprt])\1$/u, "$1");
    break;
  }
  if (/ation$/u.test(rest) && rest.length > 6) rest = rest.slice(0, -3);
  if (rest.endsWith("e") && rest.length > SHORTEST_STEM) rest = rest.slice(0, -1);
  return rest.replace(/ll$/u, "l");
}

/**
 * Endings of nouns, adjectives and verbs, longest first (Ramanathan and Rao, A Lightweight Stemmer for
 * Hindi, 2003), spelled as `wordsOf` folds them.
 */
const HINDI_ENDINGS = (
  "ाएंगी ाएंगे ाऊंगी ाऊंगा ाइयां ाइयों ाएगी ाएगा ाओगी ाओगे एंगी ेंगी एंगे ेंगे ूंगी ूंगा ातीं नाओं नाएं ताओं ताएं " +
  "ियां ियों ाकर ाइए ाईं ाया ेगी ेगा ोगी ोगे ाने ाना ाते ाती ाता तीं ाओं ाएं ुओं ुएं ुआं कर ाओ िए िये ाई ाए ाये ने नी ना ते " +
  "ीं ती ता ां ों ें ये ए ो े ू ु ी ि ा"
)
  .split(" ")
  .toSorted((a, b) => b.length - a.length);

function stemHindi(word: string): string {
  for (const ending of HINDI_ENDINGS) {
    if (word.endsWith(ending) && word.length - ending.length >= 2) {
      return word.slice(0, -ending.length);
    }
  }
  return word;
}
