import assert from "node:assert/strict";
import { test } from "node:test";
import type { Slot } from "../domain/slot.ts";
import { seededRandom } from "../signal/seeded-random.ts";
import {
  editableInterval,
  FASTEST,
  type Plan,
  type PlanRequest,
  planEdit,
  SLOWEST,
} from "./plan-edit.ts";

const RUNS = 5000;
const RATES = [16_000, 22_050, 24_000, 44_100, 48_000];
/** Quiet that a name leaves before the speech after it, and the cross-fade that ends in it. */
const BREATH = 0.05;
const FADE = 0.012;

type Fits = Extract<Plan, { fits: true }>;

const cutLength = ({ edit }: Fits) => edit.cut.end - edit.cut.start;
const clipEnd = ({ edit }: Fits) => edit.cut.start + edit.fill.clipStart + edit.fill.clipLength;
const at = (seconds: number, { template }: PlanRequest) =>
  Math.round(seconds * template.sampleRate);

function fits(request: PlanRequest): Fits {
  const plan = planEdit(request);
  assert.ok(plan.fits, JSON.stringify(request));
  return plan;
}

/** Plans for many random slots, names and rates, of which the last arguments fix some properties. */
function forMany(
  seed: number,
  change: (request: PlanRequest, random: () => number) => PlanRequest,
  check: (plan: Plan, request: PlanRequest) => void,
): void {
  const random = seededRandom(seed);
  for (let i = 0; i < RUNS; i++) {
    const request = change(randomRequest(random), random);
    const plan = planEdit(request);
    try {
      if (plan.fits) requireSound(plan, request);
      check(plan, request);
    } catch (error) {
      throw new Error(`${JSON.stringify({ request, plan })}`, { cause: error });
    }
  }
}

function randomRequest(random: () => number): PlanRequest {
  const between = (low: number, high: number) => low + random() * (high - low);
  const roomStart = random() < 0.2 ? 0 : between(0, 5);
  const start = roomStart + (random() < 0.2 ? 0 : between(0, 0.5));
  const end = start + between(0.06, 2.5);
  const roomEnd = end + (random() < 0.3 ? 0 : between(0, 1));
  const duration = roomEnd + (random() < 0.2 ? 0 : between(0, 30));
  const sampleRate = RATES[Math.floor(random() * RATES.length)] ?? 48_000;
  return {
    tier: "gold",
    position: "start",
    slot: {
      start,
      end,
      room: { start: roomStart, end: roomEnd },
      foundBy: "silence",
      confidence: 1,
    },
    template: { sampleRate, duration, lengthStep: 0 },
    clipSeconds: between(0.1, 3),
    clipOnset: random() < 0.5 ? 0 : between(0, 0.1),
    naturalPace: false,
    gapSeconds: random() < 0.2 ? 0 : between(0, 0.5),
    endGuardSeconds: random() < 0.2 ? 0 : between(0, 0.3),
  };
}

function afterSpeech(request: PlanRequest): PlanRequest {
  const { duration } = request.template;
  const start = Math.min(duration, request.slot.end);
  const room = { start, end: duration };
  const slot: Slot = { ...room, room, foundBy: "end-of-speech", confidence: 1 };
  return { ...request, slot, position: "end" };
}

/** What holds for every plan. */
function requireSound({ edit, clipSeconds, stretch }: Fits, request: PlanRequest): void {
  const { cut, fill } = edit;
  const { sampleRate, duration } = request.template;
  for (const samples of [
    cut.start,
    cut.end,
    fill.length,
    fill.clipStart,
    fill.clipLength,
    edit.fade,
  ]) {
    assert.ok(Number.isInteger(samples) && samples >= 0, `${samples} is no number of samples`);
  }
  assert.ok(cut.start <= cut.end && cut.end <= Math.round(duration * sampleRate), "in the base");
  assert.ok(fill.clipLength > 0, "there is a clip");
  assert.ok(fill.clipStart + fill.clipLength <= fill.length, "the clip lies in the fill");
  assert.equal(clipSeconds, fill.clipLength / sampleRate);
  assert.equal(stretch, request.clipSeconds / clipSeconds);
  const editable = editableInterval(request, duration);
  assert.ok(cut.start >= Math.floor(editable.start * sampleRate), "not before what is compiled");
  assert.ok(cut.end <= Math.ceil(editable.end * sampleRate), "not after what is compiled");
  assert.ok(
    editable.growable || fill.length === cut.end - cut.start,
    "no growth that is not allowed",
  );
}

/** Rounding to samples may change the pace by this much. */
function requirePace({ stretch, edit }: Fits, slowest: number, fastest: number): void {
  const rounding = 1 / edit.fill.clipLength;
  assert.ok(stretch >= slowest * (1 - rounding), `${stretch} is too slow`);
  assert.ok(stretch <= fastest * (1 + rounding), `${stretch} is too fast`);
}

test("gold: the name begins where the old one did, at a natural pace, and the length stays", () => {
  let fitting = 0;
  forMany(
    1,
    (one) => ({ ...one, clipOnset: 0 }),
    (plan, one) => {
      if (!plan.fits) return;
      fitting++;
      assert.equal(plan.edit.cut.start + plan.edit.fill.clipStart, at(one.slot.start, one));
      assert.equal(plan.edit.fill.length, cutLength(plan));
      requirePace(plan, SLOWEST, FASTEST);
    },
  );
  assert.ok(fitting > RUNS / 4 && fitting < RUNS, `${fitting} names fit`);
});

test("gold: only what is too soft to be heard of a name comes before the slot, behind the joint", () => {
  forMany(
    12,
    (one) => one,
    (plan, one) => {
      if (!plan.fits) return;
      assert.equal(plan.edit.fill.length, cutLength(plan));
      requirePace(plan, SLOWEST, FASTEST);
      const start = plan.edit.cut.start + plan.edit.fill.clipStart;
      const heard = start / one.template.sampleRate + one.clipOnset / plan.stretch;
      const rounding = 2 / one.template.sampleRate;
      assert.ok(start <= at(one.slot.start, one), "it begins late");
      assert.ok(heard >= one.slot.start - rounding, "it is heard early");
      if (start < at(one.slot.start, one))
        assert.ok(plan.edit.fill.clipStart >= plan.edit.fade - 1);
    },
  );
});

test("gold: a name as long as the old one keeps its pace; a shorter one is slowed down to fill it", () => {
  forMany(
    2,
    (one) => ({ ...one, clipSeconds: one.slot.end - one.slot.start, clipOnset: 0 }),
    (plan, one) => {
      // Without a pause the end of the slot is cross-faded, which costs no pace.
      assert.ok(plan.fits);
      requirePace(plan, 1, 1);
      assert.ok(Math.abs(clipEnd(plan) - at(one.slot.end, one)) <= 1);
    },
  );
  const slot: Slot = {
    start: 1,
    end: 2,
    room: { start: 0.5, end: 3 },
    foundBy: "silence",
    confidence: 1,
  };
  const template = { sampleRate: 48_000, duration: 10, lengthStep: 0 };
  const request = { ...randomRequest(seededRandom(1)), slot, template };
  assert.equal(fits({ ...request, clipSeconds: 0.9 }).clipSeconds, 1);
  assert.equal(fits({ ...request, clipSeconds: 0.4 }).clipSeconds, 0.5);
  assert.equal(fits({ ...request, clipSeconds: 1.3 }).clipSeconds, 1);
  assert.equal(fits({ ...request, clipSeconds: 1.95 }).clipSeconds, 1.5);
});

test("gold: the speech after the pause is never touched, and some quiet is left before it", () => {
  forMany(
    3,
    (one) => one,
    (plan, one) => {
      if (!plan.fits) return;
      const { end, room } = one.slot;
      const hasPause = room.end - end > BREATH + FADE;
      assert.ok(plan.edit.cut.end <= at(hasPause ? room.end - BREATH : end, one));
      if (hasPause) assert.ok(clipEnd(plan) <= at(room.end - BREATH - FADE, one) + 1);
    },
  );
});

test("gold: of the quiet before the name little is replaced, and no speech but the joint's", () => {
  forMany(
    4,
    (one) => one,
    (plan, one) => {
      if (!plan.fits) return;
      const { start, room } = one.slot;
      const earliest = Math.min(room.start, start - FADE);
      assert.ok(plan.edit.cut.start >= Math.max(0, at(earliest, one) - 1));
      assert.ok(plan.edit.cut.start >= at(start - 0.06, one) - 1);
    },
  );
});

test("gold: a name that does not fit is refused with the longest that would", () => {
  let refused = 0;
  forMany(
    5,
    (one) => one,
    (plan, one) => {
      if (plan.fits) return;
      refused++;
      assert.ok(plan.longestSeconds >= 0 && plan.longestSeconds < one.clipSeconds);
      const longest = plan.longestSeconds;
      if (longest > 0) assert.ok(planEdit({ ...one, clipSeconds: longest * 0.9999 }).fits);
      assert.ok(!planEdit({ ...one, clipSeconds: longest * 1.0001 + 1e-6 }).fits);
    },
  );
  assert.ok(refused > RUNS / 20, `${refused} names were refused`);
});

test("gold: a base that is a fraction shorter than it was heard is not edited beyond its end", () => {
  forMany(
    6,
    (one) => ({ ...one, template: { ...one.template, duration: one.slot.room.end - 0.0004 } }),
    () => {},
  );
});

test("gold at the end: the name follows the last word, is not cut off and keeps its pace", () => {
  let longer = 0;
  forMany(
    7,
    (one, random) => {
      const lengthStep = 1;
      // The last word may end right at the end, or some time before it.
      const duration = one.slot.end + (random() < 0.3 ? 0 : random() * 3);
      return afterSpeech({ ...one, template: { ...one.template, duration, lengthStep } });
    },
    (plan, one) => {
      assert.ok(plan.fits);
      const end = at(one.template.duration, one);
      const guard = at(one.endGuardSeconds, one);
      const start = plan.edit.cut.start + plan.edit.fill.clipStart;
      assert.ok(
        plan.edit.cut.start >= Math.min(end, at(one.slot.start, one)),
        "no word is touched",
      );
      assert.equal(start, at(one.slot.start, one) + guard);
      requirePace(plan, 1, 1);
      const grown = plan.edit.fill.length - cutLength(plan);
      const needed = clipEnd(plan) + guard - end;
      assert.equal(grown, Math.max(0, needed), "as much longer as it must be");
      if (grown > 0) {
        longer++;
        assert.equal(plan.edit.cut.end, end, "nothing of the base is left behind the name");
      }
    },
  );
  assert.ok(longer > RUNS / 4 && longer < RUNS);
});

test("gold at the end: where the sound cannot grow, a name must fit into the quiet that is there", () => {
  let refused = 0;
  forMany(
    8,
    (one, random) => {
      const duration = one.slot.end + (random() < 0.3 ? 0 : random() * 3);
      return afterSpeech({ ...one, template: { ...one.template, duration } });
    },
    (plan, one) => {
      if (plan.fits) {
        assert.equal(plan.edit.fill.length, cutLength(plan));
        return;
      }
      refused++;
      const longest = plan.longestSeconds;
      assert.ok(longest >= 0 && longest < one.clipSeconds);
      const sample = 1 / one.template.sampleRate;
      if (longest > sample) assert.ok(planEdit({ ...one, clipSeconds: longest }).fits);
      assert.ok(!planEdit({ ...one, clipSeconds: longest + sample }).fits);
    },
  );
  assert.ok(refused > RUNS / 4 && refused < RUNS);
});

const FRAME_STEPS = [576, 1152];
const asSilver = (one: PlanRequest, random: () => number): PlanRequest => ({
  ...one,
  tier: "silver",
  template: { ...one.template, lengthStep: random() < 0.5 ? 576 : 1152 },
});

test("silver: the name takes the place of everything before its end, and the gap after it is exact", () => {
  forMany(9, asSilver, (plan, one) => {
    assert.ok(plan.fits);
    assert.equal(plan.edit.cut.start, 0);
    assert.ok(plan.edit.cut.end >= at(one.slot.end, one));
    assert.ok(plan.edit.cut.end <= Math.max(at(one.slot.end, one), at(one.slot.room.end, one)));
    requirePace(plan, 1, 1);
    const grown = plan.edit.fill.length - cutLength(plan);
    assert.equal(Math.abs(grown % one.template.lengthStep), 0);
    // The end of the old name comes to lie a gap after the end of the new one.
    const gap = at(one.slot.end, one) + grown - clipEnd(plan);
    assert.ok(Math.abs(gap - at(one.gapSeconds, one)) <= 2, `gap of ${gap} samples`);
  });
});

test("silver: speech before a slot that was given stays, and the gap after the name is exact", () => {
  const given = (one: PlanRequest, random: () => number): PlanRequest => {
    const silver = asSilver(one, random);
    return { ...silver, slot: { ...one.slot, foundBy: "given" } };
  };
  forMany(12, given, (plan, one) => {
    assert.ok(plan.fits);
    const { slot } = one;
    if (slot.room.start === 0) return assert.equal(plan.edit.cut.start, 0);
    const earliest = Math.min(at(slot.room.start, one), at(slot.start, one) - plan.edit.fade - 1);
    assert.ok(plan.edit.cut.start >= Math.max(0, earliest), "nothing that is said before goes");
    assert.ok(plan.edit.cut.start <= at(slot.start, one));
    const grown = plan.edit.fill.length - cutLength(plan);
    const gap = at(slot.end, one) + grown - clipEnd(plan);
    assert.ok(Math.abs(gap - at(one.gapSeconds, one)) <= 2, `gap of ${gap} samples`);
  });
});

test("silver: what the frames ask for is quiet in front, less than a frame and a fade", () => {
  forMany(10, asSilver, (plan, one) => {
    assert.ok(plan.fits);
    assert.ok(FRAME_STEPS.includes(one.template.lengthStep));
    assert.ok(plan.edit.fill.clipStart >= plan.edit.fade, "the name is not faded in");
    assert.ok(plan.edit.fill.clipStart < one.template.lengthStep + plan.edit.fade);
  });
});

test("silver at the end: the name is put a gap behind the last word, and nothing of the words goes", () => {
  forMany(
    11,
    (one, random) => afterSpeech(asSilver(one, random)),
    (plan, one) => {
      assert.ok(plan.fits);
      assert.equal((plan.edit.fill.length - cutLength(plan)) % one.template.lengthStep, 0);
      assert.ok(plan.edit.fill.length > cutLength(plan), "it is put between, not over");
      requirePace(plan, 1, 1);
      const end = at(one.template.duration, one);
      assert.ok(plan.edit.cut.start >= Math.min(end, at(one.slot.start, one)));
      const start = plan.edit.cut.start + plan.edit.fill.clipStart;
      assert.equal(start, at(one.slot.start, one) + at(one.gapSeconds, one));
      assert.ok(plan.edit.fill.length - plan.edit.fill.clipStart - plan.edit.fill.clipLength > 0);
    },
  );
});

const LENGTH_STEP = 1024;
const asDiamond = (one: PlanRequest): PlanRequest => ({
  ...one,
  tier: "diamond",
  naturalPace: true,
  clipOnset: 0,
  template: { ...one.template, lengthStep: LENGTH_STEP },
});

test("diamond: a name keeps its pace and begins where the old one did, whatever its length", () => {
  forMany(21, asDiamond, (plan, one) => {
    assert.ok(plan.fits);
    requirePace(plan, 1, 1);
    assert.equal(plan.edit.cut.start + plan.edit.fill.clipStart, at(one.slot.start, one));
  });
});

test("diamond: the base becomes longer only where the pause is too short, and by whole packets", () => {
  let longer = 0;
  forMany(22, asDiamond, (plan, one) => {
    assert.ok(plan.fits);
    const growth = plan.edit.fill.length - cutLength(plan);
    assert.equal(growth % LENGTH_STEP, 0);
    const { room, end } = one.slot;
    const quiet = Math.max(room.end, end) - (one.slot.start + one.clipSeconds);
    if (growth === 0) {
      assert.ok(quiet >= -0.001, `the name runs ${-quiet} s into the next word`);
      return;
    }
    longer++;
    assert.ok(
      quiet < Math.max(one.gapSeconds, 0.08) + 0.001,
      `longer although ${quiet} s are quiet`,
    );
  });
  assert.ok(longer > RUNS / 10 && longer < RUNS, `${longer} are longer`);
});

test("diamond: the gap after a name that needs room is the one that was asked for, less than a packet more", () => {
  forMany(
    23,
    (one, random) => ({ ...asDiamond(one), gapSeconds: 0.1 + random() * 0.4 }),
    (plan, one) => {
      assert.ok(plan.fits);
      const { cut, fill } = plan.edit;
      const growth = fill.length - cutLength(plan);
      if (growth === 0) return;
      // What the base says next begins where its pause ended.
      const next = at(Math.min(one.slot.room.end, one.template.duration), one) - cut.end;
      const gap = fill.length - fill.clipStart - fill.clipLength + Math.max(0, next);
      const wanted = at(one.gapSeconds, one);
      assert.ok(
        gap >= wanted - 3 && gap <= wanted + LENGTH_STEP + 3,
        `${gap} instead of ${wanted}`,
      );
    },
  );
});

test("diamond: without room to grow a name that is too long is refused with the longest that fits", () => {
  forMany(
    24,
    (one) => ({ ...asDiamond(one), template: { ...one.template, lengthStep: 0 } }),
    (plan, one) => {
      if (plan.fits) {
        assert.equal(plan.edit.fill.length, cutLength(plan));
        return;
      }
      assert.ok(plan.longestSeconds < one.clipSeconds);
      if (plan.longestSeconds > 0.01) {
        fits({ ...one, clipSeconds: plan.longestSeconds - 0.001 });
      }
    },
  );
});
