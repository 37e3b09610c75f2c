import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeadPose, MouthShape } from "../../domain/face.ts";
import { createPlanes, planesOf, type Yuv420 } from "./planes.ts";
import { createPortrait, REST_MOUTH, REST_POSE } from "./portrait.ts";
import {
  BROW,
  IRIS,
  LIPS,
  NOSE,
  type PaintedFace,
  paintFace,
  SKIN,
  WHITE,
} from "./testing/painted-face.ts";

const AA: MouthShape = { open: 0.27, wide: 0.05, round: 0, press: 0, teeth: 0, tongue: 0 };
const PP: MouthShape = { ...REST_MOUTH, press: 1 };

function frameOf(
  face: PaintedFace,
  { mouth = {}, pose = {} }: { mouth?: Partial<MouthShape>; pose?: Partial<HeadPose> },
): Yuv420 {
  const portrait = createPortrait({ source: face.picture, landmarks: face.landmarks });
  const out = createPlanes(portrait.width, portrait.height);
  portrait.render({ ...REST_MOUTH, ...mouth }, { ...REST_POSE, ...pose }, out);
  return out;
}

const lumaOf = ([red, green, blue]: readonly [number, number, number]) =>
  16 + ((0.2126 * red + 0.7152 * green + 0.0722 * blue) * 219) / 255;

const lumaAt = (planes: Yuv420, x: number, y: number) =>
  planes.y[Math.round(y) * planes.width + Math.round(x)] ?? 0;

/** Columns and rows, from and to, in which luma differs by more than a level. */
function changed(a: Yuv420, b: Yuv420) {
  const box = { left: a.width, right: -1, top: a.height, bottom: -1 };
  a.y.forEach((luma, at) => {
    if (Math.abs(luma - (b.y[at] ?? 0)) <= 1) return;
    const x = at % a.width;
    const y = Math.floor(at / a.width);
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  });
  return box;
}

/** The middle of the pixels in a box whose luma is `near` a colour's, and how many there are. */
function spot(
  planes: Yuv420,
  colour: readonly [number, number, number],
  box: { x: number; y: number; reach: number; down?: number },
) {
  const wanted = lumaOf(colour);
  const down = box.down ?? box.reach;
  let [x, y, count] = [0, 0, 0];
  for (let row = Math.round(box.y - down); row <= box.y + down; row++) {
    for (let column = Math.round(box.x - box.reach); column <= box.x + box.reach; column++) {
      if (Math.abs(lumaAt(planes, column, row) - wanted) > 9) continue;
      x += column;
      y += row;
      count++;
    }
  }
  return { x: x / count, y: y / count, count };
}

/** Rows of the column through the mouth's middle that are darker than lips are. */
function openRows({ mouth }: PaintedFace, planes: Yuv420) {
  let rows = 0;
  for (let y = Math.round(mouth.y - 0.3 * mouth.width); y < mouth.y + 0.6 * mouth.width; y++) {
    if (lumaAt(planes, mouth.x, y) < 0.72 * lumaOf(LIPS)) rows++;
  }
  return rows;
}

test("at rest a frame is the source, with lips closed or parted", () => {
  for (const gap of [0, 0.15]) {
    const face = paintFace({ gap });
    const source = planesOf(face.picture);
    const frame = frameOf(face, {});
    for (const name of ["y", "u", "v"] as const) assert.deepEqual(frame[name], source[name]);
  }
});

test("a head that hardly moves hardly changes the picture", () => {
  const face = paintFace({ gap: 0.15 });
  const source = planesOf(face.picture);
  const frame = frameOf(face, {
    mouth: { open: 0.1501, wide: 1e-4, press: 0 },
    pose: { blink: 0.001, gazeX: 1e-4, yaw: 1e-5, brows: 1e-4 },
  });
  const most = frame.y.reduce(
    (max, luma, at) => Math.max(max, Math.abs(luma - (source.y[at] ?? 0))),
    0,
  );
  assert.ok(most <= 3, `${most} levels`);
});

for (const size of [192, 256, 512]) {
  test(`an "ah" in ${size} pixels opens the mouth as far as asked`, () => {
    const face = paintFace({ size });
    const line = openRows(face, frameOf(face, {}));
    for (const open of [0.12, 0.2, 0.27]) {
      const rows = openRows(face, frameOf(face, { mouth: { ...AA, open } })) - line;
      assert.ok(Math.abs(rows / face.mouth.width - open) < 0.035, `${rows} rows for ${open}`);
    }
  });
}

test("lips that the source shows parted close for p, b and m, and open further", () => {
  const face = paintFace({ gap: 0.16 });
  const white = (frame: Yuv420) =>
    spot(frame, WHITE, { ...face.mouth, reach: 0.3 * face.mouth.width, down: 20 }).count;
  assert.ok(white(frameOf(face, {})) > 100);
  assert.equal(white(frameOf(face, { mouth: PP })), 0);
  const further = frameOf(face, { mouth: { ...AA, open: 0.3 } });
  assert.ok(white(further) > 80, "its own teeth are seen");
  assert.ok(openRows(face, further) > 0.05 * face.mouth.width, "with the dark below them");
});

test("closed lips that are pressed stay closed and grow thinner", () => {
  const face = paintFace();
  const red = (frame: Yuv420) =>
    spot(frame, LIPS, { ...face.mouth, reach: 0.2 * face.mouth.width, down: 20 }).count;
  const pressed = frameOf(face, { mouth: PP });
  assert.ok(red(pressed) < 0.85 * red(frameOf(face, {})));
  assert.ok(openRows(face, pressed) <= openRows(face, frameOf(face, {})));
});

test("an oo draws the corners together, an ee apart", () => {
  const face = paintFace();
  const width = (mouth: Partial<MouthShape>) => {
    const frame = frameOf(face, { mouth });
    let columns = 0;
    for (let x = Math.round(face.mouth.x - 45); x <= face.mouth.x + 45; x++) {
      let red = false;
      for (let y = Math.round(face.mouth.y - 12); y <= face.mouth.y + 14; y++) {
        if (Math.abs(lumaAt(frame, x, y) - lumaOf(LIPS)) < 20) red = true;
      }
      if (red) columns++;
    }
    return columns;
  };
  const rest = width({});
  assert.ok(width({ round: 1, open: 0.1 }) < 0.8 * rest);
  assert.ok(width({ wide: 1 }) > 1.04 * rest);
});

test("the mouth opens where the lips meet, though the landmarks lie beside it", () => {
  const face = paintFace({ lineOff: 0.05, size: 512 });
  const frame = frameOf(face, { mouth: { ...AA, open: 0.2 } });
  const rows: number[] = [];
  for (let y = face.mouth.y - 40; y < face.mouth.y + 70; y++) {
    if (lumaAt(frame, face.mouth.x, y) < 0.72 * lumaOf(LIPS)) rows.push(y);
  }
  assert.equal((rows.at(-1) ?? 0) - (rows[0] ?? 0) + 1, rows.length, "no stripe of lip in between");
});

test("teeth are light and lie under the upper lip, a tongue is red and lies on the lower", () => {
  const face = paintFace({ size: 512 });
  const { mouth } = face;
  const dark = frameOf(face, { mouth: AA });
  const toothy = frameOf(face, { mouth: { ...AA, teeth: 1 } });
  const tongue = frameOf(face, { mouth: { ...AA, tongue: 1 } });
  assert.ok(lumaAt(toothy, mouth.x + 8, mouth.y + 1) > lumaOf(LIPS) + 40);
  assert.ok(lumaAt(dark, mouth.x + 8, mouth.y + 1) < 0.6 * lumaOf(LIPS));
  const low = mouth.y + 0.12 * mouth.width;
  assert.ok(lumaAt(tongue, mouth.x + 10, low) > lumaAt(dark, mouth.x + 10, low) + 15);
});

test("what is painted in a grey picture is grey", () => {
  const face = paintFace({ grey: true });
  const frame = frameOf(face, { mouth: { ...AA, teeth: 1, tongue: 1 }, pose: { blink: 1 } });
  assert.ok(frame.u.every((u) => Math.abs(u - 128) <= 1));
  assert.ok(frame.v.every((v) => Math.abs(v - 128) <= 1));
});

test("the mouth moves nothing above the nose, past its sides, or behind the head", () => {
  const face = paintFace();
  const box = changed(frameOf(face, { mouth: AA }), planesOf(face.picture));
  const { mouth } = face;
  assert.ok(box.top > face.nose.y, `rows from ${box.top}`);
  assert.ok(box.left > mouth.x - 1.25 * mouth.width && box.right < mouth.x + 1.25 * mouth.width);
  assert.ok(box.bottom > mouth.y + 0.5 * mouth.width, "the chin goes down");
});

test("a blink hides the eyes, half of one about half of them", () => {
  const face = paintFace({ size: 512 });
  for (const eye of face.eyes) {
    const seen = (blink: number) => {
      const frame = frameOf(face, { pose: { blink } });
      const box = { ...eye, reach: 0.4 * eye.width, down: 0.5 * eye.height };
      return spot(frame, WHITE, box).count + spot(frame, IRIS, box).count;
    };
    const open = seen(0);
    assert.ok(open > 300);
    assert.ok(seen(1) < 0.03 * open, `${seen(1)} of ${open}`);
    assert.ok(seen(0.5) > 0.3 * open && seen(0.5) < 0.7 * open, `${seen(0.5)} of ${open}`);
  }
});

test("a glance moves the iris and nothing but what is between the lids", () => {
  const face = paintFace({ size: 512 });
  const source = planesOf(face.picture);
  for (const eye of face.eyes) {
    const box = { ...eye, reach: 0.45 * eye.width, down: 0.45 * eye.height };
    const iris = (pose: Partial<HeadPose>) => spot(frameOf(face, { pose }), IRIS, box);
    const rest = iris({});
    assert.ok(iris({ gazeX: 1 }).x > rest.x + 0.04 * eye.width);
    assert.ok(iris({ gazeX: -1 }).x < rest.x - 0.04 * eye.width);
    assert.ok(iris({ gazeY: -1 }).y < rest.y - 0.5);
  }
  const [first, second] = face.eyes;
  assert.ok(first && second);
  const box = changed(frameOf(face, { pose: { gazeX: 1, gazeY: -1 } }), source);
  assert.ok(box.top >= first.y - 0.62 * first.height && box.bottom <= first.y + 0.7 * first.height);
  assert.ok(box.left >= first.x - first.width / 2 && box.right <= second.x + second.width / 2);
});

test("brows go up and down, and the eyes stay", () => {
  const face = paintFace({ size: 512 });
  const [eye] = face.eyes;
  assert.ok(eye);
  const at = (brows: number, colour: typeof BROW, y: number) =>
    spot(frameOf(face, { pose: { brows } }), colour, { x: eye.x, y, reach: 12, down: 26 }).y;
  const rest = at(0, BROW, face.browY);
  assert.ok(at(1, BROW, face.browY) < rest - 3);
  assert.ok(at(-1, BROW, face.browY) > rest + 1);
  assert.ok(Math.abs(at(1, IRIS, eye.y) - at(0, IRIS, eye.y)) < 0.5);
});

test("the head turns, nods, rolls and shifts to the side it is told", () => {
  const face = paintFace({ size: 512 });
  const at = (pose: Partial<HeadPose>, point: { x: number; y: number }, colour: typeof NOSE) =>
    spot(frameOf(face, { pose }), colour, { ...point, reach: 42 });
  const nose = at({}, face.nose, NOSE);
  assert.ok(at({ yaw: 0.1 }, face.nose, NOSE).x > nose.x + 6);
  assert.ok(at({ yaw: -0.1 }, face.nose, NOSE).x < nose.x - 6);
  assert.ok(at({ pitch: 0.1 }, face.nose, NOSE).y > nose.y + 6);
  assert.ok(at({ shiftX: 0.03 }, face.nose, NOSE).x > nose.x + 5);
  assert.ok(at({ shiftY: 0.03 }, face.nose, NOSE).y > nose.y + 5);
  const eye = face.eyes[0] ?? face.nose;
  assert.ok(at({ roll: 0.05 }, eye, IRIS).x > at({}, eye, IRIS).x + 5, "what is above goes right");
});

test("the picture's edges stay, and pixels far from the head", () => {
  const face = paintFace({ size: 192, width: 640, height: 448, x: 320, y: 200 });
  const source = planesOf(face.picture);
  const pose = { yaw: 0.3, pitch: 0.3, roll: 0.1, shiftX: 0.1, shiftY: 0.1 };
  const box = changed(frameOf(face, { mouth: AA, pose }), source);
  assert.ok(box.left > 320 - 250 && box.right < 320 + 250, `columns ${box.left} to ${box.right}`);
  const close = paintFace({ size: 400, width: 256, height: 256 });
  const edges = changed(frameOf(close, { pose }), planesOf(close.picture));
  assert.ok(edges.left > 0 && edges.top > 0 && edges.right < 255 && edges.bottom < 255);
  assert.ok(edges.right - edges.left > 150, "though the head does move");
});

test("odd sizes, tiny faces, faces at the border and landmarks outside are rendered", () => {
  const wild = {
    blink: 0.7,
    gazeX: 5,
    gazeY: -5,
    brows: 3,
    yaw: 2,
    pitch: -2,
    roll: 1,
    shiftX: 1,
    shiftY: -1,
  };
  const wide = { open: 3, wide: -4, round: 2, press: -1, teeth: 9, tongue: 9 };
  for (const options of [
    { size: 101, width: 255, height: 131 },
    { size: 12, width: 64, height: 64 },
    { size: 2, width: 33, height: 17 },
    { size: 200, width: 97, height: 97, x: 10, y: 90 },
    { size: 200, width: 64, height: 64, x: -300, y: 900 },
    { size: 64, width: 1, height: 1 },
    { size: 64, width: 2, height: 3 },
  ]) {
    const face = paintFace(options);
    for (const mouth of [AA, PP, wide]) {
      const frame = frameOf(face, { mouth, pose: wild });
      assert.equal(frame.y.length, options.width * options.height);
      assert.ok(
        frame.y.every((luma) => luma >= 10),
        "no sample is missing",
      );
    }
  }
  const nowhere = paintFace();
  nowhere.landmarks.fill(100);
  frameOf(nowhere, { mouth: AA, pose: wild });
});

test("landmarks that are not 468 points are refused, and a frame of another size", () => {
  const { picture, landmarks } = paintFace({ size: 64 });
  const broken = landmarks.slice();
  broken[7] = Number.NaN;
  for (const wrong of [landmarks.subarray(2), broken]) {
    assert.throws(() => createPortrait({ source: picture, landmarks: wrong }), /468 points/);
  }
  const portrait = createPortrait({ source: picture, landmarks });
  assert.throws(() => portrait.render(REST_MOUTH, REST_POSE, createPlanes(66, 64)), /66×64/);
});

test("nothing is torn: what lies together in the source stays together", () => {
  const face = paintFace({ size: 512 });
  const poses = [
    { brows: 1 },
    { brows: -1 },
    { yaw: 0.2, pitch: 0.2, roll: 0.1 },
    { gazeX: 1, blink: 0.3 },
  ];
  const mouths = [
    { round: 1, open: 0.2 },
    { wide: 1, open: 0.1 },
    { wide: -1 },
    { press: 1 },
    { open: 0.34 },
  ];
  for (const across of [true, false]) {
    const ramp = createPlanes(512, 512);
    ramp.y.forEach((_, at) => {
      const along = across ? at % 512 : Math.floor(at / 512);
      // Up and down again, 1.6 levels a pixel.
      ramp.y[at] = 20 + Math.abs(((1.6 * along) % 400) - 200);
    });
    const portrait = createPortrait({ source: ramp, landmarks: face.landmarks });
    const out = createPlanes(512, 512);
    for (const options of [
      ...mouths.map((mouth) => ({ mouth })),
      ...poses.map((pose) => ({ pose })),
    ]) {
      const { mouth = {}, pose = {} } = { mouth: {}, pose: {}, ...options };
      portrait.render({ ...REST_MOUTH, ...mouth }, { ...REST_POSE, ...pose }, out);
      const torn = [];
      for (let y = 1; y < 512; y++) {
        for (let x = 1; x < 512; x++) {
          if (isOpening(face, x, y)) continue;
          const luma = lumaAt(out, x, y);
          const step = Math.max(
            Math.abs(luma - lumaAt(out, x - 1, y)),
            Math.abs(luma - lumaAt(out, x, y - 1)),
          );
          if (step > 3) torn.push([x, y, step]);
        }
      }
      assert.deepEqual(torn.slice(0, 3), [], JSON.stringify(options));
    }
  }
});

/** Whether a pixel may lie on an edge of an opening: of the lips or the lids. */
function isOpening({ mouth, eyes }: PaintedFace, x: number, y: number) {
  const inMouth =
    Math.abs(x - mouth.x) < 0.55 * mouth.width && Math.abs(y - mouth.y - 8) < 0.42 * mouth.width;
  return (
    inMouth ||
    eyes.some((eye) => Math.abs(x - eye.x) < 0.55 * eye.width && Math.abs(y - eye.y) < eye.height)
  );
}

test("frames do not depend on those before", () => {
  const face = paintFace();
  const portrait = createPortrait({ source: face.picture, landmarks: face.landmarks });
  const pose = { ...REST_POSE, yaw: 0.05, blink: 0.4, roll: -0.02 };
  const first = createPlanes(256, 256);
  portrait.render(AA, pose, first);
  const out = createPlanes(256, 256);
  portrait.render(PP, { ...pose, yaw: -0.2, blink: 1, shiftX: 0.1 }, out);
  portrait.render(REST_MOUTH, REST_POSE, out);
  portrait.render(AA, pose, out);
  assert.deepEqual(out, first);
});

test("skin is skin: the colours that are painted come from the face", () => {
  const face = paintFace();
  const frame = frameOf(face, { pose: { yaw: 0.05 } });
  const cheek = lumaAt(frame, face.mouth.x - 35, face.nose.y + 10);
  assert.ok(Math.abs(cheek - lumaOf(SKIN)) < 3);
});

test("a frame of 512 × 512 takes a few milliseconds", (context) => {
  const face = paintFace({ size: 512 });
  const portrait = createPortrait({ source: face.picture, landmarks: face.landmarks });
  const out = createPlanes(512, 512);
  const times: number[] = [];
  for (let frame = 0; frame < 150; frame++) {
    const mouth = { ...AA, open: 0.15 + 0.1 * Math.sin(frame), teeth: 0.8, tongue: 0.3 };
    const pose = {
      ...REST_POSE,
      yaw: 0.05 * Math.sin(frame / 9),
      roll: 0.01,
      blink: 0.5,
      gazeX: 0.2,
    };
    const start = performance.now();
    portrait.render(mouth, pose, out);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const fastest = times[0] ?? 0;
  context.diagnostic(`fastest ${fastest.toFixed(1)} ms, median ${(times[75] ?? 0).toFixed(1)} ms`);
  assert.ok(fastest < 40, `${fastest} ms`);
});
