/** Two-letter codes of ISO 639-1 that are languages, and what releases write besides them. */
const CODES = new Set(
  (
    "af am ar as az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu ha he hi hr hu hy id is " +
    "it ja ka kk km kn ko ky lb lo lt lv mg mi mk ml mn mr ms mt my ne nl no oc or pa pl ps pt ro ru sa sd " +
    "si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh yue cmn wuu"
  ).split(" "),
);
/** A part of a release's name that is a language with its country. */
const REGIONAL = /(?:^|[-_.])([a-z]{2,3})_([A-Z]{2})(?=[-_.]|$)/g;

/**
 * Languages (BCP 47) a release's name tells of: `vits-piper-en_US-amy-medium`,
 * `sense-voice-zh-en-ja-ko-yue`, `vits-mms-eng`, `whisper-tiny.en`. Empty when it tells none.
 */
export function languagesInName(name: string): string[] {
  const regional = [...name.matchAll(REGIONAL)].filter(([, code = ""]) => CODES.has(code));
  if (regional.length > 0) return regional.map(([, code, country]) => `${code}-${country}`);
  const parts = name.split(/[-_.]/).filter((part) => CODES.has(part));
  if (parts.length > 0) return [...new Set(parts.map(canonical))];
  const [, massively] = /(?:^|-)mms-([a-z]{3})(?=-|$)/.exec(name) ?? [];
  return massively === undefined ? [] : [canonical(massively)];
}

/** Of the names of a model's lexicons: `lexicon-us-en.txt`, `lexicon-zh.txt`. */
export function languagesOfLexicons(files: readonly string[]): string[] {
  return [...new Set(files.flatMap((file) => languagesInName(file.replace(/\.txt$/, ""))))];
}

/** A property of a model's file, such as `en-us`, as a language; names such as `English` tell none. */
export function languageOfProperty(value: string | undefined): string[] {
  const tag = value?.trim().replaceAll("_", "-") ?? "";
  if (!CODES.has(tag.replace(/-.*$/, "").toLowerCase())) return [];
  return [canonical(tag)];
}

function canonical(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? tag;
  } catch {
    return tag;
  }
}

/** How well a model's languages fit one that is wanted: 3 the very one, 2 its language, 1 any, 0 not. */
export function languageFit(languages: readonly string[], wanted: string): 0 | 1 | 2 | 3 {
  if (languages.length === 0) return 1;
  const tag = wanted.trim().replaceAll("_", "-").toLowerCase();
  const known = languages.map((one) => one.replaceAll("_", "-").toLowerCase());
  if (known.includes(tag)) return 3;
  return known.some((one) => primary(one) === primary(tag)) ? 2 : 0;
}

/** Chinese by its several codes is one language. */
function primary(tag: string): string {
  const code = tag.replace(/-.*$/, "");
  return code === "cmn" ? "zh" : code;
}
