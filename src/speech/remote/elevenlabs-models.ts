/** What a model of ElevenLabs makes of a request beyond its text (elevenlabs.io/docs/overview/models). */
export type ElevenLabsAbilities = {
  /** Reads `<phoneme>`: the English models only. */
  phonemes: boolean;
  /** Takes `language_code`; the others find the language by the text, some refuse the field. */
  languageCode: boolean;
  /** Takes `previous_text` and `next_text`. */
  context: boolean;
  /** Acts on words in square brackets, such as `[laughs]`. */
  audioTags: boolean;
};

export const DEFAULT_MODEL = "eleven_multilingual_v2";

const PHONEME_MODELS = ["eleven_flash_v2", "eleven_turbo_v2", "eleven_monolingual_v1"];

export function abilitiesOf(model: string): ElevenLabsAbilities {
  const isThird = model.startsWith("eleven_v3");
  return {
    phonemes: PHONEME_MODELS.includes(model),
    languageCode: /^eleven_(?:turbo|flash)_v2_5$/u.test(model),
    context: !isThird,
    audioTags: isThird,
  };
}
