import type { Audio } from "../../domain/audio.ts";
import type { MouthShape, Viseme, VisemeSpan } from "../../domain/face.ts";
import {
  blendVisemes,
  type Course,
  fade,
  limitSlope,
  type Parameter,
  roundCorners,
} from "./blend-visemes.ts";
import { loudnessGain } from "./loudness-gain.ts";
import { MOUTH_SHAPES, REST, WIDEST_OPEN } from "./mouth-shapes.ts";

export type MouthTrack = {
  /**
   * The mouth at a moment of the sound, seconds; at rest before and after it. The course has no jumps.
   * @param frameSeconds How long a picture of it is shown: however few pictures there are, each
   * contact of the lips is in one of them. 0 when left out.
   */
  at(seconds: number, frameSeconds?: number): MouthShape;
};

/** Lips are ahead of what is heard of them. */
const ANTICIPATION_SECONDS = 0.02;
/** Fastest change of `open` but for contacts, a second: 0.115 from one picture of 25 a second to the next. */
const FASTEST_OPENING = 2.875;
/** A change of speed takes twice as long. */
const ROUNDING_SECONDS = 0.015;
/** The lips come together and part within so long. */
const CONTACT_RAMP_SECONDS = 0.045;
/** A contact that is seen lasts at least so long: a short one is held beyond its sound. */
const HOLD_SECONDS: Partial<Record<Viseme, number>> = { PP: 0.06, FF: 0.04 };

/** Lips on lips or on teeth. */
type Contact = { start: number; end: number; viseme: Viseme };

/**
 * How the mouth moves through `spans`: visemes run into one another, and lips meet for every p, b, m,
 * f and v whatever is around them.
 * @param spans Without gaps, as `visemesOfPhonemes` and `visemesOfSound` give them.
 * @param options.audio The sound of the spans: the mouth then opens wider where it is louder.
 */
export function createMouthTrack(
  spans: readonly VisemeSpan[],
  { audio }: { audio?: Audio } = {},
): MouthTrack {
  const course = blendVisemes(spans);
  // Pressing is part of a contact and of nothing else.
  course.press.fill(0);
  if (audio) applyLoudness(course, audio);
  limitSlope(course.open, FASTEST_OPENING * course.step);
  roundCorners(course.open, Math.round(ROUNDING_SECONDS / course.step));
  const contacts = spans.flatMap(contactOf);

  return {
    at(seconds, frameSeconds = 0) {
      const moment = seconds + ANTICIPATION_SECONDS;
      const mouth = interpolated(course, moment);
      const hold = frameSeconds / 2;
      const reach = hold + CONTACT_RAMP_SECONDS + longestHold / 2;
      for (let i = firstEndingAfter(contacts, moment - reach); i < contacts.length; i++) {
        const contact = contacts[i];
        if (!contact || contact.start > moment + reach) break;
        touch(mouth, contact, strength(contact, moment, hold));
      }
      return mouth;
    },
  };
}

const longestHold = Math.max(...Object.values(HOLD_SECONDS));

function contactOf({ viseme, start, end }: VisemeSpan): Contact[] {
  const hold = HOLD_SECONDS[viseme];
  if (hold === undefined) return [];
  const centre = (start + end) / 2;
  const half = Math.max(hold, end - start - CONTACT_RAMP_SECONDS) / 2;
  return [{ viseme, start: centre - half, end: centre + half }];
}

/** 1 while the contact holds, for a picture's time at least (2 · `half`), and 0 away from it. */
function strength({ start, end }: Contact, moment: number, half: number): number {
  const centre = (start + end) / 2;
  const outside = Math.abs(moment - centre) - Math.max(half, (end - start) / 2);
  return fade(outside / CONTACT_RAMP_SECONDS);
}

function touch(mouth: MouthShape, { viseme }: Contact, strength: number): void {
  const { open, press, teeth } = MOUTH_SHAPES[viseme];
  mouth.open += strength * Math.min(0, open - mouth.open);
  mouth.press = Math.max(mouth.press, strength * press);
  mouth.teeth += strength * (teeth - mouth.teeth);
}

function applyLoudness(course: Course, audio: Audio): void {
  const gain = loudnessGain(audio);
  for (let i = 0; i < course.length; i++) {
    const opened = (course.open[i] ?? 0) * gain(course.start + i * course.step);
    course.open[i] = Math.min(WIDEST_OPEN, opened);
  }
}

function interpolated(course: Course, moment: number): MouthShape {
  const position = (moment - course.start) / course.step;
  if (!(position >= 0 && position < course.length - 1)) return { ...REST };
  const index = Math.floor(position);
  const part = position - index;
  const value = (parameter: Parameter) => {
    const before = course[parameter][index] ?? 0;
    return before + part * ((course[parameter][index + 1] ?? 0) - before);
  };
  return {
    open: value("open"),
    wide: value("wide"),
    round: value("round"),
    press: 0,
    teeth: value("teeth"),
    tongue: value("tongue"),
  };
}

/** Index of the first contact that ends after `moment`; they are in order. */
function firstEndingAfter(contacts: readonly Contact[], moment: number): number {
  let low = 0;
  let high = contacts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((contacts[middle]?.end ?? 0) > moment) high = middle;
    else low = middle + 1;
  }
  return low;
}
