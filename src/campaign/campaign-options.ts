import { z } from "zod";
import { NAME_POSITIONS, TIERS } from "../domain/tier.ts";

// biome-ignore format: one line reads best
export const SPEECH_PROVIDERS = ["espeak", "gtts", "elevenlabs", "openai", "xtts", "sherpa", "command", "none"] as const;
export type SpeechProvider = (typeof SPEECH_PROVIDERS)[number];
// biome-ignore format: one line reads best
export const LIP_SYNC_PROVIDERS = ["none", "mouth", "wav2lip", "sync_api", "musetalk", "latentsync", "command", "http"] as const;
export type LipSyncProvider = (typeof LIP_SYNC_PROVIDERS)[number];

/** `X,Y` on a face, as shares of the picture: see `facePlaceOf`. */
export const FACE_PLACE = /^(0|1|0?\.\d+),(0|1|0?\.\d+)$/u;

const seconds = z.number().min(0).max(60);

/**
 * Everything that shapes a campaign's outputs, with the defaults of the published contract. One
 * schema serves every way in: the command line derives its flags from it.
 */
export const campaignOptionsSchema = z.object({
  insertMode: z.enum(TIERS).default("silver").describe("what is changed for each recipient"),
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
  diamondNaturalName: z
    .boolean()
    .default(true)
    .describe("diamond: a name keeps its pace, the base gives way to it"),
  diamondGapSeconds: seconds
    .default(0.12)
    .describe("diamond and platinum: quiet between name and speech, at least"),
  platinumPlaceholders: z
    .string()
    .max(1000)
    .default("NAME1,NAME2")
    .describe(
      "platinum: the words that are replaced, in speaking order, each by its column or by a text: NAME1={name},COMPANY={company}",
    ),
  lipSyncProvider: z
    .enum(LIP_SYNC_PROVIDERS)
    .default("none")
    .describe("diamond and platinum: who moves the speaker's mouth"),
  lipSyncFace: z
    .string()
    .regex(FACE_PLACE, "give X,Y as shares of the picture, such as 0.3,0.4")
    .optional()
    .describe(
      "X,Y: whose mouth moves where several faces are seen, as shares of the picture, such as 0.3,0.4",
    ),
  lipSyncCmd: z
    .string()
    .optional()
    .describe("program for --lip-sync-provider command, with {face} {audio} {out}"),
  wav2lipRepo: z.string().optional().describe("folder with Wav2Lip"),
  wav2lipCheckpoint: z.string().optional().describe("file with Wav2Lip's weights"),
  wav2lipPython: z.string().optional().describe("Python that runs Wav2Lip"),
  wav2lipPads: z
    .string()
    .regex(/^\s*-?\d+(\s+-?\d+){3}\s*$/u, "give four whole numbers: top bottom left right")
    .default("0 10 0 0")
    .describe(
      "Wav2Lip: what of the picture around the face is used: top bottom left right, pixels",
    ),
  keepVideo: z
    .boolean()
    .default(false)
    .describe("keep a picture that browsers do not play, instead of converting it to H.264 once"),
});

export type CampaignOptions = z.infer<typeof campaignOptionsSchema>;

/** Whether names keep their pace, so that the base may have to give way to them. */
export function keepsPace({ insertMode, diamondNaturalName }: CampaignOptions): boolean {
  return insertMode === "platinum" || (insertMode === "diamond" && diamondNaturalName);
}

/** Whether the speaker's mouth is to move with the names. */
export function isLipSynced({
  insertMode,
  lipSyncProvider,
}: Pick<CampaignOptions, "insertMode" | "lipSyncProvider">): boolean {
  return (insertMode === "diamond" || insertMode === "platinum") && lipSyncProvider !== "none";
}

/** The extension of a campaign's outputs. */
export function extensionOf({ insertMode }: CampaignOptions): string {
  return insertMode === "silver" ? ".mp3" : ".mp4";
}
