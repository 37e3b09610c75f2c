import type { Warning } from "../../domain/warning.ts";
import type { SpeechRequest } from "../../ports/speech-model.ts";
import { unusedPronunciations } from "../text/request-text.ts";
import { abilitiesOf } from "./elevenlabs-models.ts";
import { harmless, sentParts } from "./elevenlabs-text.ts";

/** How a voice speaks, where it is not to speak as its owner has set it; each 0..1. */
export type ElevenLabsSettings = {
  stability?: number;
  similarity?: number;
  style?: number;
  speakerBoost?: boolean;
};

/** How a model of an account speaks, whatever the request. */
export type Manner = { model: string; speed: number; settings: ElevenLabsSettings };

/** The API takes any speed, but speaks well within these only. */
const SPEEDS = { slowest: 0.7, fastest: 1.2 };

/** All of it shapes the sound. A voice's own settings hold for what is not sent. */
export function requestBody(manner: Manner, request: SpeechRequest) {
  const { model, settings } = manner;
  const abilities = abilitiesOf(model);
  const { stability, similarity, style, speakerBoost } = settings;
  const { spoken: speed } = speedOf(manner, request);
  const voiceSettings = {
    ...(stability !== undefined && { stability }),
    ...(similarity !== undefined && { similarity_boost: similarity }),
    ...(style !== undefined && { style }),
    ...(speakerBoost !== undefined && { use_speaker_boost: speakerBoost }),
    ...(speed !== 1 && { speed }),
  };
  const language = abilities.languageCode ? languageCode(request.language) : undefined;
  const { before = "", after = "" } = (abilities.context && request.context) || {};
  return {
    text: sentParts(request, abilities)
      .map(({ text }) => text)
      .join(""),
    model_id: model,
    ...(Object.keys(voiceSettings).length > 0 && { voice_settings: voiceSettings }),
    ...(language !== undefined && { language_code: language }),
    ...(before !== "" && { previous_text: harmless(before, abilities) }),
    ...(after !== "" && { next_text: harmless(after, abilities) }),
  };
}

function speedOf(manner: Manner, { speed = 1 }: SpeechRequest) {
  const wanted = Number((manner.speed * speed).toFixed(3));
  return { wanted, spoken: Math.min(Math.max(wanted, SPEEDS.slowest), SPEEDS.fastest) };
}

/** ISO 639-1 of a BCP 47 tag; undefined where there is none. */
function languageCode(tag: string): string | undefined {
  const primary = tag.split(/[-_]/u)[0]?.toLowerCase() ?? "";
  return /^[a-z]{2}$/u.test(primary) ? primary : undefined;
}

/** What of a request this model does otherwise than it was asked. */
export function mannerWarnings(manner: Manner, request: SpeechRequest): Warning[] {
  return [...limitedSpeed(manner, request), ...unspokenSounds(manner, request)];
}

function limitedSpeed(manner: Manner, request: SpeechRequest): Warning[] {
  const { wanted, spoken } = speedOf(manner, request);
  if (wanted === spoken) return [];
  const message = `ElevenLabs speaks at a speed of ${SPEEDS.slowest} to ${SPEEDS.fastest}: ${wanted} became ${spoken}`;
  return [{ code: "SPEED_LIMITED", message }];
}

function unspokenSounds({ model }: Manner, request: SpeechRequest): Warning[] {
  if (abilitiesOf(model).phonemes) return [];
  return unusedPronunciations(`the ElevenLabs model ${model}`, request);
}
