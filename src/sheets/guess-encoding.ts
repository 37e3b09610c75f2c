import chardet from "chardet";
import { latinAlphabetFit } from "./latin-alphabets.ts";

/** Bytes of lines with a letter beyond ASCII that are looked at. */
const SAMPLE_BYTES = 64 * 1024;

type ByteRange = readonly [first: number, last: number];

type Candidate = {
  /** Of the WHATWG Encoding Standard, section 4.2. */
  label: string;
  /** chardet's names for it and for what it extends. */
  names: readonly string[];
  /** First bytes, and least second byte, of the characters in everyday use (kana, Hangul, level 1). */
  doubleByte?: { first: readonly ByteRange[]; second: number };
};

/** The encodings that spreadsheet programs save CSVs in; of equally likely ones the earlier counts. */
const CANDIDATES: readonly Candidate[] = [
  { label: "windows-1252", names: ["windows-1252", "ISO-8859-1"] },
  { label: "windows-1251", names: ["windows-1251"] },
  { label: "windows-1250", names: ["windows-1250"] },
  { label: "iso-8859-2", names: ["ISO-8859-2"] },
  { label: "windows-1254", names: ["windows-1254", "ISO-8859-9"] },
  { label: "windows-1253", names: ["windows-1253", "ISO-8859-7"] },
  { label: "windows-1256", names: ["windows-1256"] },
  { label: "windows-1255", names: ["windows-1255", "ISO-8859-8"] },
  { label: "koi8-r", names: ["KOI8-R"] },
  { label: "windows-1257", names: ["windows-1257"] },
  { label: "windows-874", names: ["windows-874"] },
  { label: "windows-1258", names: ["windows-1258"] },
  { label: "macintosh", names: [] },
  {
    label: "shift_jis",
    names: ["Shift_JIS"],
    doubleByte: {
      first: [
        [0x81, 0x83],
        [0x88, 0x97],
      ],
      second: 0x40,
    },
  },
  { label: "euc-kr", names: ["EUC-KR"], doubleByte: { first: [[0xb0, 0xc8]], second: 0xa1 } },
  { label: "gb18030", names: ["GB18030"], doubleByte: { first: [[0xb0, 0xd7]], second: 0xa1 } },
  { label: "big5", names: ["Big5"], doubleByte: { first: [[0xa4, 0xc6]], second: 0x40 } },
  {
    label: "euc-jp",
    names: ["EUC-JP"],
    doubleByte: {
      first: [
        [0xa4, 0xa5],
        [0xb0, 0xcf],
      ],
      second: 0xa1,
    },
  },
];

/**
 * The encoding in which `bytes` (not UTF-8) most likely were written, as a `TextDecoder` label; it
 * decodes them without error. chardet counts letter groups, which says little about a sheet of a few
 * names, so its confidence is joined with how much the decoded words look like words of one language.
 */
export function guessEncoding(bytes: Buffer): string {
  const sample = foreignLines(bytes);
  const confidences = [bytes.subarray(0, SAMPLE_BYTES), sample].map(
    (part) =>
      new Map<string, number>(
        chardet.analyse(part).map(({ name, confidence }) => [name, confidence]),
      ),
  );
  const scored = CANDIDATES.flatMap((candidate) => {
    const text = decodeStart(sample, candidate.label);
    if (text === undefined) return [];
    const confidence = confidences.reduce(
      (sum, byName) => sum + Math.max(0, ...candidate.names.map((name) => byName.get(name) ?? 0)),
      0,
    );
    const common =
      candidate.doubleByte === undefined ? 1 : commonShare(sample, candidate.doubleByte);
    const score = wordLikeness(text) * common + 0.3 * latinAlphabetFit(text) + confidence / 400;
    return [{ label: candidate.label, score }];
  });
  scored.sort((a, b) => b.score - a.score);
  const fitting = scored.find(({ label }) => decodeStart(bytes, label) !== undefined);
  return fitting?.label ?? "windows-1252";
}

/** The lines that hold more than ASCII, up to the sample's size. */
function foreignLines(bytes: Buffer): Buffer {
  const lines: Buffer[] = [];
  let size = 0;
  let start = 0;
  let foreign = false;
  for (let index = 0; index < bytes.length && size < SAMPLE_BYTES; index++) {
    const byte = bytes[index] ?? 0;
    if (byte > 0x7f) foreign = true;
    const last = index === bytes.length - 1 || index - start === SAMPLE_BYTES - 1;
    if (byte !== 0x0a && byte !== 0x0d && !last) continue;
    if (foreign) {
      lines.push(bytes.subarray(start, index + 1));
      size += index + 1 - start;
    }
    start = index + 1;
    foreign = false;
  }
  return Buffer.concat(lines);
}

/** `bytes` decoded, or undefined when they are not of this encoding; the last character may be cut. */
function decodeStart(bytes: Buffer, label: string): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** A capital, if any, comes first or all are capitals; no word mixes scripts. Scores below 1 are rarer. */
const WORD_SHAPES: readonly { shape: RegExp; likeness: number }[] = [
  // Hardly a Latin name does without ASCII letters; other alphabets misread as Latin do.
  { shape: /^(?=\p{scx=Latin}+$)\P{ASCII}{3,}$/u, likeness: 0.2 },
  { shape: /^(?=\p{scx=Latin}+$)(?:\p{Lu}?\p{Ll}+|\p{Lu}+)$/u, likeness: 1 },
  { shape: /^(?=[Ѐ-ҁҐґ]+$)\p{Lu}\p{Ll}+$/u, likeness: 1 },
  { shape: /^(?=[Ѐ-ҁҐґ]+$)(?:\p{Ll}+|\p{Lu}+)$/u, likeness: 0.8 },
  { shape: /^(?=\p{scx=Greek}+$)\p{Lu}\p{Ll}+$/u, likeness: 1 },
  { shape: /^(?=\p{scx=Greek}+$)(?:\p{Ll}+|\p{Lu}+)$/u, likeness: 0.8 },
  { shape: /^\p{sc=Hebrew}+$/u, likeness: 1 },
  { shape: /^\p{scx=Arabic}+$/u, likeness: 1 },
  { shape: /^(?:[เ-ไ]?[ก-ฮ][ัิ-ฺ็-๎]*[ะาำๅๆ]*)+$/u, likeness: 1 },
  { shape: /^[\p{sc=Han}\p{sc=Hangul}぀-ヿ々]+$/u, likeness: 1 },
];

/** The share of letters beyond ASCII that stand in words of a plausible shape, 0..1. */
function wordLikeness(text: string): number {
  let letters = 0;
  let likely = 0;
  // Typographic punctuation ends a word as ASCII punctuation does.
  for (const word of text.split(
    /[[\p{ASCII}--[A-Za-z]]\u00a0«»\u2010-\u2027\u3000-\u3002（）]+/v,
  )) {
    const foreign = word.length - word.replace(/\P{ASCII}/gu, "").length;
    if (foreign === 0) continue;
    letters += foreign;
    likely += foreign * (WORD_SHAPES.find(({ shape }) => shape.test(word))?.likeness ?? 0);
  }
  return letters === 0 ? 0 : likely / letters;
}

/** The share of characters beyond ASCII that are in everyday use, 0..1. */
function commonShare(
  bytes: Buffer,
  { first, second }: NonNullable<Candidate["doubleByte"]>,
): number {
  let characters = 0;
  let usual = 0;
  for (let index = 0; index < bytes.length; index++) {
    const lead = bytes[index] ?? 0;
    if (lead < 0x80) continue;
    characters += 1;
    index += 1;
    const inRange = first.some(([from, to]) => lead >= from && lead <= to);
    if (inRange && (bytes[index] ?? 0) >= second) usual += 1;
  }
  return characters === 0 ? 0 : usual / characters;
}
