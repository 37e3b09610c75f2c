import assert from "node:assert/strict";
import { test } from "node:test";
import { LANDMARKS, type Picture } from "../../domain/face.ts";
import { DETECTOR_INPUT } from "./face-boxes.ts";
import { type FaceModels, MESH_INPUT } from "./face-models.ts";
import { findFaces, looks } from "./find-faces.ts";
import { boundsOf } from "./landmark-points.ts";
import { madeMesh } from "./testing/made-face.ts";

const cancelled = new AbortController().signal;

/** A black picture with a white square of 40 pixels at a place. */
function picture(size: { width: number; height: number }, marks: [number, number][]): Picture {
  const pixels = new Uint8Array(size.width * size.height * 3);
  for (const [x, y] of marks) {
    for (let row = y - 20; row < y + 20; row++) {
      pixels.fill(255, (row * size.width + x - 20) * 3, (row * size.width + x + 20) * 3);
    }
  }
  return { ...size, pixels };
}

/** The middle of what is bright in a patch and how many pixels are. */
function bright(patch: Float32Array, size: number) {
  let [count, x, y] = [0, 0, 0];
  for (let index = 0; index < size * size; index++) {
    if ((patch[index * 3] ?? 0) < 64) continue;
    count++;
    x += (index % size) + 0.5;
    y += Math.floor(index / size) + 0.5;
  }
  return { count, x: x / count, y: y / count };
}

/** Takes a bright square for a face, if its patch has more than `least` pixels of it. */
function squareModels({ least = 0, score = 1 } = {}): FaceModels & { looks: number } {
  return {
    looks: 0,
    detect(patch) {
      this.looks++;
      const { count, x, y } = bright(patch, DETECTOR_INPUT);
      const side = Math.sqrt(count) * 3;
      return count > least ? [{ score: 0.9, x, y, width: side, height: side, angle: 0 }] : [];
    },
    mesh(patch) {
      const { count, x, y } = bright(patch, MESH_INPUT);
      return { points: madeMesh({ x, y, radius: Math.sqrt(count) * 1.2 }), score };
    },
  };
}

test("a face is found at its place in the picture, whichever way that is scaled", async () => {
  for (const [width, height] of [
    [300, 200],
    [1280, 720],
    [500, 1300],
  ] as const) {
    const found = await findFaces(picture({ width, height }, [[210, 120]]), {
      models: squareModels(),
      cancelled,
    });
    assert.equal(found.length, 1);
    const [face] = found;
    const { x, y } = boundsOf(face?.landmarks ?? assert.fail());
    assert.ok(Math.hypot(x - 210, y - 120) < 2, `${x}, ${y} in ${width} × ${height}`);
    assert.equal(face?.landmarks.length, LANDMARKS * 2);
    assert.equal(face?.yaw, 0);
  }
});

test("a face too small for the look at the whole is found by a closer one", async () => {
  const models = squareModels({ least: 24 });
  const found = await findFaces(picture({ width: 2400, height: 1600 }, [[1900, 1000]]), {
    models,
    cancelled,
  });
  assert.ok(models.looks > 1);
  assert.equal(found.length, 1, "though several looks see it");
  const { x, y } = boundsOf(found[0]?.landmarks ?? assert.fail());
  assert.ok(Math.hypot(x - 1900, y - 1000) < 3, `${x}, ${y}`);
});

test("no closer look is taken once a face is found", async () => {
  const models = squareModels();
  await findFaces(picture({ width: 2400, height: 1600 }, [[1900, 1000]]), { models, cancelled });
  assert.equal(models.looks, 1);
});

test("what is hardly a face keeps its low score, what is none is left out", async () => {
  const given = picture({ width: 300, height: 200 }, [[100, 100]]);
  const unsure = await findFaces(given, { models: squareModels({ score: 0.4 }), cancelled });
  assert.deepEqual([unsure.length, unsure[0]?.score], [1, 0.4]);
  const none = await findFaces(given, { models: squareModels({ score: 0.01 }), cancelled });
  assert.deepEqual(none, []);
});

test("the looks cover the whole picture, and a small picture gets one", () => {
  assert.equal(looks({ width: 1280, height: 720 }).length, 1);
  const closest = looks({ width: 6000, height: 4000 }).at(-1) ?? [];
  assert.ok(closest.length > 8);
  for (const corner of [
    [0, 0],
    [6000, 0],
    [0, 4000],
    [6000, 4000],
    [2950, 2100],
  ] as const) {
    const seen = closest.some(
      ({ x, y, side }) => Math.max(Math.abs(x - corner[0]), Math.abs(y - corner[1])) <= side / 2,
    );
    assert.ok(seen, `${corner}`);
  }
});

test("a cancelled search ends before its next look", async () => {
  const models = squareModels({ least: 1e6 });
  const search = findFaces(picture({ width: 2400, height: 1600 }, []), {
    models,
    cancelled: AbortSignal.abort(),
  });
  await assert.rejects(search, { code: "CANCELLED" });
  assert.equal(models.looks, 0);
});

test("a face that fills the picture is looked at from farther off, with room around it", async () => {
  const models = squareModels();
  const found = await findFaces(picture({ width: 60, height: 60 }, [[28, 32]]), {
    models,
    cancelled,
  });
  assert.deepEqual([models.looks, found.length], [2, 1]);
  const { x, y } = boundsOf(found[0]?.landmarks ?? assert.fail());
  assert.ok(Math.hypot(x - 28, y - 32) < 2, `${x}, ${y}`);
});
