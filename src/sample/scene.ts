import { type Area, type Canvas, type Color, createCanvas, type Placement } from "./canvas.ts";
import { box, ellipse, ring, stroke } from "./outline.ts";
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
/** Of the face's centre below the circle's. */
const HEAD_DROP = -22;
const WAVE = { left: 420, width: 440, y: 622, height: 44, bar: 4 };

/** Bars of the wave. */
export const WAVE_BARS = 56;

const INK: Color = [43, 45, 66];
const TEAL: Color = [46, 140, 142];
const TEAL_LOW: Color = [30, 106, 116];
const CORAL: Color = [238, 108, 92];
const SAND: Color = [234, 208, 190];

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
  let before: Area[] = [];
  let played = 0;

  return {
    canvas,
    draw({ time, loudness, expression }) {
      for (const area of before) canvas.restore(still, area);
      const sway = { x: 2.4 * Math.sin(time * 1.1), y: 1.6 * Math.sin(time * 1.9) - 3 * loudness };
      const areas = [
        ...paintRings(canvas, origin, loudness),
        paintHead(canvas, at(origin, CIRCLE.x + sway.x, CIRCLE.y + HEAD_DROP + sway.y), expression),
      ];
      for (const area of [...before, ...areas]) planes.update(canvas, area);
      before = areas;

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
  canvas.fill([box(0, 0, width, height)], { color: [255, 248, 240], lower: [250, 228, 214] }, whole);
  canvas.fill([ellipse(1190, 40, 330)], { color: [255, 222, 196], alpha: 0.55 }, origin);
  canvas.fill([ellipse(60, 700, 270)], { color: TEAL, alpha: 0.07 }, origin);

  canvas.fill([ellipse(CIRCLE.x, CIRCLE.y, CIRCLE.radius)], { color: TEAL, lower: TEAL_LOW }, origin);
  paintBody(canvas, at(origin, CIRCLE.x, CIRCLE.y + HEAD_DROP), {
    centreY: -HEAD_DROP,
    radius: CIRCLE.radius,
  });

  const { outline } = wordmark();
  canvas.fill([ellipse(76, 72, 22)], { color: CORAL }, origin);
  for (const [x, half] of [[-9, 4], [0, 10], [9, 6]] as const) {
    canvas.fill(stroke([76 + x, 72 - half, 76 + x, 72 + half], 4.6), { color: [255, 250, 246] }, origin);
  }
  canvas.fill(outline, { color: INK }, { scale: origin.scale * 0.86, x: origin.x + 114 * origin.scale, y: origin.y + 86 * origin.scale });
}

/** Two rings outside the circle that widen with the voice; each is returned in bands to keep the areas small. */
function paintRings(canvas: Canvas, origin: Placement, loudness: number): Area[] {
  const { x, y, radius } = CIRCLE;
  const inner = radius + 10 + 12 * loudness;
  const outer = radius + 22 + 34 * loudness;
  return [
    canvas.fill(ring(x, y, inner, radius + 2), { color: TEAL, alpha: 0.16 + 0.14 * loudness }, origin),
    canvas.fill(ring(x, y, outer, inner), { color: TEAL, alpha: 0.07 + 0.1 * loudness }, origin),
  ];
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

function at({ scale, x, y }: Placement, dx: number, dy: number): Placement {
  return { scale, x: x + dx * scale, y: y + dy * scale };
}
