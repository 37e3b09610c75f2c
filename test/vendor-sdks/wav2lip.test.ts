import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Face } from "../../src/domain/face.ts";
import { createFaceFinder } from "../../src/face/landmarks/face-finder.ts";
import { pointOf } from "../../src/face/landmarks/landmark-points.ts";
import { installedCopy } from "../support/installed-copy.ts";
import { decodedFrames, decodeFrame, type ReadFrame } from "../support/read-media.ts";
import { type Ended, startProgram } from "../support/run-vocative.ts";
import { makeTalkingBase } from "../support/talking-base.ts";
import { wav2lipFile } from "../support/wav2lip-model.ts";

/** Wav2Lip from a model, as an operator installs its runtime: campaigns of the real command. */

const PACKAGES = fileURLToPath(new URL("node_modules", import.meta.url));
const skip = existsSync(path.join(PACKAGES, "onnxruntime-node"))
  ? false
  : "onnxruntime-node is not installed: npm install --prefix test/vendor-sdks";
const PARTS = [0.4, "Rahul", 0.45, "welcome to our school", 0.4];
/** Where it goes, and from where on things may be another's. */
const SLOT = { start: 0.4, end: 1.2 };

async function faceOf({ width, height, luma }: ReadFrame): Promise<Face> {
  const faces = createFaceFinder();
  try {
    const pixels = new Uint8Array(3 * width * height);
    for (const [at, level] of luma.entries()) pixels.fill(level, 3 * at, 3 * at + 3);
    const { signal } = new AbortController();
    const [face] = await faces.find({ width, height, pixels }, { signal });
    assert.ok(face && face.score > 0.8, "a face");
    return face;
  } finally {
    await faces.close();
  }
}

describe("a campaign with a Wav2Lip model", { skip }, () => {
  let folder: string;
  let main: string;
  const inside = (...parts: string[]) => path.join(folder, ...parts);
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "vocative-wav2lip-"));
    main = installedCopy(inside("installed"), [PACKAGES]);
    writeFileSync(inside("wav2lip.onnx"), wav2lipFile());
    writeFileSync(inside("people.csv"), "name\nMariam\nAl\n");
    await makeTalkingBase({ file: inside("base.mp4"), parts: PARTS, height: 256 });
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  /** Runs the campaign and tells its videos. */
  async function campaign(
    name: string,
    { provider, model = inside("wav2lip.onnx") }: { provider: string; model?: string },
  ): Promise<{ ended: Ended; videos: string[]; outdir: string }> {
    const outdir = inside(name);
    const { ended } = startProgram(
      process.execPath,
      [
        ...[main, "campaign", "--video", inside("base.mp4"), "--recipients", inside("people.csv")],
        ...["--outdir", outdir, "--insert-mode", "diamond", "--lang", "en"],
        ...["--lip-sync-provider", provider],
      ],
      { env: { VIDX_DATA_DIR: inside("data"), VOCATIVE_WAV2LIP_ONNX: model }, cwd: folder },
    );
    const result = await ended;
    const videos = existsSync(outdir)
      ? readdirSync(outdir).filter((file) => file.endsWith(".mp4"))
      : [];
    return { ended: result, outdir, videos: videos.toSorted() };
  }

  test("draws the mouth by the network in the slot's pictures, and nothing elsewhere", async (t) => {
    const drawn = await campaign("drawn", { provider: "wav2lip" });
    assert.equal(drawn.ended.code, 0, drawn.ended.stderr);
    assert.match(drawn.ended.stderr, /weights of Wav2Lip are for research only/u);
    const plain = await campaign("plain", { provider: "none" });
    assert.equal(plain.ended.code, 0, plain.ended.stderr);
    assert.deepEqual([drawn.videos.length, drawn.videos], [2, plain.videos]);

    const { landmarks } = await faceOf(decodeFrame(inside("base.mp4"), SLOT.start));
    const [lip, brow] = [pointOf(landmarks, 13), pointOf(landmarks, 9)];
    const level = ({ luma, width }: ReadFrame, { x, y }: { x: number; y: number }) =>
      luma[Math.round(y) * width + Math.round(x)] ?? 0;
    for (const video of drawn.videos) {
      const made = [...decodedFrames(path.join(drawn.outdir, video))];
      const recorded = [...decodedFrames(path.join(plain.outdir, video))];
      assert.equal(made.length, recorded.length);
      const offs = made.map((frame, index) => {
        const other = recorded[index] ?? frame;
        const inSlot = frame.time >= SLOT.start && frame.time < SLOT.end;
        const off = (at: { x: number; y: number }) => Math.abs(level(frame, at) - level(other, at));
        return { time: frame.time, inSlot, mouth: off(lip), brow: off(brow) };
      });
      const most = (of: (typeof offs)[number][], what: "mouth" | "brow") =>
        Math.max(...of.map((one) => one[what]));
      const within = offs.filter(({ inSlot }) => inSlot);
      const behind = offs.filter(({ time }) => time > SLOT.end + 0.2);
      t.diagnostic(
        `${video}: mouth ${most(within, "mouth")} levels within, ${most(behind, "mouth")} behind; brow ${most(offs, "brow")}`,
      );
      assert.ok(most(within, "mouth") > 40, "the network's grey is seen");
      assert.ok(most(behind, "mouth") < 8, "behind the slot the speaker's own mouth is back");
      assert.ok(most(offs, "brow") < 10, "what is above stays as it was recorded");
    }
  });

  test("a file that is no model fails the rows with the reason and the remedy", async () => {
    writeFileSync(inside("broken.onnx"), "PK\u0003\u0004 a PyTorch checkpoint");
    const { ended, videos } = await campaign("broken", {
      provider: "wav2lip",
      model: inside("broken.onnx"),
    });
    assert.notEqual(ended.code, 0);
    assert.deepEqual(videos, []);
    const said = ended.stderr + ended.stdout;
    assert.match(said, /lip-sync model "broken\.onnx" cannot be opened .*give a whole ONNX file/u);
  });

  test("a model that is not there is named before anything is made", async () => {
    const { ended } = await campaign("missing", { provider: "wav2lip", model: inside("no.onnx") });
    assert.notEqual(ended.code, 0);
    assert.match(ended.stderr, /VOCATIVE_WAV2LIP_ONNX not found: .*no\.onnx/u);
  });
});
