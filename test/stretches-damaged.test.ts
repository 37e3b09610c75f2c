import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { AppError } from "../src/domain/app-error.ts";
import { seededRandom } from "../src/signal/seeded-random.ts";
import { makeMedia } from "./support/make-media.ts";
import { compileBase, nameIn, renderTo, slotAt } from "./support/render-template.ts";

const ROUNDS = 60;
const SLOT = slotAt(0.6, 1);

let folder = "";
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "vocative-damaged-"));
});
after(() => rmSync(folder, { recursive: true }));

/** What became of a base: "ok" or an error's code; INTERNAL for what nobody meant. */
async function outcomeOf(base: string): Promise<string> {
  try {
    const { template } = await compileBase({ base, folder, slots: [SLOT] });
    await renderTo(path.join(folder, "out.mp4"), template, [
      nameIn(template, SLOT, 2 * template.lengthStep),
    ]);
    return "ok";
  } catch (error) {
    return error instanceof AppError ? error.code : `INTERNAL: ${error}`;
  }
}

test("a base with a damaged index is served or refused with a reason", async () => {
  const { file } = makeMedia({
    file: path.join(folder, "base.mp4"),
    container: "mp4",
    video: { codec: "h264", bFrames: 2, gop: 20, width: 64, height: 48 },
    audio: { codec: "aac", sampleRate: 48_000, channels: 1 },
    sound: [{ kind: "speech", seconds: 1.6 }],
  });
  const bytes = readFileSync(file);
  const index = bytes.indexOf("mdat");
  const random = seededRandom(5);
  const counts = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    const damaged = Buffer.from(bytes);
    for (let change = 0; change <= round % 3; change++) {
      const within = random() < 0.9 ? index : damaged.length;
      damaged[Math.floor(random() * within)] = Math.floor(random() * 256);
    }
    const base = path.join(folder, `damaged-${round}.mp4`);
    writeFileSync(base, damaged);
    const outcome = await outcomeOf(base);
    assert.ok(!outcome.startsWith("INTERNAL"), `round ${round}: ${outcome}`);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    rmSync(base);
  }
  const told = JSON.stringify([...counts]);
  assert.ok((counts.get("ok") ?? 0) > 10 && (counts.get("MEDIA_UNREADABLE") ?? 0) > 5, told);
});
