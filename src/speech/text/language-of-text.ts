/** Writing systems by ISO 15924 code: their letters, and the language that is most often written so. */
const SCRIPTS: Record<string, { letter: RegExp; language: string }> = {
  // Kana before Han: a text with both is Japanese.
  Kana: { letter: /[\p{Script=Hiragana}\p{Script=Katakana}]/u, language: "ja" },
  Hang: { letter: /\p{Script=Hangul}/u, language: "ko" },
  Hani: { letter: /\p{Script=Han}/u, language: "zh" },
  Deva: { letter: /\p{Script=Devanagari}/u, language: "hi" },
  Beng: { letter: /\p{Script=Bengali}/u, language: "bn" },
  Guru: { letter: /\p{Script=Gurmukhi}/u, language: "pa" },
  Gujr: { letter: /\p{Script=Gujarati}/u, language: "gu" },
  Orya: { letter: /\p{Script=Oriya}/u, language: "or" },
  Taml: { letter: /\p{Script=Tamil}/u, language: "ta" },
  Telu: { letter: /\p{Script=Telugu}/u, language: "te" },
  Knda: { letter: /\p{Script=Kannada}/u, language: "kn" },
  Mlym: { letter: /\p{Script=Malayalam}/u, language: "ml" },
  Sinh: { letter: /\p{Script=Sinhala}/u, language: "si" },
  Cyrl: { letter: /\p{Script=Cyrillic}/u, language: "ru" },
  Arab: { letter: /\p{Script=Arabic}/u, language: "ar" },
  Hebr: { letter: /\p{Script=Hebrew}/u, language: "he" },
  Grek: { letter: /\p{Script=Greek}/u, language: "el" },
  Thai: { letter: /\p{Script=Thai}/u, language: "th" },
  Laoo: { letter: /\p{Script=Lao}/u, language: "lo" },
  Khmr: { letter: /\p{Script=Khmer}/u, language: "km" },
  Mymr: { letter: /\p{Script=Myanmar}/u, language: "my" },
  Ethi: { letter: /\p{Script=Ethiopic}/u, language: "am" },
  Armn: { letter: /\p{Script=Armenian}/u, language: "hy" },
  Geor: { letter: /\p{Script=Georgian}/u, language: "ka" },
};

/** What is written in several scripts, by the code that stands for them together. */
const TOGETHER: Record<string, string[]> = {
  Jpan: ["Kana", "Hani"],
  Kore: ["Hang", "Hani"],
  Hans: ["Hani"],
  Hant: ["Hani"],
};

/**
 * The language (BCP 47) in which `text` can be read: `language` when its letters are Latin, which
 * every voice reads, or of that language's own script; else the usual language of the first script
 * that is neither. A voice leaves out or spells the letters of a script it does not know.
 */
export function languageOfText(text: string, language: string): string {
  const own = scriptsOf(language);
  const foreign = Object.entries(SCRIPTS).find(
    ([script, { letter }]) => letter.test(text) && !own.includes(script),
  );
  return foreign ? foreign[1].language : language;
}

function scriptsOf(language: string): string[] {
  try {
    const { script = "" } = new Intl.Locale(language.replaceAll("_", "-")).maximize();
    return TOGETHER[script] ?? [script];
  } catch {
    return []; // no language tag: the provider says what it knows
  }
}
