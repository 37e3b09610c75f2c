import assert from "node:assert/strict";
import { durationOf } from "../../src/domain/audio.ts";
import { drawAvatar } from "../../src/face/avatar/draw-avatar.ts";
import { boundsOf } from "../../src/face/landmarks/landmark-points.ts";
import type { Yuv420 } from "../../src/face/portrait/planes.ts";
import { agreement } from "./compare-sound.ts";
import { filmPictures } from "./film.ts";
import type { LipSyncedCampaign, LipSyncedOutput } from "./lip-synced.ts";
import { decodeSound } from "./read-media.ts";

/** What of an output's pictures is another than in its template: measures for assertions. */

/** A part of a picture, pixels. */
export type Part = { left: number; top: number; right: number; bottom: number };

export type PicturePair = { made: Yuv420; recorded: Yuv420; time: number };

export function outputOf({ outputs }: LipSyncedCampaign, name: string): LipSyncedOutput {
  const output = outputs.get(name);
  assert.ok(output, `${name} was made`);
  return output;
}

/** The pictures made for a campaign's first slot beside those that they show again. */
export function newPictures(campaign: LipSyncedCampaign, name: string): PicturePair[] {
  const [first] = newPicturesOfSlots(campaign, name);
  assert.ok(first, "a slot");
  return first;
}

/** The same for each slot. */
export function newPicturesOfSlots(campaign: LipSyncedCampaign, name: string): PicturePair[][] {
  const { file, request } = outputOf(campaign, name);
  const before = filmPictures(campaign.template.file);
  const film = filmPictures(file);
  let shift = 0;
  return campaign.template.stretches.map((stretch, slot) => {
    const count = request.edits[slot]?.pictures?.length ?? 0;
    assert.ok(stretch && count > 0, `${name} has new pictures in slot ${slot}`);
    const { frames } = stretch;
    const first = before.times.findIndex((time) => time >= stretch.start - 1e-4);
    const pairs = Array.from({ length: count }, (_, i) => {
      const source = count > frames ? Math.floor(((i + 0.5) * frames) / count) : i;
      const made = film.pictures[first + shift + i];
      const recorded = before.pictures[first + source];
      assert.ok(made && recorded, `picture ${i} of ${count}`);
      return { made, recorded, time: film.times[first + shift + i] ?? 0 };
    });
    shift += Math.max(0, count - frames);
    return pairs;
  });
}

const BLOCK = 16;
/** Both were encoded, which alone changes a block by less than this, levels on average. */
const NOISE = 4;

/** The middles of those blocks of 16 × 16 pixels that are another in some picture. */
export function changedPlaces(pairs: readonly PicturePair[]): { x: number; y: number }[] {
  const places = new Map<string, { x: number; y: number }>();
  for (const { made, recorded } of pairs) {
    const { width } = made;
    for (let y = 0; y + BLOCK <= made.height; y += BLOCK) {
      for (let x = 0; x + BLOCK <= width; x += BLOCK) {
        let sum = 0;
        for (let row = y; row < y + BLOCK; row++) {
          for (let at = row * width + x; at < row * width + x + BLOCK; at++) {
            sum += Math.abs((made.y[at] ?? 0) - (recorded.y[at] ?? 0));
          }
        }
        if (sum <= NOISE * BLOCK * BLOCK) continue;
        places.set(`${x},${y}`, { x: x + BLOCK / 2, y: y + BLOCK / 2 });
      }
    }
  }
  return [...places.values()];
}

/** Where a mouth that moves may be seen in an avatar of so many pixels: from its nose to below its chin. */
export function lowerFace(size: number): Part {
  const { x, y, width, height } = boundsOf(drawAvatar(size).landmarks);
  return {
    left: x - width / 2,
    right: x + width / 2,
    top: y,
    bottom: y + 0.75 * height,
  };
}

/** Whether a mouth moved in a part of the pictures, and nothing anywhere else. */
export function assertOnlyIn(pairs: readonly PicturePair[], part: Part): void {
  const changed = changedPlaces(pairs);
  const elsewhere = changed.filter(
    ({ x, y }) => x < part.left || x > part.right || y < part.top || y > part.bottom,
  );
  assert.deepEqual(elsewhere, [], `${JSON.stringify(part)} alone changes`);
  assert.ok(changed.length > 0, "the mouth moves");
}

/**
 * How many seconds later than in a base a part of its speech is heard in an output.
 * @param part.later As it may be, besides 0 and by what the output is longer.
 */
export function heardLater(
  base: string,
  output: string,
  { start, end, later = 0 }: { start: number; end: number; later?: number },
): number {
  const [before, after] = [decodeSound(base), decodeSound(output)];
  const { sampleRate } = before;
  const longer = Math.round(Math.max(0, durationOf(after) - durationOf(before)) * sampleRate);
  // What is longer may lie before the part or after it.
  const [best] = [0, longer, Math.round(later * sampleRate)]
    .map((guess) => {
      const shifted = { sampleRate, samples: after.samples.subarray(guess) };
      return { guess, ...agreement(before, shifted, { start, end, reach: 1500 }) };
    })
    .toSorted((a, b) => a.residualDb - b.residualDb);
  assert.ok(best && best.residualDb < -15, `the speech is the base's (${best?.residualDb} dB)`);
  return (best.guess + best.offset) / sampleRate;
}

/** How many seconds later than in a base its picture of a moment is seen in an output. */
export function seenLater(base: string, output: string, later: number, at: number): number {
  const [before, after] = [filmPictures(base), filmPictures(output)];
  const shownAt = after.times.findLastIndex((time) => time <= at + later + 1e-6);
  const shown = after.pictures[shownAt];
  assert.ok(shown, "a picture is shown");
  const differences = before.pictures.map(({ y }) => {
    let sum = 0;
    for (let i = 0; i < y.length; i++) sum += Math.abs((y[i] ?? 0) - (shown.y[i] ?? 0));
    return sum / y.length;
  });
  const best = differences.indexOf(Math.min(...differences));
  return (after.times[shownAt] ?? 0) - (before.times[best] ?? 0);
}

/** What is said then is heard and seen at the same time. */
export function assertInStep(
  base: string,
  output: string,
  part: { start: number; end: number; later?: number },
): number {
  const { times } = filmPictures(base);
  const frame = Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? 0)));
  const heard = heardLater(base, output, part);
  const seen = seenLater(base, output, heard, (part.start + part.end) / 2);
  assert.ok(Math.abs(seen - heard) <= 1.01 * frame, `heard ${heard} s, seen ${seen} s later`);
  return heard;
}
