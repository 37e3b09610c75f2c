import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createScene, type Moment, WAVE_BARS } from "./scene.ts";

const SIZE = { width: 320, height: 180 };
const OPTIONS = { ...SIZE, duration: 10, wave: Array(WAVE_BARS).fill(0.5) };
/** Pixels in which an open mouth lies. */
const MOUTH = { left: 155, right: 165, top: 87, bottom: 95 };

function moment(time: number, mouthOpen: number): Moment {
  const expression = { mouthOpen, mouthWidth: 0, eyesClosed: 0, browsRaised: 0 };
  return { time, loudness: mouthOpen, expression };
}

describe("the sample's scene", () => {
  test("a moment looks the same whatever was drawn before it", () => {
    const fresh = createScene(OPTIONS).draw(moment(7, 0.4));
    const used = createScene(OPTIONS);
    for (const time of [0, 1.3, 2.9, 6.4]) used.draw(moment(time, time % 1));
    assert.ok(used.draw(moment(7, 0.4)).equals(fresh));
  });

  test("an open mouth is dark where a closed one shows skin", () => {
    const luma = (open: number) => {
      const planes = createScene(OPTIONS).draw(moment(0, open));
      let sum = 0;
      for (let y = MOUTH.top; y < MOUTH.bottom; y++) {
        for (let x = MOUTH.left; x < MOUTH.right; x++) sum += planes[y * SIZE.width + x] ?? 0;
      }
      return sum / (MOUTH.right - MOUTH.left) / (MOUTH.bottom - MOUTH.top);
    };
    const [closed, half, wide] = [luma(0), luma(0.5), luma(1)];
    assert.ok(closed > half + 15 && half > wide + 5, `${closed} ${half} ${wide}`);
  });

  test("the wave fills with colour as time goes by", () => {
    const coloured = (time: number) => {
      const { canvas, draw } = createScene(OPTIONS);
      draw(moment(time, 0));
      let count = 0;
      for (let at = 3 * 150 * SIZE.width; at < 3 * 160 * SIZE.width; at += 3) {
        if ((canvas.pixels[at] ?? 0) - (canvas.pixels[at + 2] ?? 0) > 100) count++;
      }
      return count;
    };
    assert.equal(coloured(0), 0);
    const [half, whole] = [coloured(5), coloured(10)];
    assert.ok(half > 20 && Math.abs(whole / half - 2) < 0.2, `${half} ${whole}`);
  });

  test("pictures of other shapes keep the presenter round and in the middle", () => {
    const { canvas } = createScene({ ...OPTIONS, width: 180, height: 320 });
    const at = (x: number, y: number) => [...canvas.pixels.slice(3 * (y * 180 + x)).slice(0, 3)];
    const [red = 0, green = 0] = at(90, 134);
    assert.ok(green > red, "the circle's colour is missing above the head");
  });
});
