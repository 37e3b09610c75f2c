/** Tells spreadsheet programs that a CSV is UTF-8: without it they garble every script but Latin. */
export const BYTE_ORDER_MARK = "\ufeff";
const PLAIN_NUMBER = /^[+-]?\d+([.,]\d+)?$/;
/** What makes a spreadsheet program compute a cell; source: OWASP, CSV Injection. */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/;

/**
 * A text as a cell of a CSV, quoted as in RFC 4180. One which a spreadsheet program would run as a
 * formula stands behind an apostrophe.
 */
export function csvCell(text: string): string {
  const harmless = FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  // Semicolons and tabs too: programs set to them would find a cell's start, and a formula, behind one.
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
