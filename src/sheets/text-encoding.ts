import { isUtf8 } from "node:buffer";
import { AppError } from "../domain/app-error.ts";
import { guessEncoding } from "./guess-encoding.ts";

/**
 * The text of a file as UTF-8 without a byte order mark. A mark is believed; without one the bytes
 * are UTF-8 if they are valid UTF-8, else what `guessEncoding` says.
 * @throws AppError SHEET_UNREADABLE for binary content and for UTF-8 that is damaged.
 */
export function toUtf8(bytes: Buffer, file: string): Buffer {
  if (startsWith(bytes, [0xff, 0xfe])) return recode(bytes, "utf-16le", file);
  if (startsWith(bytes, [0xfe, 0xff])) return recode(bytes, "utf-16be", file);
  const marked = startsWith(bytes, [0xef, 0xbb, 0xbf]);
  const body = marked ? bytes.subarray(3) : bytes;
  // Without a mark a zero byte never is text; the caller refuses it by name.
  if (isUtf8(body) || body.includes(0)) return body;
  refuseDamagedUtf8(body, { file, marked });
  return recode(body, guessEncoding(body), file);
}

function startsWith(bytes: Buffer, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

function recode(bytes: Buffer, encoding: string, file: string): Buffer {
  try {
    return Buffer.from(new TextDecoder(encoding, { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AppError(
      "SHEET_UNREADABLE",
      `${file} is not valid ${encoding} text: save it as CSV in UTF-8`,
      { cause },
    );
  }
}

/**
 * Bytes of another encoding hardly ever form valid UTF-8 sequences. Where these prevail, the text is
 * UTF-8 with a broken spot, and a guess would turn every name in it to garbage.
 */
function refuseDamagedUtf8(
  body: Buffer,
  { file, marked }: { file: string; marked: boolean },
): void {
  const text = new TextDecoder().decode(body);
  let broken = 0;
  let whole = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 0xfffd) broken += 1;
    else if (unit > 0x7f) whole += 1;
  }
  if (!marked && whole <= 2 * broken) return;
  const line = text.slice(0, text.indexOf("\ufffd")).split(/\r\n|\n|\r/).length;
  throw new AppError(
    "SHEET_UNREADABLE",
    `${file} is UTF-8, but line ${line} holds bytes that are not: save it again as CSV in UTF-8`,
  );
}
