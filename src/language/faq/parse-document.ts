import { type FaqLanguage, languageOf } from "./words.ts";

/** A part of a document that can answer by itself. */
export type Passage = {
  /** Below the documents' folder, with `/`. */
  file: string;
  /** The document's. */
  title: string;
  /** The heading it stands under; empty when it has none but the title. */
  section: string;
  /** The operator's own words for what the document is about. */
  keywords: string;
  language: FaqLanguage;
  /** Plain text; a line is a paragraph, an item of a list or a row of a table. */
  text: string;
};

/** Longer sections are cut between paragraphs. */
const LONGEST_PASSAGE = 1200;

/**
 * The passages of a document: its sections, by heading and paragraph. Markdown's signs, code blocks and
 * HTML are left out: they cannot be spoken. Between lines `---` at its beginning it may have `title:`
 * and `keywords:`.
 */
export function parseDocument({ file, source }: { file: string; source: string }): Passage[] {
  const { fields, body } = frontMatter(source.replaceAll(/\r\n?/gu, "\n"));
  const markdown = file.toLowerCase().endsWith(".md");
  const sections = markdown
    ? markdownSections(body)
    : [{ level: 0, heading: "", lines: textLines(body) }];
  const title =
    fields.get("title") ?? sections.find(({ level }) => level === 1)?.heading ?? nameOf(file);
  const keywords = fields.get("keywords") ?? "";
  return sections.flatMap(({ heading, lines }) => {
    const section = heading === title ? "" : heading;
    return parts(lines).map((text) => {
      const language = languageOf(text);
      return { file, title, section, keywords, language, text };
    });
  });
}

function frontMatter(source: string): { fields: Map<string, string>; body: string } {
  const found = /^\uFEFF?---\n([\s\S]*?)\n---(?:\n|$)/u.exec(source);
  if (!found) return { fields: new Map(), body: source };
  const lines = (found[1] ?? "").split("\n");
  const fields = lines.flatMap((line): [string, string][] => {
    const [, name, value] = /^(\w+)\s*:\s*(.+)$/u.exec(line) ?? [];
    return name && value
      ? [[name.toLowerCase(), value.trim().replaceAll(/^["']|["']$/gu, "")]]
      : [];
  });
  return { fields: new Map(fields), body: source.slice(found[0].length) };
}

type Section = { level: number; heading: string; lines: string[] };

function markdownSections(body: string): Section[] {
  const sections: Section[] = [];
  let section: Section = { level: 0, heading: "", lines: [] };
  sections.push(section);
  let paragraph = "";
  const endParagraph = () => {
    if (paragraph.trim()) section.lines.push(plain(paragraph));
    paragraph = "";
  };
  const prose = body.replaceAll(/^(```|~~~)[\s\S]*?^\1.*$|<!--[\s\S]*?-->/gmu, "\n");
  for (const line of prose.split("\n")) {
    const [, signs, heading] = /^(#{1,6})\s+(.+?)\s*#*$/u.exec(line) ?? [];
    const underline = paragraph.trim() !== "" && /^(=+|-{2,})\s*$/u.exec(line)?.[1];
    if (signs && heading) {
      endParagraph();
      section = { level: signs.length, heading: plain(heading), lines: [] };
      sections.push(section);
    } else if (underline) {
      const level = underline.startsWith("=") ? 1 : 2;
      section = { level, heading: plain(paragraph), lines: [] };
      sections.push(section);
      paragraph = "";
    } else if (line.trim() === "" || /^\s*([-*_])(?:\s*\1){2,}\s*$/u.test(line)) {
      endParagraph();
    } else if (/^\s*\|/u.test(line)) {
      endParagraph();
      const cells = line.split("|").map((cell) => cell.trim());
      const filled = cells.filter((cell) => cell !== "" && !/^:?-+:?$/u.test(cell));
      if (filled.length > 0)
        section.lines.push(plain(filled.join(filled.length === 2 ? ": " : ", ")));
    } else if (/^\s*(?:[-*+]|\d+[.)])\s+/u.test(line)) {
      endParagraph();
      paragraph = line.replace(/^\s*(?:[-*+]|\d+[.)])\s+/u, "");
    } else {
      paragraph += ` ${line.replace(/^\s*>\s?/u, "")}`;
    }
  }
  endParagraph();
  return sections;
}

/** Paragraphs, which blank lines part. */
function textLines(body: string): string[] {
  return body
    .split(/\n\s*\n/u)
    .map((paragraph) => oneSpaced(paragraph))
    .filter((paragraph) => paragraph !== "");
}

/** Markdown's text without its signs. */
function plain(text: string): string {
  return oneSpaced(
    text
      .replaceAll(/!\[[^\]]*\]\([^)]*\)/gu, "")
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
      .replaceAll(/<(https?:[^>\s]+)>/gu, "$1")
      .replaceAll(/<\/?[a-z][^>]*>/giu, "")
      .replaceAll(/(\*{1,3}|~~|`+)(?=\S)(.*?\S)\1/gu, "$2")
      .replaceAll(/(?<![\p{L}\p{N}])(_{1,3})(?=\S)(.*?\S)\1(?![\p{L}\p{N}])/gu, "$2")
      .replaceAll(/\\([\\`*_{}[\]()#+.!-])/gu, "$1"),
  );
}

function oneSpaced(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}

function parts(lines: readonly string[]): string[] {
  const found: string[] = [];
  let part = "";
  for (const line of lines) {
    if (part !== "" && part.length + line.length > LONGEST_PASSAGE) {
      found.push(part);
      part = "";
    }
    part = part === "" ? line : `${part}\n${line}`;
  }
  return part === "" ? found : [...found, part];
}

function nameOf(file: string): string {
  const name = file.replace(/^.*\//u, "").replace(/\.[^.]*$/u, "");
  return oneSpaced(name.replaceAll(/[-_]+/gu, " "));
}
