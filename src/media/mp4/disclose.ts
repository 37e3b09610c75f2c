import { disclosedComment } from "../disclosure.ts";
import type { Box } from "./box.ts";

/** Items of metadata in an MP4 (iTunes' list, which all players read) and where QuickTime has its own. */
const COMMENT = "\u00a9cmt";
const UTF8_TEXT = 1;
const HANDLER = Buffer.from("mdirappl", "latin1");

type Item = { type: string; data: Buffer };

/** Says in a movie's metadata (udta/meta/ilst) that it is synthetic. What else is there stays. */
export function disclose(moov: { children: Box[] }): void {
  const udta = moov.children.find((box) => box.type === "udta");
  const items = udta && "data" in udta ? readItems(udta.data) : [];
  const meta = items.find(({ type }) => type === "meta");
  const list = meta ? readMeta(meta.data) : null;
  const before = [
    ...(list?.items ?? [])
      .filter(({ type }) => type === COMMENT)
      .map(({ data }) => data.subarray(16)),
    ...items.filter(({ type }) => type === COMMENT).map(({ data }) => data.subarray(4)),
  ].map((bytes) => bytes.toString("utf8"));
  const value = Buffer.from(disclosedComment(before));
  const others = items.filter(({ type }) => type !== COMMENT && type !== "meta");
  // Metadata of another kind is left alone: its items have numbers instead of names.
  const foreign = meta && !list ? [meta] : [];
  const kept = (list?.items ?? []).filter(({ type }) => type !== COMMENT);
  const added =
    foreign.length > 0 ? quickTimeComment(value) : metaOf([...kept, commentItem(value)]);
  const data = Buffer.concat([...others, ...foreign, added].map(writeItem));
  moov.children = [...moov.children.filter((box) => box !== udta), { type: "udta", data }];
}

/** Boxes behind each other; what is cut short, or four zero bytes at the end, is left out. */
function readItems(bytes: Buffer): Item[] {
  const items: Item[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at);
    if (size < 8 || at + size > bytes.length) break;
    const type = bytes.toString("latin1", at + 4, at + 8);
    items.push({ type, data: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return items;
}

/** The list in a meta box of iTunes' kind; null for another one. */
function readMeta(bytes: Buffer): { items: Item[] } | null {
  // QuickTime leaves out version and flags.
  const boxes = readItems(bytes.toString("latin1", 4, 8) === "hdlr" ? bytes : bytes.subarray(4));
  const handler = boxes.find(({ type }) => type === "hdlr")?.data.toString("latin1", 8, 12);
  if (handler !== "mdir") return null;
  const list = boxes.find(({ type }) => type === "ilst");
  return { items: list ? readItems(list.data) : [] };
}

function metaOf(items: Item[]): Item {
  const handler = Buffer.concat([Buffer.alloc(8), HANDLER, Buffer.alloc(9)]);
  const list = Buffer.concat(items.map(writeItem));
  const boxes = [
    { type: "hdlr", data: handler },
    { type: "ilst", data: list },
  ];
  return { type: "meta", data: Buffer.concat([Buffer.alloc(4), ...boxes.map(writeItem)]) };
}

function commentItem(value: Buffer): Item {
  const kind = Buffer.alloc(8);
  kind.writeUInt32BE(UTF8_TEXT, 0);
  return { type: COMMENT, data: writeItem({ type: "data", data: Buffer.concat([kind, value]) }) };
}

/** Length, language (none) and text. */
function quickTimeComment(value: Buffer): Item {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(value.length, 0);
  return { type: COMMENT, data: Buffer.concat([header, value]) };
}

function writeItem({ type, data }: Item): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + data.length, 0);
  header.write(type, 4, "latin1");
  return Buffer.concat([header, data]);
}
