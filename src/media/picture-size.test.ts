import assert from "node:assert/strict";
import { test } from "node:test";
import { pictureSize } from "./picture-size.ts";

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part),
    ),
  );
const riff = (kind: string, ...rest: number[][]) =>
  bytes("RIFF", [0, 0, 0, 0], "WEBP", kind, [0, 0, 0, 0], ...rest);

const SIZES: [what: string, head: Buffer][] = [
  [
    "a PNG",
    bytes([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13], "IHDR", [0, 0, 3, 32, 0, 0, 1, 44]),
  ],
  [
    "a JPEG whose metadata comes first",
    bytes(
      [0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 3, 4],
      [0xff, 0xff, 0xc4, 0, 4, 0, 0],
      [...[0xff, 0xc2, 0, 17, 8, 1, 44, 3, 32, 3]],
    ),
  ],
  ["an extended WebP", riff("VP8X", [0, 0, 0, 0], [31, 3, 0, 43, 1, 0])],
  ["a lossless WebP", riff("VP8L", [0x2f], [0x1f, 0xc3, 0x4a, 0x00])],
  ["a lossy WebP", riff("VP8 ", [0, 0, 0, 0x9d, 1, 0x2a], [32, 3, 44, 1])],
];
for (const [what, head] of SIZES) {
  test(`${what} tells its size`, () => {
    assert.deepEqual(pictureSize(head), { width: 800, height: 300 });
  });

  test(`${what} that ends before its size tells none`, () => {
    assert.equal(pictureSize(head.subarray(0, head.length - 6)), null);
  });
}

test("other files and nothing tell none", () => {
  for (const head of [
    Buffer.alloc(0),
    Buffer.from("hello, world"),
    Buffer.from([0xff, 0xd8, 0, 0]),
  ]) {
    assert.equal(pictureSize(head), null);
  }
});
