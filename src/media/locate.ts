import { SEARCHED_SECONDS } from "../domain/slot.ts";
import type { LocatedSpeech, LocateRequest } from "../ports/media-engine.ts";
import { findInText, findWords } from "../signal/search-speech.ts";
import { speechFeatures } from "../signal/speech-features.ts";
import { joinPlanes } from "./libav/audio-decoder.ts";
import { openInput } from "./libav/input.ts";
import { timelineAudio } from "./libav/timeline-audio.ts";

/** Enough for all that tells words apart, Hz. */
const SAMPLE_RATE = 16_000;

/** Finds where a base says what others have read. */
export function locate(path: string, { says, texts }: LocateRequest): (LocatedSpeech | null)[] {
  const heard = speechFeatures(beginningOf(path), SAMPLE_RATE);
  const find = says === "text" ? findInText : findWords;
  return texts.map((readings) =>
    find(
      heard,
      readings.map(({ audio, span }) => ({ ...audio, span })),
    ),
  );
}

/** Mono, as a player plays it. */
function beginningOf(path: string): Float32Array {
  using input = openInput(path);
  const blocks: Float32Array[][] = [];
  let samples = 0;
  for (const block of timelineAudio(input, { sampleRate: SAMPLE_RATE, channels: 1 })) {
    blocks.push(block);
    samples += block[0]?.length ?? 0;
    if (samples >= SEARCHED_SECONDS * SAMPLE_RATE) break;
  }
  return joinPlanes(blocks)[0] ?? new Float32Array();
}
