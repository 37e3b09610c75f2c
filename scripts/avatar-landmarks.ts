// Finds the default avatar's landmarks in its picture and writes src/face/avatar/landmark-table.ts.
// Run it after the drawing has changed: node scripts/avatar-landmarks.ts
import { writeFile } from "node:fs/promises";
import { LANDMARKS } from "../src/domain/face.ts";
import { drawnLandmarks } from "../src/face/avatar/avatar-landmarks.ts";
import { UNITS } from "../src/face/avatar/features.ts";
import { paintAvatar } from "../src/face/avatar/paint-avatar.ts";
import { createFaceFinder } from "../src/face/landmarks/face-finder.ts";

/** A landmark follows the drawn ones around it so far, in the drawing's units. */
const REACH = 30;
const TARGET = new URL("../src/face/avatar/landmark-table.ts", import.meta.url);

const finder = createFaceFinder();
const [face] = await finder.find(paintAvatar(UNITS), { signal: AbortSignal.timeout(60_000) });
await finder.close();
if (!face || face.score < 0.9) throw new Error("the avatar's face is not found");

const found = Array.from({ length: LANDMARKS }, (_, index) => ({
  x: (face.landmarks[2 * index] ?? 0) - UNITS / 2,
  y: face.landmarks[2 * index + 1] ?? 0,
}));
const drawn = [...drawnLandmarks()].map(([index, [x, y]]) => {
  const from = found[index] ?? { x, y };
  return { index, x, y, from, dx: x - from.x, dy: y - from.y };
});

/** Moved by the mean of what the drawn landmarks near it were moved by, less the farther they are. */
const table = found.map(({ x, y }, index) => {
  const own = drawn.find((one) => one.index === index);
  if (own) return [own.x, own.y];
  let [sum, dx, dy, nearest] = [0, 0, 0, 0];
  for (const one of drawn) {
    const weight = Math.exp(-((x - one.from.x) ** 2 + (y - one.from.y) ** 2) / (2 * REACH ** 2));
    sum += weight;
    dx += weight * one.dx;
    dy += weight * one.dy;
    nearest = Math.max(nearest, weight);
  }
  const share = sum > 0 ? nearest / sum : 0;
  return [x + dx * share, y + dy * share];
});

const rows = table.map(
  (place) => `  ${place.map((value) => Math.round(value * 10) / 10).join(", ")},`,
);
await writeFile(
  TARGET,
  `// Written by scripts/avatar-landmarks.ts.

/**
 * The 468 landmarks that the face finder sees in the avatar, in units of the drawing, \`[landmark][x, y]\`;
 * around the eyes and the lips they are moved along with those that the drawing itself places.
 */
// biome-ignore format: a landmark a line
export const LANDMARK_TABLE: readonly number[] = [
${rows.join("\n")}
];
`,
);
const worst = Math.max(...drawn.map(({ dx, dy }) => Math.hypot(dx, dy)));
process.stderr.write(
  `score ${face.score}; the drawn landmarks lie up to ${worst.toFixed(1)} units from where they are found\n`,
);
