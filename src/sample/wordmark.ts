import { ellipse, type Outline, stroke } from "../drawing/outline.ts";

/** Letters of one round pen. Units: capital height 40, small letters 27; the base line is y = 0. */
const PEN = 5.6;
const ROUND = 11.4;
const MIDDLE = -ROUND - 0.2;

type Letter = { advance: number; lines: number[][]; dot?: [number, number] };

const LETTERS: Record<string, Letter> = {
  V: { advance: 35, lines: [[0, -37, 14, 0, 28, -37]] },
  o: { advance: 31, lines: [arc(0, 360)] },
  c: { advance: 27, lines: [arc(45, 315)] },
  a: { advance: 32, lines: [arc(0, 360), [2 * ROUND, -23, 2 * ROUND, 0]] },
  t: {
    advance: 21,
    lines: [
      [6, -34, 6, -6, 7, -2, 10, 0, 14, 0],
      [0, -23, 13, -23],
    ],
  },
  i: { advance: 11, lines: [[1, -23, 1, 0]], dot: [1, -34] },
  v: { advance: 27, lines: [[0, -23, 10, 0, 20, -23]] },
  e: { advance: 24, lines: [[1, MIDDLE, 2 * ROUND - 0.5, MIDDLE], arc(50, 360)] },
};

function arc(start: number, end: number): number[] {
  return ellipse(ROUND, MIDDLE, ROUND, ROUND, { start, end });
}

/** The word in drawn letters from x = 0 on, its base line at y = 0. */
export function wordmark(word = "Vocative"): { outline: Outline; width: number } {
  const outline: Outline = [];
  let x = 0;
  for (const sign of word) {
    const letter = LETTERS[sign];
    if (!letter) continue;
    for (const line of letter.lines) {
      outline.push(
        ...stroke(
          line.map((value, i) => (i % 2 === 0 ? value + x : value)),
          PEN,
        ),
      );
    }
    if (letter.dot) outline.push(ellipse(x + letter.dot[0], letter.dot[1], PEN * 0.66));
    x += letter.advance;
  }
  return { outline, width: x };
}
