import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { drawAvatar } from "../src/face/avatar/draw-avatar.ts";
import { createMotion } from "../src/face/portrait/motion.ts";
import { createPortrait, REST_MOUTH, REST_POSE } from "../src/face/portrait/portrait.ts";
import { wholeFrame } from "../src/face/talking/whole-frame.ts";
import { createMouthTrack } from "../src/face/visemes/mouth-track.ts";
import { visemesOfPhonemes } from "../src/face/visemes/visemes-of-phonemes.ts";
import { createSoundingMovie } from "../src/media/libav/sounding-movie.ts";
import { createEspeak } from "../src/speech/espeak/espeak.ts";
import { median } from "./median.ts";

/**
 * How fast a portrait talks on one core, with the encoding of its video: against encoding the same
 * picture unchanged, in turn, in one process.
 */
const SIZE = 512;
const FPS = 25;
const ROUNDS = 7;
const WANTED_FPS = 60;
const TEXT =
  "Good morning! I have something to tell you, and it will not take long. Thank you for listening to me.";

const folder = await mkdtemp(path.join(tmpdir(), "vocative-bench-"));
const voice = createEspeak();
const { audio, phonemes = [] } = await voice.speak(
  { text: TEXT, language: "en" },
  { signal: new AbortController().signal },
);
await voice.close();
const duration = audio.samples.length / audio.sampleRate;
const frames = Math.ceil(duration * FPS);
const { picture, landmarks } = drawAvatar(SIZE);
const portrait = createPortrait({ source: picture, landmarks });
const mouth = createMouthTrack(visemesOfPhonemes(phonemes, duration), { audio });
const motion = createMotion({ seed: 1, duration });
const frame = wholeFrame(SIZE, SIZE);

/** Milliseconds of CPU of this process for one video. */
function cpuOf(draw: (seconds: number) => void): number {
  const begun = process.cpuUsage();
  using movie = createSoundingMovie({
    file: path.join(folder, "portrait.mp4"),
    picture: {
      width: SIZE,
      height: SIZE,
      frameRate: { num: FPS, den: 1 },
      bFrames: 2,
      gop: 2 * FPS,
      options: { preset: "veryfast", profile: "high", crf: "20" },
    },
    sound: { planes: [audio.samples], sampleRate: audio.sampleRate, bitRate: 128_000 },
  });
  for (let made = 0; made < frames; made++) {
    draw((made + 0.5) / FPS);
    movie.add(frame.bytes);
  }
  movie.finish();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

const still = (): void => portrait.render(REST_MOUTH, REST_POSE, frame.planes);
const talking = (seconds: number): void =>
  portrait.render(mouth.at(seconds, 1 / FPS), motion.at(seconds), frame.planes);

cpuOf(talking); // warm
const rounds = Array.from({ length: ROUNDS }, () => ({
  still: cpuOf(still),
  talking: cpuOf(talking),
}));
await rm(folder, { recursive: true });
const [stillMs, talkingMs] = [
  median(rounds.map((round) => round.still)),
  median(rounds.map((round) => round.talking)),
];
const rate = (ms: number) => (1000 * frames) / ms;
console.log(
  `${frames} frames of ${SIZE} × ${SIZE}, ${FPS} a second; CPU, median of ${ROUNDS} rounds:`,
);
console.log(
  `  the still picture, encoded   ${(stillMs / frames).toFixed(2)} ms a frame, ${rate(stillMs).toFixed(0)} frames a second of one core`,
);
console.log(
  `  talking, encoded             ${(talkingMs / frames).toFixed(2)} ms a frame, ${rate(talkingMs).toFixed(0)} frames a second of one core, ${(talkingMs / stillMs).toFixed(1)} × the still one`,
);
const ok = rate(talkingMs) >= WANTED_FPS;
console.log(`${ok ? "ok" : "MISSED"}: at least ${WANTED_FPS} frames a second`);
process.exitCode = ok ? 0 : 1;
