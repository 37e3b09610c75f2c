/**
 * A number as stored in a cell, in the plain form a spreadsheet program shows: no exponent for the
 * numbers that phone numbers and identifiers are, and 15 significant digits, which hide the rounding
 * of binary fractions. Whole numbers keep every digit. Undefined when `stored` is no number.
 */
export function plainNumber(stored: string): string | undefined {
  if (/^-?[1-9]\d*$/.test(stored)) return stored;
  const value = Number(stored);
  if (stored === "" || !Number.isFinite(value)) return undefined;
  if (Number.isSafeInteger(value)) return String(value + 0);
  return String(Number(value.toPrecision(15))).toUpperCase();
}

/**
 * Undoes the `_xHHHH_` escapes for characters that XML cannot hold (ST_Xstring, ECMA-376 part 1,
 * 22.9.2.19). Control characters that no text needs stay escaped.
 */
export function unescapeText(text: string): string {
  if (!text.includes("_x")) return text;
  const unescaped = text.replace(/_x([0-9A-Fa-f]{4})_/g, (escaped, hex: string) => {
    const unit = Number.parseInt(hex, 16);
    return unit >= 0x20 || unit === 0x09 || unit === 0x0a || unit === 0x0d
      ? String.fromCharCode(unit)
      : escaped;
  });
  return unescaped.replace(/\r\n?/g, "\n");
}

/** The 0-based column of a cell reference such as `AB12`, or undefined when it is none. */
export function columnIndex(reference: string): number | undefined {
  const letters = /^([A-Z]{1,3})\d+$/.exec(reference)?.[1];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
