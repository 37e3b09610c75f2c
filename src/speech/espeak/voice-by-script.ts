/** A voice that reads a script. */
type Reader = {
  voice: string;
  /** Languages, as BCP 47 tags or their first parts, whose text in this script it reads first. */
  languages: string[];
  /** Lower-case letters of the script it knows, when not all; it leaves others out or spells them. */
  letters?: RegExp;
};

type Script = {
  letter: RegExp;
  /** The first is the one for every language that none of them names. */
  readers: Reader[];
  /** Every voice but these changes by itself to the first reader inside a text; absent: none does. */
  switchedBy?: { allBut: RegExp };
  /** Languages in which these letters sound in a way that no voice knows. */
  unknownIn?: string[];
};

const reader = (voice: string, languages = voice, letters?: RegExp): Reader => ({
  voice,
  languages: languages.split(" "),
  ...(letters && { letters }),
});
const ALL = { allBut: /^$/ };

/**
 * What the voices of eSpeak NG (package 0.3.5) read, found by speaking every letter with them. Left out
 * because they do not speak: Konkani and Uyghur (spell letter by letter), Shan, Cherokee (silent), and
 * Thai (reads the vowel of "ma" as "mas"). Mandarin and Cantonese do speak.
 */
const SCRIPTS: Record<string, Script> = {
  Devanagari: {
    letter: /\p{Script=Devanagari}/u,
    readers: [reader("hi"), reader("mr", "mr kok"), reader("ne")],
    switchedBy: { allBut: /^kok$/ },
  },
  Bengali: {
    letter: /\p{Script=Bengali}/u,
    readers: [
      reader("bn", "bn", /[^ৰৱ]/),
      reader("as", "as", /[^র\u09dc\u09dd]/),
      reader("bpy", "bpy", /[^ৰ]/),
    ],
    switchedBy: ALL,
  },
  Gurmukhi: { letter: /\p{Script=Gurmukhi}/u, readers: [reader("pa")], switchedBy: ALL },
  Gujarati: { letter: /\p{Script=Gujarati}/u, readers: [reader("gu")], switchedBy: ALL },
  Tamil: { letter: /\p{Script=Tamil}/u, readers: [reader("ta")], switchedBy: ALL },
  Kannada: { letter: /\p{Script=Kannada}/u, readers: [reader("kn")], switchedBy: ALL },
  Malayalam: { letter: /\p{Script=Malayalam}/u, readers: [reader("ml")], switchedBy: ALL },
  Sinhala: {
    letter: /\p{Script=Sinhala}/u,
    readers: [reader("si")],
    switchedBy: { allBut: /^fa/ },
  },
  Hangul: { letter: /\p{Script=Hangul}/u, readers: [reader("ko")], switchedBy: ALL },
  Georgian: { letter: /\p{Script=Georgian}/u, readers: [reader("ka")], switchedBy: ALL },
  Armenian: {
    letter: /\p{Script=Armenian}/u,
    readers: [reader("hy"), reader("hyw")],
    switchedBy: ALL,
  },
  Greek: {
    letter: /\p{Script=Greek}/u,
    readers: [reader("el"), reader("grc")],
    switchedBy: { allBut: /^(af|bs|en|hr|lt|mk|sr|vi)\b/ },
  },
  Telugu: { letter: /\p{Script=Telugu}/u, readers: [reader("te")] },
  Oriya: { letter: /\p{Script=Oriya}/u, readers: [reader("or")] },
  Myanmar: { letter: /[\u1000-\u103f]/, readers: [reader("my")] },
  Ethiopic: {
    letter: /\p{Script=Ethiopic}/u,
    readers: [reader("am", "am", /[^ቐ-ቝ]/), reader("ti")],
  },
  Hebrew: { letter: /\p{Script=Hebrew}/u, readers: [reader("he", "he iw yi")] },
  Cyrillic: {
    letter: /\p{Script=Cyrillic}/u,
    readers: [
      reader("ru", "ru", /[а-яё]/),
      reader("uk", "uk", /[а-щьюяєіїґ]/),
      reader("be", "be", /[а-зй-шыьэюяёіў]/),
      reader("bg", "bg", /[а-щъьюяѐѝ]/),
      reader("sr", "sr", /[а-ик-шђљњћџј]/),
      reader("bs", "bs", /[а-ик-шђљњћџј]/),
      reader("mk", "mk", /[а-ик-шѓѕјљњќџ]/),
      reader("kk", "kk", /[а-яёіғқңүұһәө]/),
      reader("ky", "ky", /[а-яёңүө]/),
      reader("tt", "tt", /[а-яёҗңүһәө]/),
      reader("ba", "ba", /[а-яёғҗҙҡңҫүһәө]/),
      reader("uz", "uz", /[а-шэюяўғқҳ]/),
      reader("cv", "cv", /[а-яёҫӑӗӳ]/),
      reader("kaa", "kaa", /[а-щыэюяёўғқңүҳәө]/),
      reader("nog", "nog", /[а-яё]/),
      reader("ru-lv", "ru-lv", /[а-яё]/),
      reader("ru-cl", "ru-cl", /[а-яё]/),
      reader("ru", "ru", /[а-яёђѓєіїјљћќўџґ]/),
    ],
  },
  Arabic: {
    letter: /\p{Script=Arabic}/u,
    readers: [
      reader("ar", "ar", /[\u0621-\u063a\u0641-\u064a]/),
      reader("fa", "fa prs", /[\u0621-\u063a\u0641-\u064aپچژکگی]/),
      reader("ur", "ur ks", /[آؤابتثجحخدذرزسشصضطظعغفقلمنويءأئٹپچڈڑژکگںھہۂیےۓ]/),
      reader("sd", "sd", /[آؤابتثجحخدذرزسشصضطظعغفقلمنهويءأئٹٺٻٽپٿڀڃڄچڇڊڌڍڏڑڙڦکڪگڱڳڻھہۂیے]/),
      reader("fa", "fa", /[\u0621-\u063a\u0641-\u064aٹپچڈڑژکڪگںھۀہۂۃیےۓ]/),
      reader("fa-latn", "fa-latn", /[\u0621-\u063a\u0641-\u064aپچژکگی]/),
    ],
  },
  Han: {
    letter: /\p{Script=Han}/u,
    readers: [
      reader("cmn", "cmn zh"),
      reader("yue", "yue zh-hk zh-mo"),
      reader("cmn-latn-pinyin"),
      reader("yue-latn-jyutping"),
    ],
    // The Japanese voice reads kana only, and a name in kanji must not be read in Chinese.
    unknownIn: ["ja", "ko"],
  },
  Kana: { letter: /[\p{Script=Hiragana}\p{Script=Katakana}ー]/u, readers: [reader("ja")] },
};

const LATIN = /\p{Script=Latin}/u;
/** These spell Latin words; all others change to English inside a text. */
const SPELLS_LATIN = /^(ba|cv|he|hyw|ja|kok|ky|my|nog|shn|ti)$/;
const DEFAULT_VOICE = "en-us";

/** Languages written in Latin letters by the voice that reads them. */
const LATIN_VOICES = new Map([
  ...(
    "af an az bs ca cs cy da de en-gb en-us eo es es-419 et eu fi fo fr fr-be fr-ch ga gd gn haw hr ht hu " +
    "ia id io is it kaa kl ku la lb lfn lt ltg lv mi ms mt nb nci nl om pap pl pt pt-br quc ro qu sk sl " +
    "smj sq sr sv sw tk tn tr uz vi"
  )
    .split(" ")
    .map((voice): [string, string] => [voice, voice]),
  ["en", DEFAULT_VOICE],
  ["en-au", "en-gb"],
  ["en-ie", "en-gb"],
  ["en-nz", "en-gb"],
  ["en-za", "en-gb"],
  ["es-ar", "es-419"],
  ["es-co", "es-419"],
  ["es-mx", "es-419"],
  ["es-us", "es-419"],
  ["no", "nb"],
  ["nn", "nb"],
  ["pt", "pt-br"],
  ["pt-pt", "pt"],
  ["hak", "hak"],
]);

export type VoiceChoice =
  | { voice: string }
  /** The first word that no voice can speak together with the rest. */
  | { unreadable: string };

/** The voice of eSpeak NG that reads `text` (made by `readableText`) as the language means it. */
export function chooseVoice(text: string, language: string): VoiceChoice {
  const tags = tagsOf(language);
  const present = Object.values(SCRIPTS)
    .map((script) => ({ script, letters: lettersOf(script, text) }))
    .filter(({ letters }) => letters.length > 0)
    // A script that other voices cannot change to decides, and among equals the more frequent.
    .sort(
      (a, b) =>
        Number(!!a.script.switchedBy) - Number(!!b.script.switchedBy) ||
        b.letters.length - a.letters.length,
    );
  if (present.length === 0 && !unreadablePart(text, DEFAULT_VOICE)) {
    return { voice: voiceOfLanguage(tags, LATIN.test(text)) };
  }
  const readers = present.flatMap(({ script, letters }) =>
    [
      ...tags.flatMap((tag) => script.readers.filter(({ languages }) => languages.includes(tag))),
      ...script.readers,
    ].filter((one) => letters.every((letter) => knows(one, letter))),
  );
  const foreign = present.find(({ script }) => script.unknownIn?.some((tag) => tags.includes(tag)));
  const fitting = readers.find(({ voice }) => !unreadablePart(text, voice));
  if (fitting && !foreign) return { voice: fitting.voice };
  const culprit = foreign && wordsOf(text).find((word) => foreign.script.letter.test(word));
  return {
    unreadable: culprit ?? unreadablePart(text, readers[0]?.voice ?? DEFAULT_VOICE) ?? text,
  };
}

/**
 * The first word of `text` of which `voice` would leave letters out or spell them, or undefined. A
 * name half spoken is worse than none.
 */
export function unreadablePart(text: string, voice: string): string | undefined {
  const name = voice.toLowerCase().replace(/^.*\//, "").replace(/\+.*$/, "");
  return wordsOf(text).find((word) => [...word].some((character) => !reads(name, character)));
}

function reads(voice: string, character: string): boolean {
  if (!/\p{L}/u.test(character)) return true;
  if (LATIN.test(character)) return !SPELLS_LATIN.test(voice);
  const script = Object.values(SCRIPTS).find(({ letter }) => letter.test(character));
  // Letters that belong to every script, such as the superscript ones, never matter.
  if (!script) return /\p{Script=Common}/u.test(character);
  const own = script.readers.filter((one) => one.voice === voice);
  const switched = script.switchedBy && !script.switchedBy.allBut.test(voice);
  const asked = own.length === 0 && switched ? script.readers.slice(0, 1) : own;
  return asked.some((one) => knows(one, character));
}

function knows({ letters }: Reader, letter: string): boolean {
  return letters?.test(letter.toLowerCase()) ?? true;
}

function voiceOfLanguage(tags: string[], latin: boolean): string {
  const spoken = tags.map((tag) => LATIN_VOICES.get(tag)).find((voice) => voice !== undefined);
  if (spoken || latin) return spoken ?? DEFAULT_VOICE;
  const readers = Object.values(SCRIPTS).flatMap((script) => script.readers);
  const own = tags.flatMap((tag) => readers.filter(({ languages }) => languages.includes(tag)));
  return own[0]?.voice ?? DEFAULT_VOICE;
}

/** `pt-BR` is first itself, then `pt`. */
function tagsOf(language: string): string[] {
  const tag = language.trim().toLowerCase().replaceAll("_", "-");
  const primary = tag.replace(/-.*$/, "");
  return tag === primary ? [tag] : [tag, primary];
}

function lettersOf(script: Script, text: string): string[] {
  return [...text].filter((character) => /\p{L}/u.test(character) && script.letter.test(character));
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{M}\u200c\u200d]+/gu) ?? [];
}
