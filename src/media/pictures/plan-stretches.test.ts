import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BasePictures,
  cleanCuts,
  type NewPicture,
  placeStretch,
  planRegion,
  type StretchRequest,
} from "./plan-stretches.ts";

const TIMESCALE = 1000;

/** Pictures shown at these ticks, given in the order of decoding; each decoded `lead` ticks before its turn. */
function pictures(pts: number[], lead = 0): BasePictures {
  const shown = pts.toSorted((a, b) => a - b);
  const zero = (shown[0] ?? 0) - lead;
  const dts = shown.map((time, i) => (i === 0 ? 0 : time - zero - lead));
  const end = (dts.at(-1) ?? 0) + 40;
  const times = {
    dts: Float64Array.from(dts),
    pts: Float64Array.from(pts, (time) => time - zero),
    end,
  };
  return { times, timescale: TIMESCALE, delay: 0, mediaStart: lead };
}

const EVEN = pictures(Array.from({ length: 100 }, (_, i) => 40 * i));

function request(first: number, end: number): StretchRequest {
  const said = { start: first / 25, end: first / 25 + 0.5 };
  return { slot: 0, first, end, from: 40 * first, to: 40 * end, said };
}

function placeOf(base: BasePictures, interval: { start: number; end: number }) {
  const { first, end } = placeStretch(base, interval);
  return { first, end };
}

test("a stretch is the pictures on show in an interval, whole ones", () => {
  assert.deepEqual(placeOf(EVEN, { start: 1.01, end: 1.99 }), { first: 25, end: 50 });
  assert.deepEqual(placeOf(EVEN, { start: 1, end: 2 }), { first: 25, end: 50 });
  assert.deepEqual(placeOf(EVEN, { start: 0, end: 99 }), { first: 0, end: 100 });
});

test("an edit list and a late beginning move a stretch with the pictures", () => {
  const late = { ...EVEN, delay: 0.4 };
  assert.deepEqual(placeOf(late, { start: 1.4, end: 2.4 }), { first: 25, end: 50 });
  const cut = { ...EVEN, mediaStart: 400 };
  assert.deepEqual(placeOf(cut, { start: 1, end: 2 }), { first: 35, end: 60 });
});

test("a clean cut has all before it shown before all behind it", () => {
  // Shown as 0 1 2 3 | 4 5: the third is decoded before the second.
  const { times } = pictures([0, 80, 40, 120, 160, 200], 40);
  assert.deepEqual([...cleanCuts(times)], [1, 1, 0, 1, 1, 1, 1]);
});

test("a region keeps its pictures, with key frames at the stretch, its cuts and behind it", () => {
  const region = planRegion(EVEN, { first: 10, end: 90 }, [request(25, 75)]);
  assert.ok(region);
  assert.deepEqual(
    region.pictures.map(({ source }) => source),
    [...Array(80).keys()].map((i) => i + 10),
  );
  const [stretch] = region.stretches;
  assert.ok(stretch);
  // 1.2 s after the slot's start, then every half second, the last one at the end.
  assert.deepEqual([stretch.first, stretch.count, stretch.cuts], [15, 50, [30, 50]]);
  const keys = region.pictures.flatMap(({ key, source }) => (key ? [source] : []));
  assert.deepEqual(keys, [10, 25, 55, 75]);
  for (const { source, pts, dts } of region.pictures)
    assert.deepEqual([pts, dts], [40 * source, 40 * source]);
});

test("a variable frame rate becomes even in a stretch, with the picture of each moment", () => {
  const steps = [40, 80, 40, 160];
  const times = [0];
  for (let i = 0; i < 60; i++) times.push((times.at(-1) ?? 0) + (steps[i % 4] ?? 0));
  const base = pictures(times);
  const region = planRegion(base, { first: 0, end: times.length }, [
    { ...request(8, 32), from: times[8] ?? 0, to: times[32] ?? 0 },
  ]);
  const [stretch] = region?.stretches ?? [];
  assert.ok(region && stretch);
  const seconds = (stretch.end - stretch.start) / TIMESCALE;
  assert.equal(stretch.count, Math.round(seconds * 24));
  for (let i = 0; i < stretch.count; i++) {
    const picture: NewPicture | undefined = region.pictures[stretch.first + i];
    const moment: number =
      stretch.start + ((i + 0.5) * (stretch.end - stretch.start)) / stretch.count;
    assert.equal(
      picture?.source,
      times.findLastIndex((time) => time <= moment),
    );
  }
  assert.deepEqual(
    region.pictures.map(({ dts }) => dts),
    region.pictures.map(({ dts }) => dts).toSorted((a, b) => a - b),
  );
});

test("decoding times stay in order and before showing, whatever the base's are", () => {
  const order = [0, 120, 40, 80, 280, 160, 200, 240, 440, 320, 360, 400];
  const base = pictures(order, 80);
  const region = planRegion(base, { first: 0, end: 12 }, [request(4, 8)]);
  assert.ok(region);
  let last = -1;
  for (const { dts, pts } of region.pictures) {
    assert.ok(dts > last && dts <= pts, `${dts} after ${last}, shown at ${pts}`);
    last = dts;
  }
  const [stretch] = region.stretches;
  const inside = region.pictures.slice(4, 8).map(({ pts, dts }) => pts - dts);
  assert.equal(new Set(inside).size, 1);
  assert.equal(stretch?.count, 4);
});

test("of pictures that last long a stretch takes what it needs, also two stretches of the same one", () => {
  const base = pictures([0, 1000, 11_000, 11_040]);
  const stretches = [
    { start: 2, end: 3 },
    { start: 5, end: 5.5 },
  ].map((said, slot): StretchRequest => ({ ...placeStretch(base, said), slot, said }));
  const region = planRegion(base, { first: 0, end: 4 }, stretches);
  assert.ok(region);
  const told = region.stretches.map(({ start, end, count }) => [start, end, count]);
  assert.deepEqual(told, [
    [2000, 3000, 24],
    [5000, 5500, 12],
  ]);
  const kept = region.pictures.filter(
    (_, i) => !region.stretches.some(({ first, count }) => i >= first && i < first + count),
  );
  assert.deepEqual(
    kept.map(({ source, pts, key }) => [source, pts, key]),
    [
      [0, 0, true],
      [1, 1000, false],
      [1, 3000, true],
      [1, 5500, true],
      [2, 11_000, false],
      [3, 11_040, false],
    ],
  );
});
