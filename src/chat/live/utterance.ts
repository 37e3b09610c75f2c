import type { Audio } from "../../domain/audio.ts";

const FRAME_SECONDS = 0.02;
/** Speech is so much louder than the room, dB, and never below this level, dB of full scale. */
const ABOVE_ROOM_DB = 12;
const QUIETEST_SPEECH_DB = -42;
/** How fast a room is taken to have become louder, dB a second. */
const ROOM_RISE_DB = 1;
/** So much speech in a row begins an utterance; so much silence ends it, seconds. */
const BEGIN_SECONDS = 0.12;
const END_SECONDS = 0.7;
/** Kept from before the beginning: soft first sounds. */
const BEFORE_SECONDS = 0.3;
const LONGEST_SECONDS = 30;

/** Finds out in a stream of sound when somebody speaks, and when they have ended. */
export type Utterances = {
  /** The next samples, −1..1. */
  push(samples: Float32Array): void;
};

/**
 * @param options.onBegin Somebody speaks.
 * @param options.onEnd They have ended, or went on for 30 s: what they said, with a little before it.
 */
export function createUtterances(options: {
  sampleRate: number;
  onBegin: () => void;
  onEnd: (audio: Audio) => void;
}): Utterances {
  const { sampleRate, onBegin, onEnd } = options;
  const frameLength = Math.round(FRAME_SECONDS * sampleRate);
  const framesOf = (seconds: number) => Math.round(seconds / FRAME_SECONDS);
  let rest = new Float32Array(0);
  let frames: Float32Array[] = [];
  let roomDb = QUIETEST_SPEECH_DB - ABOVE_ROOM_DB;
  let speaking = false;
  /** Frames in a row that were speech, and that were none. */
  let loud = 0;
  let quiet = 0;

  function end(): void {
    const samples = joined(frames);
    frames = [];
    speaking = false;
    loud = 0;
    onEnd({ samples, sampleRate });
  }

  function take(frame: Float32Array): void {
    const db = levelDb(frame);
    const isSpeech = db > Math.max(QUIETEST_SPEECH_DB, roomDb + ABOVE_ROOM_DB);
    roomDb = Math.min(db, roomDb + ROOM_RISE_DB * FRAME_SECONDS);
    loud = isSpeech ? loud + 1 : 0;
    quiet = isSpeech ? 0 : quiet + 1;
    frames.push(frame);
    if (!speaking) {
      if (loud >= framesOf(BEGIN_SECONDS)) {
        speaking = true;
        onBegin();
      } else if (frames.length > framesOf(BEFORE_SECONDS + BEGIN_SECONDS)) {
        frames.shift();
      }
    } else if (quiet >= framesOf(END_SECONDS) || frames.length >= framesOf(LONGEST_SECONDS)) {
      end();
    }
  }

  return {
    push(samples) {
      const all = joined([rest, samples]);
      let from = 0;
      for (; from + frameLength <= all.length; from += frameLength) {
        take(all.slice(from, from + frameLength));
      }
      rest = all.slice(from);
    },
  };
}

function joined(parts: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function levelDb(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return 10 * Math.log10(power + 1e-10);
}
