import assert from "node:assert/strict";
import { test } from "node:test";
import type { Slot } from "../domain/slot.ts";
import { separateSlots } from "./separate-slots.ts";

function slot(start: number, end: number, roomEnd: number): Slot {
  const room = { start: start - 0.05, end: roomEnd };
  return { start, end, room, foundBy: "transcript", confidence: 1 };
}
const roomEnds = (slots: Slot[]) =>
  separateSlots(slots).map(({ room }) => Math.round(room.end * 1000) / 1000);

test("slots that are far apart keep all of their pauses", () => {
  const slots = [slot(0.4, 0.8, 1.3), slot(2.4, 2.8, 3.2)];
  assert.deepEqual(separateSlots(slots), slots);
});

test("a slot leaves the next one room, but keeps what the old name fades out in", () => {
  assert.deepEqual(roomEnds([slot(0.7, 1.1, 1.4), slot(2.04, 2.4, 2.9)]), [1.32, 2.9]);
  assert.deepEqual(roomEnds([slot(0.7, 1.1, 1.4), slot(1.57, 1.9, 2.2)]), [1.27, 2.2]);
  assert.deepEqual(roomEnds([slot(0.7, 1.1, 1.15), slot(1.2, 1.5, 1.5)]), [1.15, 1.5]);
});
