import assert from "node:assert/strict";
import { test } from "node:test";
import { SYNTHETIC_TAGS } from "../../domain/synthetic-media.ts";
import type { Box } from "./box.ts";
import { disclose } from "./disclose.ts";

const { comment } = SYNTHETIC_TAGS;

function box(type: string, ...contents: Buffer[]): Buffer {
  const data = Buffer.concat(contents);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(8 + data.length, 0);
  header.write(type, 4, "latin1");
  return Buffer.concat([header, data]);
}

function meta(handler: string, ...items: Buffer[]): Buffer {
  const hdlr = box("hdlr", Buffer.alloc(8), Buffer.from(handler), Buffer.alloc(13));
  return box("meta", Buffer.alloc(4), hdlr, box("ilst", ...items));
}

const item = (type: string, text: string) =>
  box(type, box("data", Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), Buffer.from(text)));

/** The contents of a movie's user data after it was told that it is synthetic. */
function disclosed(...udta: Buffer[]): string {
  const children: Box[] = [{ type: "mvhd", data: Buffer.alloc(4) }];
  if (udta.length > 0) children.push({ type: "udta", data: Buffer.concat(udta) });
  const moov = { children };
  disclose(moov);
  assert.deepEqual(
    moov.children.map(({ type }) => type),
    ["mvhd", "udta"],
  );
  const [, written] = moov.children;
  assert.ok(written && "data" in written);
  return written.data.toString("latin1");
}

const times = (text: string, part: string) => text.split(part).length - 1;

test("a movie without metadata gets the comment", () => {
  assert.equal(times(disclosed(), comment), 1);
});

test("other items stay, and a comment of the movie follows on a line of its own", () => {
  const text = disclosed(meta("mdir", item("\u00a9nam", "A title"), item("\u00a9cmt", "Mine")));
  assert.equal(times(text, "A title"), 1);
  assert.equal(times(text, `${comment}\nMine`), 1);
  assert.equal(times(text, "\u00a9cmt"), 1);
});

test("a movie that says it already does not say it twice", () => {
  const text = disclosed(meta("mdir", item("\u00a9cmt", comment)));
  assert.equal(times(text, comment), 1);
});

test("QuickTime's own comment is taken over, its other texts stay", () => {
  const text = (type: string, value: string) =>
    box(type, Buffer.from([0, value.length, 0, 0]), Buffer.from(value));
  const written = disclosed(
    text("\u00a9cmt", "Mine"),
    text("\u00a9swr", "A camera"),
    Buffer.alloc(4),
  );
  assert.equal(times(written, `${comment}\nMine`), 1);
  assert.equal(times(written, "A camera"), 1);
});

test("metadata whose items have numbers is left alone", () => {
  const foreign = meta("mdta", item("\0\0\0\x01", "Numbered"));
  const text = disclosed(foreign);
  assert.ok(text.startsWith(foreign.toString("latin1")));
  assert.equal(times(text, comment), 1);
});
