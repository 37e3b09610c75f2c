/** What Google Translate speaks (as of 2026), in its own codes. */
const CODES = (
  "af am ar bg bn bs ca cs cy da de el en es et eu fi fr fr-CA gl gu ha hi hr hu id is it iw ja jw km kn " +
  "ko la lt lv ml mr ms my ne nl no pa pl pt pt-PT ro ru si sk sq sr su sv sw ta te th tl tr uk ur vi yue " +
  "zh-CN zh-TW"
).split(" ");

/** Google's codes by BCP 47 where they differ; `pt` is spoken as in Brazil. */
const ALIASES: Record<string, string> = {
  he: "iw",
  jv: "jw",
  nb: "no",
  nn: "no",
  fil: "tl",
  cmn: "zh-CN",
  "zh-hk": "yue",
  "zh-mo": "yue",
};

/** In both directions, lower case. */
const BY_NAME = new Map([
  ...CODES.map((code) => [code.toLowerCase(), code] as const),
  ...Object.entries(ALIASES),
]);

/** Google's code of a language given as BCP 47 or as Google's own code; undefined when it has none. */
export function googleLanguage(tag: string): string | undefined {
  const name = tag.trim().replaceAll("_", "-").toLowerCase();
  const primary = name.split("-")[0] ?? "";
  if (primary === "zh" && !BY_NAME.has(name)) return chinese(name);
  return BY_NAME.get(name) ?? BY_NAME.get(primary);
}

/** Mandarin in traditional characters where they are usual or asked for. */
function chinese(tag: string): string {
  try {
    return new Intl.Locale(tag).maximize().script === "Hant" ? "zh-TW" : "zh-CN";
  } catch {
    return "zh-CN";
  }
}

/** Every language with Google's code, its English name and its BCP 47 tag. */
export function googleLanguages(): { code: string; name: string; tag: string }[] {
  const names = new Intl.DisplayNames(["en"], { type: "language" });
  return CODES.map((code) => {
    const tag = TAGS[code] ?? code;
    return { code, name: names.of(tag) ?? code, tag };
  });
}

/** BCP 47 of Google's own codes. */
const TAGS: Record<string, string> = { iw: "he", jw: "jv", no: "nb", tl: "fil" };
