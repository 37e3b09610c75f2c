/**
 * A text in which a written name carries its sound: the name between the marks that Unicode has for
 * annotations (U+FFF9 to U+FFFB), with its IPA after the middle one. It stays one string on its way
 * from the sheet to the voice.
 */
const [ANCHOR, SEPARATOR, END] = ["\ufff9", "\ufffa", "\ufffb"];
const ANNOTATED = /\ufff9([^\ufff9-\ufffb]*)\ufffa([^\ufff9-\ufffb]*)\ufffb/gu;
const MARKS = /[\ufff9-\ufffb]/gu;
const PHONETIC = /^\/([^/]+)\/$/u;

/** The IPA of a cell such as `/ʃɪˈvɔːn/`; null for a spelling in letters. */
export function phoneticSpelling(spelling: string): string | null {
  return PHONETIC.exec(spelling.trim())?.[1]?.trim() || null;
}

export function annotate(written: string, ipa: string): string {
  return `${ANCHOR}${withoutMarks(written)}${SEPARATOR}${withoutMarks(ipa)}${END}`;
}

/** The text as it is written, and how its annotated parts sound. */
export function readAnnotations(text: string): {
  text: string;
  pronunciations: { written: string; ipa: string }[];
} {
  const pronunciations: { written: string; ipa: string }[] = [];
  const plain = text.replace(ANNOTATED, (_, written: string, ipa: string) => {
    pronunciations.push({ written, ipa });
    return written;
  });
  return { text: withoutMarks(plain), pronunciations };
}

/** For texts from outside: nobody else's marks may pass for ours. */
export function withoutMarks(text: string): string {
  return text.replace(MARKS, "");
}
