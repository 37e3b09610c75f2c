import { TextDecoder } from "node:util";
import { SaxesParser } from "saxes";
import { AppError } from "../domain/app-error.ts";
import { count, mebibytes, type SheetLimits } from "./sheet-limits.ts";
import { damaged, damagedMessage } from "./xlsx-archive.ts";

/** No part of a workbook nests anywhere near as deep. */
const MAX_DEPTH = 64;
/** Longest stretch of one tag, text or comment; a cell's longest text is far below. */
const MAX_TOKEN_BYTES = 1024 * 1024;

/** Names of elements and attributes come without their namespace prefix, which writers choose freely. */
export type XmlHandlers = {
  open?(element: string, attributes: XmlAttributes): void;
  close?(element: string): void;
  text?(text: string): void;
};

/** Reads an attribute by its local name; `prefixed` asks for one that has a prefix, such as `r:id`. */
export type XmlAttributes = (name: string, prefixed?: boolean) => string | undefined;

/**
 * Streams one part of a workbook through the handlers. What they throw ends it.
 * @param part.name The part's name for messages.
 * @throws AppError SHEET_UNREADABLE for XML that is malformed, is not UTF-8 or UTF-16, or is built to
 * exhaust memory; SHEET_DOCTYPE, SHEET_BOMB.
 */
export async function parseXml(
  part: { file: string; name: string; chunks: AsyncIterable<Buffer>; limits: SheetLimits },
  handlers: XmlHandlers,
): Promise<void> {
  const { file, name, limits } = part;
  const parser = new SaxesParser<{ xmlns: false; position: false }>({
    xmlns: false,
    position: false,
  });
  let depth = 0;
  let elements = 0;
  let bytesSinceEvent = 0;

  const text = (value: string): void => {
    bytesSinceEvent = 0;
    handlers.text?.(value);
  };
  parser.on("text", text);
  parser.on("cdata", text);
  parser.on("comment", () => {
    bytesSinceEvent = 0;
  });
  parser.on("opentag", (tag) => {
    bytesSinceEvent = 0;
    depth += 1;
    elements += 1;
    if (elements > limits.elements)
      throw new AppError(
        "SHEET_BOMB",
        `${file}: ${name} has more than ${count(limits.elements)} XML elements: save only the recipients in a new workbook or as CSV`,
      );
    if (depth > MAX_DEPTH)
      throw damaged(file, `${name} nests deeper than ${count(MAX_DEPTH)} elements`);
    handlers.open?.(localName(tag.name), (attribute, prefixed = false) =>
      prefixed ? prefixedValue(tag.attributes, attribute) : tag.attributes[attribute],
    );
  });
  parser.on("closetag", (tag) => {
    bytesSinceEvent = 0;
    depth -= 1;
    handlers.close?.(localName(tag.name));
  });
  // Entities declared in a DOCTYPE are the classic way to blow up a reader; no workbook needs one.
  parser.on("doctype", () => {
    throw new AppError("SHEET_DOCTYPE", damagedMessage(file, `${name} has a DOCTYPE`));
  });
  parser.on("error", (error) => {
    throw damaged(file, `${name}: ${error.message}`, error);
  });

  let decoder: TextDecoder | undefined;
  const decode = (chunk?: Buffer): string => {
    try {
      return decoder?.decode(chunk, { stream: chunk !== undefined }) ?? "";
    } catch (cause) {
      throw damaged(file, `${name} is not valid ${decoder?.encoding}`, cause);
    }
  };
  for await (const chunk of part.chunks) {
    decoder ??= new TextDecoder(xmlEncoding(chunk), { fatal: true });
    bytesSinceEvent += chunk.length;
    parser.write(decode(chunk));
    if (bytesSinceEvent > MAX_TOKEN_BYTES)
      throw damaged(file, `${name} has a text or tag above ${mebibytes(MAX_TOKEN_BYTES)}`);
  }
  parser.write(decode());
  parser.close();
}

/** XML parts are UTF-8 or UTF-16 (ECMA-376 part 2); UTF-16 always begins with a byte order mark. */
function xmlEncoding(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  return "utf-8";
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function prefixedValue(attributes: Record<string, string>, name: string): string | undefined {
  for (const key in attributes) if (key.endsWith(`:${name}`)) return attributes[key];
  return undefined;
}
