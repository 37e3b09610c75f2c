import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError, type ErrorCode } from "../domain/app-error.ts";
import type { Slot } from "../domain/slot.ts";
import type { PictureStretch, Template } from "../domain/template.ts";
import type { LipSync, LipSyncRequest } from "../ports/lip-sync.ts";
import { animateSlot } from "./animate-slot.ts";
import type { SpokenSlot } from "./speak-clip.ts";

const RATE = 48_000;
const SLOT: Slot = {
  ...{ start: 2.2, end: 2.6, room: { start: 2, end: 2.9 } },
  ...{ foundBy: "silence", confidence: 0.9 },
};
const STRETCH: PictureStretch = {
  ...{ file: "stretch.mp4", start: 2, end: 3, width: 64, height: 64 },
  ...{ frames: 25, cuts: [10, 25], maxBytes: 1000 },
};

function templateWith(stretches: Template["stretches"]): Template {
  return {
    ...{ id: "0123abcd", mediaType: "video/mp4", folder: "folder", file: "base.mp4" },
    ...{ sizeBytes: 1, duration: 5, sampleRate: RATE, lengthStep: 1, stretches },
    ...{ audio: "base", video: "base" },
  };
}

/** A text of 0.4 s, spoken 0.1 s after where the slot is cut, at `stretch` times its pace. */
function spoken({
  stretch = 1,
  longer = 0,
}: {
  stretch?: number;
  longer?: number;
} = {}): SpokenSlot {
  const clipSeconds = 0.4;
  const sampleRate = 16_000;
  const natural = clipSeconds * stretch;
  const cut = { start: 2.15 * RATE, end: 2.65 * RATE };
  const fill = {
    ...{ length: cut.end - cut.start + longer * RATE, clipStart: 0.1 * RATE },
    ...{ clipLength: clipSeconds * RATE },
  };
  return {
    clip: {
      audio: {
        samples: Float32Array.from({ length: Math.round(natural * sampleRate) }, (_, at) =>
          Math.sin(at / 10),
        ),
        sampleRate,
      },
      phonemes: [{ symbol: "a", start: 0.1 * stretch, end: 0.3 * stretch }],
      warnings: [],
    },
    plan: { fits: true, edit: { cut, fill }, clipSeconds, stretch } as SpokenSlot["plan"], // nothing else is looked at
  };
}

const PICTURES = [Uint8Array.of(1)];

function lipSyncThat(
  animate: (request: LipSyncRequest, signal: AbortSignal) => Promise<Uint8Array[]>,
) {
  const requests: LipSyncRequest[] = [];
  const lipSync: LipSync = {
    ...{ provider: "fake", cacheKey: "fake", close: async () => {} },
    animate(request, { signal }) {
      requests.push(request);
      return animate(request, signal);
    },
  };
  return { lipSync, requests };
}

const { signal } = new AbortController();
const scope = (lipSync: LipSync, stretches: Template["stretches"] = [STRETCH]) => ({
  ...{ lipSync, slot: SLOT, template: templateWith(stretches), stretch: 0 },
});

test("the pictures that are asked for begin with the stretch, and the words where they are heard", async () => {
  const { lipSync, requests } = lipSyncThat(async () => PICTURES);
  const made = await animateSlot(scope(lipSync), spoken(), signal);
  assert.deepEqual(made, { pictures: PICTURES, warnings: [] });
  const [request] = requests;
  assert.ok(request);
  assert.ok(Math.abs(request.speech.start - 0.25) < 1e-9);
  assert.equal(request.speech.audio.samples.length, 0.4 * 16_000);
  assert.deepEqual(request.speech.phonemes, [{ symbol: "a", start: 0.1, end: 0.3 }]);
  // At rest 0.2 s after the last word, at 2.85 s: only the last cut is behind that.
  assert.deepEqual([request.sources.length, request.frameSeconds], [25, 0.04]);
});

test("words that are said faster in the output are handed over at that pace, with their phonemes", async () => {
  const { lipSync, requests } = lipSyncThat(async () => PICTURES);
  await animateSlot(scope(lipSync), spoken({ stretch: 1.25 }), signal);
  const speech = requests[0]?.speech;
  assert.equal(speech?.audio.samples.length, 0.4 * 16_000);
  const [phoneme] = speech?.phonemes ?? [];
  assert.ok(Math.abs((phoneme?.start ?? 0) - 0.1) < 1e-9);
  assert.ok(Math.abs((phoneme?.end ?? 0) - 0.3) < 1e-9);
});

test("a text that makes the base longer is shown in more pictures than there are", async () => {
  const { lipSync, requests } = lipSyncThat(async () => PICTURES);
  await animateSlot(scope(lipSync), spoken({ longer: 0.6 }), signal);
  const { sources = [], frameSeconds = 0 } = requests[0] ?? {};
  assert.deepEqual([sources.length, sources[0], sources.at(-1)], [40, 0, 24]);
  assert.ok(Math.abs(sources.length * frameSeconds - 1.6) < 1e-9);
  assert.ok(sources.every((source, at) => at === 0 || source >= (sources[at - 1] ?? 0)));
});

test("a voice without phonemes has none handed over", async () => {
  const { lipSync, requests } = lipSyncThat(async () => PICTURES);
  const { clip, plan } = spoken();
  await animateSlot(scope(lipSync), { clip: { ...clip, phonemes: null }, plan }, signal);
  assert.ok(requests[0] && !("phonemes" in requests[0].speech));
});

test("pictures that do not suit stay as they are, with the reason", async () => {
  for (const code of ["NO_FACE", "FACE_UNSUITABLE"] as const) {
    const { lipSync } = lipSyncThat(() => Promise.reject(new AppError(code, "look to the camera")));
    assert.deepEqual(await animateSlot(scope(lipSync), spoken(), signal), {
      warnings: [{ code: "LIP_SYNC_SKIPPED", message: "without lip-sync: look to the camera" }],
    });
  }
});

test("whatever else goes wrong is the recipient's failure, not a video without lip-sync", async () => {
  for (const code of ["FACE_FAILED", "CANCELLED", "DISK_FULL", "INTERNAL"] as ErrorCode[]) {
    const { lipSync } = lipSyncThat(() => Promise.reject(new AppError(code, "odd")));
    await assert.rejects(animateSlot(scope(lipSync), spoken(), signal), { code });
  }
  const { lipSync } = lipSyncThat(() => Promise.reject(new TypeError("a bug")));
  await assert.rejects(animateSlot(scope(lipSync), spoken(), signal), TypeError);
});

test("where no pictures may be replaced nobody is asked", async () => {
  const { lipSync, requests } = lipSyncThat(async () => PICTURES);
  assert.deepEqual(await animateSlot(scope(lipSync, [null]), spoken(), signal), { warnings: [] });
  assert.deepEqual(requests, []);
});

test("the caller's signal reaches the provider", async () => {
  const leaving = new AbortController();
  const { lipSync } = lipSyncThat(
    (_, given) =>
      new Promise((_resolve, reject) => {
        given.addEventListener("abort", () => reject(new AppError("CANCELLED", "cancelled")));
      }),
  );
  const made = animateSlot(scope(lipSync), spoken(), leaving.signal);
  leaving.abort();
  await assert.rejects(made, { code: "CANCELLED" });
});
