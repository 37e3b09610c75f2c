import { type Audio, durationOf } from "../../../domain/audio.ts";
import type { VisemeSpan } from "../../../domain/face.ts";
import type { Phoneme } from "../../../ports/speech-model.ts";
import type { Espeak } from "../../../speech/espeak/espeak.ts";
import { visemesOfPhonemes } from "../visemes-of-phonemes.ts";

/** Speech of the embedded voice with the visemes of its phonemes. */
export type Spoken = {
  audio: Audio;
  duration: number;
  phonemes: Phoneme[];
  spans: VisemeSpan[];
};

/** A sentence for each language, with lips that meet; none that the net of sounds has learned. */
export const SPOKEN_SENTENCES: Readonly<Record<string, string>> = {
  en: "Good morning Amelia, we have prepared a small surprise for you and your family. Please open the box, and tell us what you found.",
  hi: "राहुल, आपके लिए हमारे पास एक विशेष उपहार है। कृपया आज ही हमारी दुकान पर आइए और अपना इनाम ले जाइए।",
  es: "Buenos días Manuel, tenemos una oferta especial para tu familia. Ven mañana y prueba nuestro producto nuevo.",
  fr: "Bonsoir Camille, nous avons préparé une petite surprise pour vous; ouvrez la boîte et dites-nous ce que vous pensez.",
  de: "Hallo Barbara, wir haben eine kleine Überraschung für dich vorbereitet. Mach bitte die Schachtel auf und schau hinein.",
};

/** @param variant Of the language's voice, such as `+f3`. */
export async function spoken(model: Espeak, language: string, variant = ""): Promise<Spoken> {
  const text = SPOKEN_SENTENCES[language] ?? "";
  const { signal } = new AbortController();
  const voice = (language === "en" ? "en-us" : language) + variant;
  const { audio, phonemes = [] } = await model.speak({ text, language, voice }, { signal });
  const duration = durationOf(audio);
  return { audio, duration, phonemes, spans: visemesOfPhonemes(phonemes, duration) };
}
