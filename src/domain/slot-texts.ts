/**
 * What is spoken in the slots of a recipient's output, as one string on its way from the sheet to the
 * voice: the texts in the order of the slots, with a separator between (U+001E, record separator).
 */
const SEPARATOR = "\u001e";

export function joinSlotTexts(texts: readonly string[]): string {
  return texts.map((text) => text.replaceAll(SEPARATOR, "")).join(SEPARATOR);
}

/** The text of each slot, at least one. */
export function slotTexts(spokenText: string): string[] {
  return spokenText.split(SEPARATOR);
}
