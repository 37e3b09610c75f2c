import assert from "node:assert/strict";
import { test } from "node:test";
import { type DetectorOutput, facesInOutput, overlap } from "./face-boxes.ts";

/** An output without faces, as the detector gives it. */
function emptyOutput(): DetectorOutput {
  return [512, 384].map((anchors) => ({
    logits: new Float32Array(anchors).fill(-20),
    boxes: new Float32Array(anchors * 16),
  }));
}

/** Middle and size from the anchor, then the two eyes from it. */
function mark(output: DetectorOutput, level: number, anchor: number, logit: number, box: number[]) {
  const { logits, boxes } = output[level] ?? assert.fail("no such level");
  logits[anchor] = logit;
  boxes.set(box, anchor * 16);
}

test("an output in which no anchor is sure has no faces", () => {
  assert.deepEqual(facesInOutput(emptyOutput(), 0.3), []);
});

test("a box stands where its anchor is, on the fine and on the coarse level", () => {
  const output = emptyOutput();
  // Two anchors a place, 16 places a row: the third place of the second row.
  mark(output, 0, (16 + 2) * 2 + 1, 0, [3, -1, 20, 24, -5, 0, 5, 0]);
  // Six anchors a place, 8 places a row: the last place.
  mark(output, 1, 383, 2, [0, 0, 60, 60, 0, -10, 0, 10]);
  const [coarse, fine] = facesInOutput(output, 0.3);
  assert.deepEqual(fine, { score: 0.5, x: 43, y: 23, width: 20, height: 24, angle: 0 });
  assert.deepEqual([coarse?.x, coarse?.y], [240, 240]);
  assert.equal(coarse?.angle, Math.PI / 2, "the eyes are above each other");
  assert.ok(Math.abs((coarse?.score ?? 0) - 1 / (1 + Math.exp(-2))) < 1e-6);
});

test("boxes of one face become one, nearer to the surer one; faces apart stay apart", () => {
  const output = emptyOutput();
  mark(output, 0, 0, Math.log(3), [40, 40, 30, 30, -5, 0, 5, 0]);
  mark(output, 0, 1, Math.log(1), [45, 40, 30, 30, -5, 0, 5, 0]);
  mark(output, 0, 2, Math.log(1), [150, 40, 30, 30, -5, 0, 5, 0]);
  const faces = facesInOutput(output, 0.3);
  assert.equal(faces.length, 2);
  assert.ok(Math.abs((faces[0]?.score ?? 0) - 0.75) < 1e-6);
  assert.ok(Math.abs((faces[0]?.x ?? 0) - (48 * 0.75 + 53 * 0.5) / 1.25) < 1e-4);
});

test("the overlap of rectangles is 1 for the same, 0 for separate ones, a third for halves", () => {
  const one = { x: 5, y: 5, width: 10, height: 10 };
  assert.equal(overlap(one, one), 1);
  assert.equal(overlap(one, { ...one, x: 16 }), 0);
  assert.equal(overlap(one, { ...one, x: 10 }), 1 / 3);
  assert.equal(overlap({ ...one, width: 0, height: 0 }, { ...one, width: 0, height: 0 }), 0);
});
