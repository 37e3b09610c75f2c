import { type Canvas, type Color, createCanvas } from "../drawing/canvas.ts";
import { type Area, NOWHERE, type Placement, union } from "../drawing/coverage.ts";
import { box, ellipse, ring, stroke } from "../drawing/outline.ts";
import { createPicturePlanes } from "./picture-planes.ts";
import { type Expression, paintBody, paintHead } from "./presenter.ts";
import { wordmark } from "./wordmark.ts";

/** What the picture shows at one moment. */
export type Moment = {
  /** Seconds. */
  time: number;
  /** 0..1. */
  loudness: number;
  expression: Expression;
};

export type Scene = {
  /** The planes of a moment; the same buffer each time. Moments are asked for in order of time. */
  draw(moment: Moment): Buffer;
  readonly canvas: Canvas;
};

export type SceneOptions = {
  width: number;
  height: number;
  /** Seconds. */
  duration: number;
  /** Loudness over the whole duration, 0..1, for the wave below the presenter. */
  wave: number[];
};

/** The scene is designed at this size and scaled to others. */
const DESIGN = { width: 1280, height: 720 };
const CIRCLE = { x: 640, y: 302, radius: 214 };
/** Size of the presenter, and how far the face's centre lies below the circle's. */
const FIGURE = { scale: 1.12, drop: -24 };
const WAVE = { left: 420, width: 440, y: 622, height: 44, bar: 4 };

/** Bars of the wave. */
export const WAVE_BARS = 56;

const INK: Color = [43, 45, 66];
const TEAL: Color = [46, 140, 142];
const TEAL_LOW: Color = [30, 106, 116];
const CORAL: Color = [238, 108, 92];
const SAND: Color = [234, 208, 190];
const PAPER: Color = [255, 250, 246];

/** The bars of the sign: place from its middle, half the height. */
const SIGN = [
  [-9, 4],
  [0, 10],
  [9, 6],
] as const;

/**
 * A presenter who speaks in front of a calm background: painted once, then only what moves (the rings
 * that answer the voice, the head, the wave's progress) is painted and converted again.
 */
export function createScene({ width, height, duration, wave }: SceneOptions): Scene {
  const canvas = createCanvas(width, height);
  const planes = createPicturePlanes(width, height);
  const scale = Math.min(width / DESIGN.width, height / DESIGN.height);
  const origin: Placement = {
    scale,
    x: (width - DESIGN.width * scale) / 2,
    y: (height - DESIGN.height * scale) / 2,
  };
  const whole: Area = { left: 0, top: 0, right: width, bottom: height };
  paintBackground(canvas, origin);
  for (let bar = 0; bar < WAVE_BARS; bar++) paintBar(canvas, origin, { bar, wave, color: SAND });
  const still = canvas.pixels.slice();
  planes.update(canvas, whole);
  let before = NOWHERE;
  let played = 0;

  return {
    canvas,
    draw({ time, loudness, expression }) {
      canvas.restore(still, before);
      const sway = { x: 2.4 * Math.sin(time * 1.1), y: 1.6 * Math.sin(time * 1.9) - 3 * loudness };
      const figure = figurePlacement(origin);
      const area = union(
        paintRings(canvas, origin, loudness),
        paintHead(canvas, shifted(figure, sway.x, sway.y), expression),
      );
      planes.update(canvas, union(before, area));
      before = area;

      const due = Math.min(WAVE_BARS, Math.ceil((time / duration) * WAVE_BARS));
      for (; played < due; played++) {
        planes.update(canvas, paintBar(canvas, origin, { bar: played, wave, color: CORAL }));
      }
      return planes.bytes;
    },
  };
}

function paintBackground(canvas: Canvas, origin: Placement): void {
  const { width, height } = canvas;
  const whole: Placement = { scale: 1, x: 0, y: 0 };
  canvas.fill(
    [box(0, 0, width, height)],
    { color: [255, 248, 240], lower: [250, 228, 214] },
    whole,
  );
  canvas.fill([ellipse(1190, 40, 330)], { color: [255, 222, 196], alpha: 0.55 }, origin);
  canvas.fill([ellipse(60, 700, 270)], { color: TEAL, alpha: 0.07 }, origin);

  canvas.fill(
    [ellipse(CIRCLE.x, CIRCLE.y, CIRCLE.radius)],
    { color: TEAL, lower: TEAL_LOW },
    origin,
  );
  paintBody(canvas, figurePlacement(origin), {
    centreY: -FIGURE.drop / FIGURE.scale,
    radius: CIRCLE.radius / FIGURE.scale,
  });

  paintMark(canvas, shifted(origin, 54, 50));
}

/** The sign, three bars of a voice, and the word beside it; 44 high from the placement on. */
function paintMark(canvas: Canvas, at: Placement): void {
  canvas.fill([ellipse(22, 22, 22)], { color: CORAL }, at);
  for (const [x, half] of SIGN) {
    canvas.fill(stroke([22 + x, 22 - half, 22 + x, 22 + half], 4.6), { color: PAPER }, at);
  }
  const { x, y, scale } = shifted(at, 60, 36);
  canvas.fill(wordmark().outline, { color: INK }, { x, y, scale: 0.86 * scale });
}

/** Two rings outside the circle that widen with the voice. */
function paintRings(canvas: Canvas, origin: Placement, loudness: number): Area {
  const { x, y, radius } = CIRCLE;
  const middle = radius + 10 + 12 * loudness;
  const outer = radius + 22 + 34 * loudness;
  const [near, far] = [0.16 + 0.14 * loudness, 0.07 + 0.1 * loudness];
  canvas.fill(ring(x, y, middle, radius + 2), { color: TEAL, alpha: near }, origin);
  return canvas.fill(ring(x, y, outer, middle), { color: TEAL, alpha: far }, origin);
}

function paintBar(
  canvas: Canvas,
  origin: Placement,
  { bar, wave, color }: { bar: number; wave: number[]; color: Color },
): Area {
  const level = wave[Math.floor((bar * wave.length) / WAVE_BARS)] ?? 0;
  const half = 2 + (WAVE.height / 2) * level;
  const x = WAVE.left + (WAVE.width * (bar + 0.5)) / WAVE_BARS;
  const line = stroke([x, WAVE.y - half, x, WAVE.y + half], WAVE.bar);
  return canvas.fill(line, { color }, origin);
}

/** Where the face's centre lies, in the presenter's own scale. */
function figurePlacement(origin: Placement): Placement {
  const { x, y } = shifted(origin, CIRCLE.x, CIRCLE.y + FIGURE.drop);
  return { x, y, scale: origin.scale * FIGURE.scale };
}

function shifted({ scale, x, y }: Placement, dx: number, dy: number): Placement {
  return { scale, x: x + dx * scale, y: y + dy * scale };
}
