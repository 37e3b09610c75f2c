import assert from "node:assert/strict";
import { test } from "node:test";
import type { Viseme, VisemeSpan } from "../../../domain/face.ts";
import { correlation } from "../../../signal/testing/correlation.ts";
import type { Yuv420 } from "../../portrait/planes.ts";
import { LIPS, WHITE } from "../../portrait/testing/painted-face.ts";
import { createMouthTrack } from "../../visemes/mouth-track.ts";
import type { FilmedFace, NewPictures } from "../picture-maker.ts";
import { mouthPictures } from "./mouth-pictures.ts";
import { copyOf, faceOf, filmPainted, type PaintedStretch } from "./testing/filmed-face.ts";

const FRAME_SECONDS = 0.04;

/** Visemes one after another, each with its length in pictures, with a steady sound. */
function said(spans: readonly (readonly [Viseme, number])[]) {
  let end = 0;
  const visemes = spans.map(([viseme, pictures]): VisemeSpan => {
    const start = end;
    end += pictures * FRAME_SECONDS;
    return { viseme, start, end };
  });
  const samples = Float32Array.from({ length: Math.round(end * 8000) }, (_, i) => Math.sin(i / 9));
  return { visemes, audio: { samples, sampleRate: 8000 }, spoken: { start: 0, end } };
}

const SILENCE = said([["sil", 12]]);

function make(filmed: FilmedFace, wanted: Partial<NewPictures> = {}): Yuv420[] {
  const sources = filmed.pictures.map((_, index) => index);
  const made = mouthPictures(filmed, {
    ...{ ...SILENCE, sources, frameSeconds: FRAME_SECONDS },
    ...wanted,
  });
  return [...made.map(copyOf)];
}

/** Whether pictures are the same to the byte; told without a list of millions of differences. */
function isSame(a: Yuv420 | undefined, b: Yuv420 | undefined): boolean {
  if (!a || !b) return false;
  return (["y", "u", "v"] as const).every((name) => Buffer.compare(a[name], b[name]) === 0);
}

const lumaOf = ([red, green, blue]: readonly [number, number, number]) =>
  16 + ((0.2126 * red + 0.7152 * green + 0.0722 * blue) * 219) / 255;

/** How far the red of the lips is apart in the middle of a painted mouth, pixels; teeth or dark between. */
function apart(planes: Yuv420, { mouth }: PaintedStretch["painted"][number]): number {
  const red: number[] = [];
  for (let y = Math.round(mouth.y - 0.4 * mouth.width); y < mouth.y + 0.6 * mouth.width; y++) {
    const luma = planes.y[y * planes.width + Math.round(mouth.x)] ?? 0;
    if (Math.abs(luma - lumaOf(LIPS)) < 12) red.push(y);
  }
  const gaps = red.slice(1).map((y, i) => y - (red[i] ?? y) - 1);
  return Math.max(0, ...gaps);
}

/** A head that sways while its mouth opens and closes three times. */
const swaying = (pictures: number) =>
  Array.from({ length: pictures }, (_, i) => ({
    x: 160 + 12 * Math.sin(i / 9),
    y: 140 + 5 * Math.cos(i / 7),
    gap: Math.max(0, 0.2 * Math.sin((6 * Math.PI * i) / pictures)),
  }));

test("the mouth opens and closes as is said, to the picture, whatever it did when it was recorded", (t) => {
  const speech = said([
    ...([
      ["sil", 5],
      ["PP", 3],
      ["aa", 5],
      ["PP", 3],
      ["O", 4],
      ["nn", 3],
      ["PP", 3],
    ] as const),
    ...([
      ["E", 4],
      ["sil", 3],
      ["aa", 5],
      ["PP", 3],
      ["I", 4],
      ["sil", 6],
    ] as const),
  ]);
  const filmed = filmPainted(swaying(51));
  const seen = make(filmed, speech).map((planes, i) => apart(planes, filmed.painted[i] ?? fail()));
  const track = createMouthTrack(speech.visemes, { audio: speech.audio });
  const meant = seen.map((_, i) => track.at((i + 0.5) * FRAME_SECONDS, FRAME_SECONDS));
  const inner = seen.map((_, i) => i).filter((i) => i >= 5 && i < seen.length - 5);
  const shifted = (lag: number) =>
    correlation(
      inner.map((i) => meant[i - lag]?.open ?? 0),
      inner.map((i) => seen[i] ?? 0),
    );
  const byLag = [-2, -1, 0, 1, 2].map((lag) => [lag, shifted(lag)] as const);
  t.diagnostic(byLag.map(([lag, r]) => `${lag}: ${r.toFixed(3)}`).join(", "));
  const best = byLag.toSorted(([, a], [, b]) => b - a)[0];
  assert.deepEqual([best?.[0], (best?.[1] ?? 0) >= 0.9], [0, true]);

  const closed = Math.min(...inner.map((i) => seen[i] ?? 0));
  const pressed = inner.filter((i) => (meant[i]?.press ?? 0) > 0.9);
  assert.ok(pressed.length >= 6);
  for (const i of pressed) assert.ok((seen[i] ?? 99) <= closed + 1, `lips meet in picture ${i}`);
});

test("nothing but the mouth and the chin is changed, not by one level", () => {
  const filmed = filmPainted(swaying(12));
  const speech = said([
    ["sil", 2],
    ["aa", 4],
    ["U", 4],
    ["sil", 2],
  ]);
  let changed = 0;
  for (const [index, planes] of make(filmed, speech).entries()) {
    const { mouth } = filmed.painted[index] ?? fail();
    const recorded = filmed.pictures[index] ?? fail();
    for (const [channel, scale] of [
      ["y", 1],
      ["u", 2],
      ["v", 2],
    ] as const) {
      const columns = planes.width / scale;
      planes[channel].forEach((level, at) => {
        if (level === recorded[channel][at]) return;
        changed++;
        const u = ((at % columns) * scale - mouth.x) / mouth.width;
        const v = (Math.floor(at / columns) * scale - mouth.y) / mouth.width;
        const inside = Math.abs(u) < 1.3 && v > -0.75 && v < 1.8;
        assert.ok(inside, `${channel} at ${u.toFixed(2)}, ${v.toFixed(2)} in picture ${index}`);
      });
    }
  }
  assert.ok(changed > 1000);
});

test("the first and the last picture are the recorded ones, however often a picture is shown", () => {
  const filmed = filmPainted(swaying(8));
  const speech = said([["aa", 12]]);
  const sources = [0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 7];
  for (const shown of [sources, [0, 7], [3]]) {
    const made = make(filmed, { ...speech, sources: shown });
    assert.equal(made.length, shown.length);
    assert.ok(isSame(made[0], filmed.pictures[shown[0] ?? 0]));
    assert.ok(isSame(made.at(-1), filmed.pictures[shown.at(-1) ?? 0]));
  }
});

test("between them the recorded mouth passes into the new one over three pictures", () => {
  const filmed = filmPainted(Array.from({ length: 12 }, () => ({ gap: 0 })));
  const made = make(filmed, said([["aa", 12]]));
  const open = made.map((planes) => apart(planes, filmed.painted[0] ?? fail()));
  const [a = 0, b = 0, c = 0, d = 0] = open;
  assert.ok(a < b && b <= c && c < d, open.join(" "));
  const [z = 0, y = 0, x = 0, w = 0] = open.toReversed();
  assert.ok(z < y && y <= x && x < w, open.join(" "));
});

test("a mouth that was recorded open is closed while nothing is said, in some pictures or in all", () => {
  const white = lumaOf(WHITE);
  for (const gaps of [Array.from({ length: 12 }, () => 0.16), swaying(12).map(({ gap }) => gap)]) {
    const filmed = filmPainted(gaps.map((gap) => ({ gap })));
    const { mouth } = filmed.painted[0] ?? fail();
    for (const planes of make(filmed).slice(3, -3)) {
      let teeth = 0;
      for (let y = Math.round(mouth.y - 15); y < mouth.y + 20; y++) {
        for (let x = Math.round(mouth.x - 15); x < mouth.x + 15; x++) {
          if ((planes.y[y * planes.width + x] ?? 0) > white - 12) teeth++;
        }
      }
      assert.equal(teeth, 0);
    }
  }
});

test("where nothing moves and nothing is said, picture after picture is the same", () => {
  const filmed = filmPainted(Array.from({ length: 10 }, () => ({ gap: 0.12 })));
  const made = make(filmed).slice(3, -3);
  for (const planes of made) assert.ok(isSame(planes, made[0]));
});

test("landmarks that tremble do not make the mouth swim", () => {
  const filmed = filmPainted(Array.from({ length: 10 }, () => ({})));
  const trembling = filmed.faces.map((face, i) => ({
    ...face,
    landmarks: face.landmarks.map((value, at) => value + 0.7 * Math.sin(2.3 * i + (at % 2))),
  }));
  const made = make({ ...filmed, faces: trembling }).slice(3, -3);
  const [recorded] = filmed.pictures;
  for (const planes of made) {
    const squares = planes.y.reduce(
      (sum, luma, at) => sum + (luma - (recorded?.y[at] ?? 0)) ** 2,
      0,
    );
    // Over the 51 × 26 pixels of the mouth.
    assert.ok(Math.sqrt(squares / 1326) < 4, `${Math.sqrt(squares / 1326)} levels`);
  }
});

test("the new mouth has the light of the picture that it is in", () => {
  const filmed = filmPainted(Array.from({ length: 9 }, (_, i) => ({ gap: i === 4 ? 0 : 0.15 })));
  const brighter = filmed.pictures.map((planes, i) => ({
    ...planes,
    y: planes.y.map((luma) => luma + (i === 4 ? 0 : 12)),
  }));
  const made = make({ ...filmed, pictures: brighter });
  const { mouth } = filmed.painted[0] ?? fail();
  const lip = (planes: Yuv420) =>
    planes.y[Math.round(mouth.y + 0.09 * mouth.width) * planes.width + Math.round(mouth.x)] ?? 0;
  const [bright, model] = [made[3], made[4]];
  assert.ok(Math.abs(lip(bright ?? fail()) - lip(model ?? fail()) - 12) <= 2);
});

test("the inside of the mouth is that of the speaker's own open mouth, where there is one", () => {
  const filmed = filmPainted(Array.from({ length: 10 }, () => ({})));
  const open = filmPainted([{ x: 170, y: 146, gap: 0.26 }]);
  const [{ mouth }] = [open.painted[0] ?? fail()];
  const [picture] = open.pictures.map((planes) => ({
    ...planes,
    // Nothing else in the picture is so blue.
    u: planes.u.map((level, at) => {
      const y = 2 * Math.floor(at / 160);
      return Math.abs(y - mouth.y) < 10 && Math.abs(2 * (at % 160) - mouth.x) < 22 ? 200 : level;
    }),
  }));
  const donor = { picture: picture ?? fail(), face: faceOf(open.painted[0] ?? fail()) };
  const speech = said([["aa", 10]]);
  const blue = (openMouths: FilmedFace["openMouths"]) =>
    Math.max(...(make({ ...filmed, openMouths }, speech)[5]?.u ?? []));
  assert.ok(blue([donor]) > 185);
  assert.ok(blue([]) < 170);
});

test("an open mouth that hardly is one, or whose landmarks lie on the lips, does not serve", () => {
  const filmed = filmPainted(Array.from({ length: 8 }, () => ({})));
  const speech = said([["aa", 8]]);
  const [almost, wide, closed] = [0.06, 0.26, 0].map((gap) => filmPainted([{ gap }]));
  const donor = (pictures = almost, faces = almost) => [
    { picture: pictures?.pictures[0] ?? fail(), face: faces?.faces[0] ?? fail() },
  ];
  const asPainted = (openMouths: FilmedFace["openMouths"]) =>
    isSame(make({ ...filmed, openMouths }, speech)[4], make(filmed, speech)[4]);
  assert.ok(asPainted(donor()), "hardly open");
  assert.ok(asPainted(donor(closed, wide)), "landmarks on the lips");
  assert.ok(!asPainted(donor(wide, wide)), "open");
});

test("a stretch without pictures has none, a picture without a face is refused", () => {
  assert.deepEqual(make({ pictures: [], faces: [], openMouths: [] }), []);
  const filmed = filmPainted([{}, {}]);
  assert.throws(
    () => make({ ...filmed, faces: filmed.faces.slice(1) }),
    /2 pictures with 1 faces/u,
  );
  assert.throws(() => make(filmed, { sources: [0, 5, 1] }), /no picture 5 among 2/u);
});

function fail(): never {
  throw new Error("the test is wrong");
}
