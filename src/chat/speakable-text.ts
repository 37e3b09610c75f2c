/** Pictures in text, with what changes and joins them, and the squares that stand for flags. */
const EMOJI =
  /(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[\ufe0f\u20e3\u{e0020}-\u{e007f}])(?:\u200d(?=\p{Extended_Pictographic}))?/gu;

/** Bidirectional controls and everything else that is neither seen nor said. */
const CONTROLS = /[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * A text as it can be said: the words of Markdown without its marks, no emoji, one space between words.
 * Empty when nothing of it can be said.
 */
export function speakableText(text: string): string {
  const said = text
    .replaceAll(/^\s*(?:```|~~~).*$/gmu, " ")
    // A picture or a link is said as what it is called.
    .replaceAll(/!?\[([^\][]*)\]\([^()\s]*(?:\s+"[^"]*")?\)/gu, "$1")
    .replaceAll(/<\/?[a-z][^<>]*>/giu, " ")
    .replaceAll(/\bhttps?:\/\/(?:www\.)?([^\s/?#]+)[^\s]*/giu, "$1")
    // Headings, quotations and the entries of lists.
    .replaceAll(/^[ \t]*(?:#{1,6}|>|[-*+•])[ \t]+/gmu, "")
    .replaceAll(/^\s*[-*_|:=\s]{3,}$/gmu, " ")
    .replaceAll(/(?<![\p{L}\p{N}])[*_~`]+(?=\S)|(?<=\S)[*_~`]+(?![\p{L}\p{N}])|[*`]+/gu, "")
    .replaceAll(/\s*\|\s*/gu, ", ")
    .replaceAll(EMOJI, " ")
    .replaceAll(CONTROLS, " ")
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/ (?=[,;:!?.](?:\s|$))/gu, "")
    .trim();
  return /[\p{L}\p{N}]/u.test(said) ? said.replace(/^[,;:.!?\s]+/u, "") : "";
}
