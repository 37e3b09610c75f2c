import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Face } from "../../domain/face.ts";
import { readStudy, writeStudy } from "./study-file.ts";
import type { StretchStudy } from "./study-stretch.ts";
import { faceAt } from "./testing/studied-stretch.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "study-file-"));
});
after(() => rm(folder, { recursive: true }));

const usable: StretchStudy = {
  kind: "usable",
  faces: [faceAt({ x: 100.123_456, y: 80, score: 0.93, yaw: -0.125 }), faceAt({ x: 101, y: 80 })],
};

async function kept(name: string, study: StretchStudy): Promise<string> {
  const file = path.join(folder, name);
  await writeStudy(file, study);
  return file;
}

test("faces come back to a hundredth of a pixel, and so does a refusal", async () => {
  const back = await readStudy(await kept("usable", usable));
  assert.ok(back?.kind === "usable" && usable.kind === "usable");
  assert.equal(back.faces.length, 2);
  for (const [index, { landmarks, score, yaw }] of usable.faces.entries()) {
    const face: Face | undefined = back.faces[index];
    assert.ok(face?.landmarks instanceof Float32Array);
    assert.deepEqual([face.score, face.yaw], [score, yaw]);
    const off = face.landmarks.map((value, at) => Math.abs(value - (landmarks[at] ?? 0)));
    assert.ok(Math.max(...off) <= 0.005 + 1e-4, `${Math.max(...off)} pixels`);
  }
  const refused: StretchStudy = { kind: "refused", message: "at 1.20 s of the base: turned away" };
  assert.deepEqual(await readStudy(await kept("refused", refused)), refused);
});

test("a file holds no more digits than are seen, and is whole at once: nothing lies beside it", async () => {
  const text = await readFile(await kept("digits", usable), "utf8");
  const [first] = JSON.parse(text).study.faces;
  for (const value of first.landmarks) assert.match(`${value}`, /^-?\d+(\.\d{1,2})?$/u);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.includes(".part")),
    [],
  );
});

test("of one that is missing, damaged or of another version nothing is taken", async () => {
  assert.equal(await readStudy(path.join(folder, "nowhere")), null);
  const text = await readFile(await kept("whole", usable), "utf8");
  const { version, study } = JSON.parse(text);
  const [face] = study.faces;
  const others: Record<string, string> = {
    empty: "",
    cut: text.slice(0, text.length / 2),
    newer: JSON.stringify({ version: version + 1, study }),
    unnumbered: JSON.stringify({ study }),
    "fewer landmarks": JSON.stringify({
      version,
      study: { kind: "usable", faces: [{ ...face, landmarks: face.landmarks.slice(2) }] },
    }),
    "not a number": JSON.stringify({
      version,
      study: {
        kind: "usable",
        faces: [{ ...face, landmarks: [null, ...face.landmarks.slice(1)] }],
      },
    }),
  };
  for (const [name, content] of Object.entries(others)) {
    const file = path.join(folder, name);
    await writeFile(file, content);
    assert.equal(await readStudy(file), null, name);
  }
});

test("a folder that is gone is named", async () => {
  const file = path.join(folder, "gone", "stretch.face.json");
  await assert.rejects(writeStudy(file, usable), { code: "OUTPUT_UNWRITABLE", message: /gone/u });
});
