import { z } from "zod";
import { NAME_POSITIONS } from "../domain/tier.ts";

/** The tiers that are built; diamond and platinum follow with the face engine. */
export const AVAILABLE_TIERS = ["silver", "gold"] as const;
// biome-ignore format: one line reads best
export const SPEECH_PROVIDERS = ["espeak", "gtts", "elevenlabs", "openai", "xtts", "sherpa", "command", "none"] as const;
export type SpeechProvider = (typeof SPEECH_PROVIDERS)[number];

const seconds = z.number().min(0).max(60);

/**
 * Everything that shapes a campaign's outputs, with the defaults of the published contract. One
 * schema serves every way in: the command line derives its flags from it.
 */
export const campaignOptionsSchema = z.object({
  insertMode: z
    .enum(AVAILABLE_TIERS)
    .default("silver")
    .describe("what is changed for each recipient"),
  namePosition: z.enum(NAME_POSITIONS).default("start").describe("where the name goes"),
  text: z
    .string()
    .default("{name}")
    .describe("what is spoken; any column of the sheet as {column}"),
  lang: z
    .string()
    .min(2)
    .max(35)
    .default("hi")
    .describe("language of the names, such as hi, en, pt-br"),
  nameCol: z.string().default("name").describe("column with the names"),
  pronunciationCol: z
    .string()
    .default("pronunciation")
    .describe("column with the names as they are to be spoken; may be missing"),
  slot: z
    .string()
    .regex(/^\d+(\.\d+)?-\d+(\.\d+)?$/u, "give START-END in seconds, such as 0.43-1.64")
    .optional()
    .describe("START-END in seconds: what is replaced, instead of finding it"),
  transcript: z
    .string()
    .max(20_000)
    .optional()
    .describe("what the base says, with what is replaced in braces: Hello {Rahul}, welcome"),
  spokenName: z
    .string()
    .max(200)
    .optional()
    .describe("what the base says in the name's place, such as Rahul: it is searched for"),
  silenceDb: z.number().min(-90).max(0).default(-30).describe("below this a moment is quiet, dB"),
  silenceDur: z.number().min(0.01).max(10).default(0.3).describe("shortest pause, seconds"),
  ttsProvider: z.enum(SPEECH_PROVIDERS).default("espeak").describe("who speaks the names"),
  ttsCmd: z
    .string()
    .optional()
    .describe("program for --tts-provider command, with {text} {out} {voice} {lang}"),
  voice: z
    .string()
    .optional()
    .describe("the provider's voice; chosen by script and language if not given"),
  elevenlabsVoiceId: z.string().max(200).optional().describe("ElevenLabs voice"),
  elevenlabsModelId: z.string().max(200).optional().describe("ElevenLabs model"),
  elevenlabsSpeed: z.number().min(0.7).max(1.2).default(1).describe("pace of an ElevenLabs voice"),
  carrier: z
    .string()
    .max(500)
    .regex(/\{text\}/u, "give a sentence with {text} in it, such as 'Hello {text}, welcome'")
    .optional()
    .describe("sentence with {text}: names are spoken inside it and cut out"),
  batchNameTts: z
    .boolean()
    .default(true)
    .describe("many names in one request to a remote voice, then split"),
  batchSplitSilenceDb: z
    .number()
    .min(-120)
    .max(0)
    .default(-40)
    .describe("batches: below this a moment is a pause, dB"),
  batchSplitSilenceDur: z
    .number()
    .min(0)
    .max(10)
    .default(0.18)
    .describe("batches: shortest pause between names, seconds"),
  batchGapHint: z
    .string()
    .max(200)
    .default("ठहराव")
    .describe("batches: a word spoken between names and cut out"),
  verify: z
    .boolean()
    .default(false)
    .describe("have a speech recogniser check each name as it sounds in the output"),
  matchNameLoudness: z.boolean().default(true).describe("bring names to the speaker's loudness"),
  nameLoudnessMaxGainDb: z
    .number()
    .min(0)
    .max(40)
    .default(8)
    .describe("raise a name by at most this, dB"),
  silverGapSeconds: seconds.default(0.12).describe("silver: quiet between name and speech"),
  silverReplaceSeconds: seconds
    .optional()
    .describe("silver: replace this much, such as 0.45, when no pause ends the first words"),
  goldMaxNameSeconds: seconds
    .optional()
    .describe("gold: replace this much, such as 0.5, when no pause ends the first words"),
  goldDetectSilenceDur: z
    .number()
    .min(0.01)
    .max(10)
    .default(0.05)
    .describe("shortest pause that may end a name when longer ones do not, seconds"),
  goldEndGuardSeconds: seconds.default(0.08).describe("gold: quiet around a name at the end"),
  keepVideo: z
    .boolean()
    .default(false)
    .describe("keep a picture that browsers do not play, instead of converting it to H.264 once"),
});

export type CampaignOptions = z.infer<typeof campaignOptionsSchema>;

/** The extension of a campaign's outputs. */
export function extensionOf({ insertMode }: CampaignOptions): string {
  return insertMode === "silver" ? ".mp3" : ".mp4";
}
