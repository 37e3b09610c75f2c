import { AppError } from "../../domain/app-error.ts";
import type { Speech, SpeechModel, SpeechRequest } from "../../ports/speech-model.ts";
import { cutClip } from "../batch/cut-clip.ts";
import { ownSynthesis, placeOf } from "../batch/own-synthesis.ts";
import { excerpt } from "../text/request-text.ts";
import { cutEdges } from "../verify/speech-check.ts";
import { type CarrierRole, cutFromCarrier } from "./cut-from-carrier.ts";

const PLACE = "{text}";
const SPOKEN = /[\p{L}\p{N}](?:.*[\p{L}\p{N}\p{M}])?\p{M}*/su;

type Stretch = { from: number; to: number };
type CarrierPart = Stretch & { role: CarrierRole };

/**
 * Speaks every text inside a sentence and cuts it out, because voices speak a name in a sentence more
 * naturally than alone. With commas around `{text}` ("Hello, {text}, welcome") most names can be cut;
 * one that cannot be cut surely is spoken alone, with the warning CARRIER_UNCUT.
 * @param options.carrier Sentence with `{text}` in it, once.
 * @param options.reference The embedded voice, which speaks the same sentence for comparison.
 * @throws AppError INVALID_OPTION when `{text}` is not in the carrier exactly once.
 */
export function createCarrierSpeech(
  model: SpeechModel,
  { carrier, reference }: { carrier: string; reference: SpeechModel },
): SpeechModel {
  const [before = "", after, ...more] = carrier.split(PLACE);
  if (after === undefined || more.length > 0) {
    const message = `the carrier ${excerpt(carrier)} holds {text} ${more.length === 0 ? "nowhere" : "more than once"}: write it once, as in 'Hello, {text}, welcome'`;
    throw new AppError("INVALID_OPTION", message);
  }

  /** The carrier is the context: any other one would be said twice. */
  function carried({ context: _, ...request }: SpeechRequest): SpeechRequest {
    return { ...request, text: `${before}${request.text}${after}` };
  }

  async function cutOut(request: SpeechRequest, signal: AbortSignal): Promise<Speech | null> {
    const whole = carried(request);
    const { text } = whole;
    const parts = partsOf(text, { from: before.length, to: before.length + request.text.length });
    if (parts === null) return null;
    const references = await ownSynthesis(reference, { request: whole, parts, signal });
    if (references.length === 0) return null;
    const { audio: master, words, voice, warnings } = await model.speak(whole, { signal });
    const name = parts.find(({ role }) => role === "name");
    const heard = name && words && placeOf(name, text, words);
    const place = cutFromCarrier({
      ...{ master, references, roles: parts.map(({ role }) => role) },
      ...(heard !== undefined && { heard }),
    });
    const audio = place && cutClip(master, place);
    return audio && cutEdges(audio).length === 0 ? { audio, voice, warnings } : null;
  }

  return {
    provider: model.provider,
    cacheKey: (request) => JSON.stringify(["carrier", carrier, model.cacheKey(carried(request))]),
    async speak(request, { signal }) {
      const cut = await cutOut(request, signal);
      if (cut) return cut;
      const alone = await model.speak(request, { signal });
      const message = `${excerpt(request.text)} could not be cut out of the carrier surely and is spoken alone: put commas around {text}`;
      return { ...alone, warnings: [...alone.warnings, { code: "CARRIER_UNCUT", message }] };
    },
    ...(model.voices && { voices: async (options) => (await model.voices?.(options)) ?? [] }),
    close: () => model.close(),
  };
}

/** The parts of a carrier's text; null when the name has no letter. */
function partsOf(text: string, place: { from: number; to: number }): CarrierPart[] | null {
  const name = spokenPart(text, place);
  const before = spokenPart(text, { from: 0, to: place.from });
  const after = spokenPart(text, { from: place.to, to: text.length });
  if (!name) return null;
  const words = (part: Stretch) => text.slice(part.from, part.to).split(/\s+/u);
  const parts: CarrierPart[] = [];
  if (before) {
    const last = words(before).at(-1) ?? "";
    parts.push({ ...before, role: "carrier" });
    parts.push({ from: before.to - last.length, to: before.to, role: "word beside" });
  }
  parts.push({ ...name, role: "name" });
  if (after) {
    const first = words(after)[0] ?? "";
    parts.push({ from: after.from, to: after.from + lettersOf(first), role: "word beside" });
    parts.push({ ...after, role: "carrier" });
  }
  return parts;
}

/** From the first to the last letter of a stretch; null when it has none. */
function spokenPart(text: string, { from, to }: Stretch): Stretch | null {
  const spoken = SPOKEN.exec(text.slice(from, to));
  if (!spoken) return null;
  const start = from + spoken.index;
  return { from: start, to: start + spoken[0].length };
}

/** Characters of a word without the punctuation behind it. */
function lettersOf(word: string): number {
  return SPOKEN.exec(word)?.[0].length ?? word.length;
}
