import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { ownBytes } from "../../src/domain/rendition.ts";
import type { Template } from "../../src/domain/template.ts";
import { createRendererCache } from "../../src/media/renderers.ts";
import { makeMedia } from "../support/make-media.ts";
import { compileBase, nameIn, numberedPictures, slotAt } from "../support/render-template.ts";

const SLOT = slotAt(1.3, 1.9);
const PACKET = 1024;
const GOP = 250;
const FRAME_RATE = 25;
const RUNS = 15;

let folder = "";
const templates: Template[] = [];
const LENGTHS = [10, 240] as const;
before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "vocative-cost-"));
  for (const seconds of LENGTHS) {
    const { file } = makeMedia({
      file: path.join(folder, `${seconds}.mp4`),
      container: "mp4",
      video: { codec: "h264", bFrames: 2, gop: GOP, frameRate: FRAME_RATE, width: 64, height: 48 },
      audio: { codec: "aac", sampleRate: 16_000, channels: 1 },
      sound: [
        { kind: "speech", seconds: 4 },
        { kind: "silence", seconds: seconds - 4 },
      ],
    });
    const { template } = await compileBase({ base: file, folder, slots: [SLOT] });
    templates.push(template);
  }
});
after(() => rmSync(folder, { recursive: true }));

test("own bytes and work of a longer name do not grow with the base", async () => {
  const renderers = createRendererCache();
  const measured: { own: number; milliseconds: number }[] = [];
  for (const template of templates) {
    const [stretch] = template.stretches;
    assert.ok(stretch);
    const pictures = numberedPictures(template, stretch, stretch.frames + 8);
    const edits = [{ ...nameIn(template, SLOT, 5 * PACKET), pictures }];
    const renderer = await renderers.for(template);
    const times: number[] = [];
    let own = 0;
    for (let run = 0; run < RUNS; run++) {
      const begun = performance.now();
      const { rendition } = renderer.render({ edits, matchLoudness: null });
      times.push(performance.now() - begun);
      own = ownBytes(rendition);
    }
    measured.push({ own, milliseconds: Math.min(...times) });
  }
  const [short, long] = measured;
  assert.ok(short && long);
  // The numbers of key frames behind the slot are written anew: 4 bytes each.
  const keyFrames = (LENGTHS[1] * FRAME_RATE) / GOP;
  const more = long.own - short.own;
  assert.ok(more < 4 * keyFrames + 400, `${more} bytes more: ${JSON.stringify(measured)}`);
  assert.ok(long.milliseconds < 2 * short.milliseconds + 3, JSON.stringify(measured));
});
