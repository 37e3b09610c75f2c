import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import type { Face, Picture } from "../src/domain/face.ts";
import { createFaceFinder } from "../src/face/landmarks/face-finder.ts";
import { createMouthTrack } from "../src/face/visemes/mouth-track.ts";
import { visemesOfPhonemes } from "../src/face/visemes/visemes-of-phonemes.ts";
import { correlation } from "../src/signal/testing/correlation.ts";
import { openChromium, playInChromium } from "./support/chromium.ts";
import {
  type LipSyncedCampaign,
  type LipSyncedOutput,
  lipSyncedCampaign,
} from "./support/lip-synced.ts";
import { decodedFrames, type ReadFrame, videoPacketHashes } from "./support/read-media.ts";
import { makeTalkingBase, type TalkingBase } from "./support/talking-base.ts";

/** Diamond and platinum, from a base and a sheet to videos, and back from their pictures and sound. */

const folder = mkdtempSync(path.join(tmpdir(), "vocative-diamond-"));
const inside = (file: string) => path.join(folder, file);
const faces = createFaceFinder();
const { signal } = new AbortController();
let base: TalkingBase;
before(async () => {
  base = await makeTalkingBase({
    file: inside("base.mp4"),
    parts: [0.4, "Rahul", 0.45, "welcome to our school, we are happy to see you", 0.4],
  });
});
after(async () => {
  await faces.close();
  rmSync(folder, { recursive: true });
});

const framesOf = (file: string): ReadFrame[] => [...decodedFrames(file)];

async function faceOf({ width, height, luma }: ReadFrame): Promise<Face> {
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < luma.length; i++) {
    pixels.fill(Math.min(255, Math.max(0, ((luma[i] ?? 16) - 16) * (255 / 219))), 3 * i, 3 * i + 3);
  }
  const picture: Picture = { width, height, pixels };
  const [face] = await faces.find(picture, { signal });
  assert.ok(face && face.score > 0.8, "a face");
  return face;
}

/** How wide the mouth stands open. */
function openingOf({ landmarks }: Face): number {
  const between = (a: number, b: number) => {
    const at = (index: number) => landmarks[index] ?? Number.NaN;
    return Math.hypot(at(2 * a) - at(2 * b), at(2 * a + 1) - at(2 * b + 1));
  };
  return between(13, 14) / between(61, 291);
}

/** Mean difference of two pictures in a band of rows, levels. */
function difference(a: ReadFrame, b: ReadFrame, [top, bottom]: [number, number]): number {
  let sum = 0;
  const from = Math.round(top * a.height) * a.width;
  const to = Math.round(bottom * a.height) * a.width;
  for (let i = from; i < to; i++) sum += Math.abs((a.luma[i] ?? 0) - (b.luma[i] ?? 0));
  return sum / (to - from);
}

describe("a name in the pause of a base", () => {
  let synced: LipSyncedCampaign;
  let plain: LipSyncedCampaign;
  const outputOf = ({ outputs }: LipSyncedCampaign, name: string): LipSyncedOutput => {
    const output = outputs.get(name);
    assert.ok(output, `${name} was made`);
    return output;
  };
  before(async () => {
    const campaign = { folder, base: base.file, sheet: "name\nMariam Babu\nAl\n" };
    synced = await lipSyncedCampaign({ ...campaign, options: { lipSyncProvider: "mouth" } });
    plain = await lipSyncedCampaign({ ...campaign, options: { lipSyncProvider: "none" } });
  });

  test("is said by the speaker's mouth, to the frame, and only the mouth is another", async (t) => {
    const { file, record, request } = outputOf(synced, "Mariam Babu");
    assert.deepEqual(record.warnings, []);
    const [stretch] = synced.template.stretches;
    const count = request.edits[0]?.pictures?.length ?? 0;
    assert.ok(stretch && count > 0);
    const made = framesOf(file)
      .filter(({ time }) => time >= stretch.start - 1e-6)
      .slice(0, count);
    const recorded = framesOf(plain.template.file).filter(
      ({ time }) => time >= stretch.start - 1e-6,
    );
    const before = made.map((frame, i) => {
      const source = count > stretch.frames ? Math.floor(((i + 0.5) * stretch.frames) / count) : i;
      return recorded[source] ?? frame;
    });
    const openings = await Promise.all(made.map(async (frame) => openingOf(await faceOf(frame))));

    const speech = synced.spoken.get("Mariam Babu");
    assert.ok(speech?.phonemes && record.slot);
    const [firstPhoneme] = speech.phonemes;
    const shift = record.slot.start - stretch.start - (firstPhoneme?.start ?? 0);
    const seconds = (stretch.end - stretch.start) / stretch.frames;
    const timed = speech.phonemes.map((one) => {
      return { ...one, start: one.start + shift, end: one.end + shift };
    });
    const track = createMouthTrack(visemesOfPhonemes(timed, count * seconds));
    const meant = made.map((_, i) => track.at((i + 0.5) * seconds, seconds));
    const inner = made.map((_, i) => i).slice(3, -3);
    const byLag = [-2, -1, 0, 1, 2].map((lag) => {
      const at = inner.filter((i) => meant[i - lag]);
      return [
        lag,
        correlation(
          at.map((i) => meant[i - lag]?.open ?? 0),
          at.map((i) => openings[i] ?? 0),
        ),
      ] as const;
    });
    t.diagnostic(byLag.map(([lag, r]) => `${lag}: ${r.toFixed(3)}`).join(", "));
    const [best, r] = byLag.toSorted(([, a], [, b]) => b - a)[0] ?? [];
    assert.deepEqual([best, (r ?? 0) >= 0.85], [0, true]);
    const closed = Math.min(...openings);
    for (const i of inner) {
      if ((meant[i]?.press ?? 0) > 0.9) {
        assert.ok((openings[i] ?? 1) < closed + 0.06, `lips meet in picture ${i}`);
      }
    }

    const eyes: [number, number] = [0, 0.5];
    const mouth: [number, number] = [0.5, 1];
    const changes = made.map((frame, i) => {
      const other = before[i] ?? frame;
      return { above: difference(frame, other, eyes), below: difference(frame, other, mouth) };
    });
    // Both were encoded: a difference of less than a level is none.
    assert.ok(Math.max(...changes.map(({ above }) => above)) < 0.8, "the upper half stays");
    assert.ok(Math.max(...changes.map(({ below }) => below)) > 1, "the mouth does not");
    for (const end of [changes[0], changes.at(-1)]) assert.ok((end?.below ?? 9) < 0.6, "no jump");
  });

  test("leaves every other picture as it is: packets are the same but for the slot's", () => {
    const template = videoPacketHashes(synced.template.file);
    for (const name of ["Mariam Babu", "Al"]) {
      const hashes = videoPacketHashes(outputOf(synced, name).file);
      const changed = hashes.filter((hash) => !template.includes(hash)).length;
      assert.equal(changed, outputOf(synced, name).request.edits[0]?.pictures?.length);
    }
    const own = videoPacketHashes(base.file);
    const kept = template.filter((hash) => own.includes(hash)).length;
    assert.ok(kept > 0.3 * own.length, `${kept} of ${own.length} are the base's own`);
  });

  test("plays in Chromium to the end", async (t) => {
    const browser = await openChromium();
    if (!browser) return t.skip("no Chromium here");
    try {
      const { file } = outputOf(synced, "Mariam Babu");
      const played = await playInChromium(file, browser);
      assert.equal(played.error, null);
      assert.ok(Math.abs(played.playedTo - played.duration) < 0.1, JSON.stringify(played));
      assert.ok(played.framesDecoded >= framesOf(file).length - 2, `${played.framesDecoded}`);
    } finally {
      await browser.close();
    }
  });
});
