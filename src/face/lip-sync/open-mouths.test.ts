import assert from "node:assert/strict";
import { test } from "node:test";
import { filmPainted } from "./mouth/testing/filmed-face.ts";
import { openMouths } from "./open-mouths.ts";

test("the three pictures with the widest mouth come, the widest first", () => {
  const { pictures, faces } = filmPainted([0, 0.2, 0.5, 0.1, 0.35, 0.4].map((gap) => ({ gap })));
  const found = openMouths(pictures, faces);
  assert.deepEqual(
    found.map(({ picture }) => pictures.indexOf(picture)),
    [2, 5, 4],
  );
  for (const { picture, face } of found) {
    assert.equal(face, faces[pictures.indexOf(picture)]);
  }
});

test("closed lips show nothing of a mouth's inside, and a picture without a face nothing at all", () => {
  const { pictures, faces } = filmPainted([{ gap: 0 }, { gap: 0.4 }]);
  assert.equal(openMouths(pictures, faces).length, 1);
  assert.deepEqual(openMouths(pictures, faces.slice(0, 1)), []);
  assert.deepEqual(openMouths([], []), []);
});

test("how far a mouth is open is told by the face's own size", () => {
  const { pictures, faces } = filmPainted([{ gap: 0.3 }, { gap: 0.4 }]);
  const larger = faces.map((face, index) =>
    index === 0 ? { ...face, landmarks: face.landmarks.map((value) => 2 * value) } : face,
  );
  const [widest] = openMouths(pictures, larger);
  assert.equal(widest?.picture, pictures[1]);
});
