import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../signal/seeded-random.ts";
import { findSlot, type SlotRequest } from "./find-slot.ts";
import type { Pauses } from "./room-around.ts";

const REQUEST: SlotRequest = {
  position: "start",
  given: null,
  plausibleSeconds: 2.5,
  fixedSeconds: 0.5,
  silenceDb: -30,
};

type Span = [start: number, end: number];
const spans = (list: Span[]) => list.map(([start, end]) => ({ start, end }));

function pauses(duration: number, silences: Span[], shortSilences = silences): Pauses {
  return {
    duration,
    silences: spans(silences),
    shortSilences: spans(shortSilences),
    peakDb: -6,
  };
}

test("the first words that a pause ends are the name; the quiet around them is its room", () => {
  const slot = findSlot(
    pauses(10, [
      [0, 0.4],
      [1.2, 1.8],
      [5, 5.5],
    ]),
    REQUEST,
  );
  assert.deepEqual(slot, {
    start: 0.4,
    end: 1.2,
    room: { start: 0, end: 1.8 },
    foundBy: "silence",
    confidence: 0.7,
  });
});

test("a name at the very beginning has no quiet before it", () => {
  const slot = findSlot(pauses(10, [[1, 1.5]]), REQUEST);
  assert.deepEqual([slot.start, slot.room.start], [0, 0]);
});

test("a click before the name is not taken for it", () => {
  const slot = findSlot(
    pauses(10, [
      [0, 0.4],
      [0.44, 1],
      [1.7, 2.2],
    ]),
    REQUEST,
  );
  assert.deepEqual([slot.start, slot.end, slot.room.start], [1, 1.7, 0.44]);
});

test("when the first pause comes too late, a short one ends the name", () => {
  const slot = findSlot(
    pauses(
      10,
      [
        [0, 0.5],
        [6, 6.5],
      ],
      [
        [0, 0.5],
        [1.1, 1.2],
        [6, 6.5],
      ],
    ),
    REQUEST,
  );
  assert.deepEqual(slot, {
    start: 0.5,
    end: 1.1,
    room: { start: 0, end: 1.2 },
    foundBy: "short-pause",
    confidence: 0.5,
  });
});

test("without any pause a fixed length is replaced, and no quiet is claimed after it", () => {
  const slot = findSlot(
    pauses(10, [
      [0, 0.5],
      [6, 6.5],
    ]),
    REQUEST,
  );
  assert.deepEqual(slot, {
    start: 0.5,
    end: 1,
    room: { start: 0, end: 1 },
    foundBy: "fixed-length",
    confidence: 0.2,
  });
  assert.equal(findSlot(pauses(0.3, []), { ...REQUEST, plausibleSeconds: 0.1 }).end, 0.3);
});

test("where no pause ends the first words and the user does not say how much they are, nothing is cut", () => {
  const heard = pauses(10, [
    [0, 0.5],
    [6, 6.5],
  ]);
  assert.throws(() => findSlot(heard, { ...REQUEST, fixedSeconds: null }), {
    code: "SLOT_UNSURE",
    message: /begin at 0\.50 s.*2\.5 s.*--slot.*--transcript.*--spoken-name/u,
  });
});

test("at the end the slot follows the last word, whether or not its quiet is as long as a pause", () => {
  const atEnd = { ...REQUEST, position: "end" as const };
  for (const [heard, start] of [
    [
      pauses(10, [
        [0, 0.4],
        [9, 10],
      ]),
      9,
    ],
    [
      pauses(
        10,
        [[0, 0.4]],
        [
          [0, 0.4],
          [9.8, 10],
        ],
      ),
      9.8,
    ],
    [
      pauses(10, [
        [0, 0.4],
        [4, 5],
      ]),
      10,
    ],
    [
      pauses(10, [
        [0, 0.4],
        [9, 9.97],
      ]),
      9,
    ],
  ] as const) {
    const slot = findSlot(heard, atEnd);
    assert.deepEqual(slot, {
      start,
      end: 10,
      room: { start, end: 10 },
      foundBy: "end-of-speech",
      confidence: 0.9,
    });
  }
});

test("a base in which nobody speaks is refused with its level and the remedy", () => {
  assert.throws(() => findSlot(pauses(10, [[0, 10]]), REQUEST), {
    code: "NO_SPEECH",
    message: /above -30 dB.*loudest sample is at -6 dB.*--slot.*--silence-db/,
  });
});

test("given times are taken as they are, with the pauses that touch them as room", () => {
  const heard = pauses(
    10,
    [
      [0, 1],
      [2, 2.4],
    ],
    [
      [0, 1],
      [2, 2.4],
      [3.3, 3.4],
    ],
  );
  assert.deepEqual(findSlot(heard, { ...REQUEST, given: { start: 1.05, end: 1.95 } }), {
    start: 1.05,
    end: 1.95,
    room: { start: 0, end: 2.4 },
    foundBy: "given",
    confidence: 1,
  });
  const inside = findSlot(heard, { ...REQUEST, given: { start: 2.5, end: 3.3 } });
  assert.deepEqual(inside.room, { start: 2.5, end: 3.4 });
  const untouched = findSlot(heard, { ...REQUEST, given: { start: 5, end: 6 } });
  assert.deepEqual(untouched.room, { start: 5, end: 6 });
});

test("given times that are not a stretch of the base are refused", () => {
  for (const given of [
    { start: 2, end: 2 },
    { start: 3, end: 2 },
    { start: -1, end: 2 },
    { start: 9, end: 11 },
    { start: 10.01, end: 10.05 },
    { start: Number.NaN, end: 2 },
    { start: 1, end: Number.NaN },
  ]) {
    assert.throws(() => findSlot(pauses(10, []), { ...REQUEST, given }), { code: "SLOT_INVALID" });
  }
  const slot = findSlot(pauses(10, []), { ...REQUEST, given: { start: 9, end: 10.05 } });
  assert.equal(slot.end, 10);
});

test("whatever is heard, a slot is not empty, lies in its room, and the room in the base", () => {
  const random = seededRandom(11);
  for (let i = 0; i < 3000; i++) {
    const heard = randomPauses(random);
    const start = random() * heard.duration * 0.99;
    const given = random() < 0.3 ? { start, end: start + 0.01 + random() * 2 } : null;
    if (given && given.end > heard.duration) given.end = heard.duration;
    const position = random() < 0.3 ? "end" : "start";
    const { room, ...slot } = findSlot(heard, { ...REQUEST, given, position });
    const shown = JSON.stringify({ heard, given, room, slot });
    assert.ok(slot.end > slot.start || (position === "end" && slot.end === slot.start), shown);
    assert.ok(room.start <= slot.start && slot.end <= room.end, shown);
    assert.ok(room.start >= 0 && room.end <= heard.duration, shown);
  }
});

/** Speech of random lengths with pauses of random lengths between. */
function randomPauses(random: () => number): Pauses {
  const silences: Span[] = [];
  let at = random() < 0.5 ? 0 : 0.1 + random();
  for (let i = 0; i < 6; i++) {
    const end = at + 0.05 + random() * 0.6;
    silences.push([at, end]);
    at = end + 0.07 + random() * 2;
  }
  const duration = random() < 0.5 ? at : (silences.at(-1)?.[1] ?? at);
  const long = silences.filter(([start, end]) => end - start >= 0.3);
  return pauses(duration, long, silences);
}
