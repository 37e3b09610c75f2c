import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createLiveFaces } from "../../src/face/live/live-faces.ts";
import { canSeeProcesses, readProcess } from "../support/process-tree.ts";

const MOST_GROWTH = 1.05;
const signal = new AbortController().signal;
const faces = { find: async () => [], close: async () => {} };
const live = createLiveFaces({ faces, pool: 1 });
after(() => live.close());

test("500 answers that are broken off leave nothing behind", async (context) => {
  if (!canSeeProcesses) return context.skip("this system does not tell of its processes");
  const portrait = await live.open({ image: null, fps: 25, size: 128 }, { signal });
  const samples = Float32Array.from({ length: 44_100 }, (_, i) => 0.3 * Math.sin(i / 20));
  const audio = { samples, sampleRate: 22_050 };

  async function breakOff(times: number): Promise<number> {
    for (let i = 0; i < times; i++) {
      const answer = portrait.begin({
        onFragment: ({ start }) => {
          if (start > 0) answer.cancel();
        },
      });
      await assert.rejects(answer.say({ audio }), /cancelled/);
    }
    const [pid = 0] = live.pids();
    return readProcess(pid)?.bytes ?? 0;
  }

  const warm = await breakOff(250);
  const later = await breakOff(500);
  assert.ok(later < MOST_GROWTH * warm, `${later} bytes after ${warm}`);
  const answer = portrait.begin({ onFragment: () => {} });
  await answer.say({ audio });
  assert.ok((await answer.end()) > 2);
});
