import { existsSync } from "node:fs";
import { AppError } from "../../domain/app-error.ts";
import type { Warning } from "../../domain/warning.ts";
import { type CampaignOptions, campaignOptionsSchema, isLipSynced } from "../campaign-options.ts";
import { lipSyncWarnings } from "../lip-sync-choice.ts";
import { slotMarkers } from "../slot-markers.ts";
import type { JobForm } from "./job-form.ts";
import type { LipSyncPolicy, ServicePolicy, SpeechPolicy } from "./service-dependencies.ts";

const DEFAULT_PYTHON = "python3";

/**
 * What a form asks for, as campaign options; with a warning for everything that is done otherwise than
 * asked.
 * @throws AppError BAD_REQUEST with the contract's texts, OPERATOR_ONLY_OPTION, OPTION_UNAVAILABLE,
 * INVALID_OPTION.
 */
export function readForm(
  form: JobForm,
  given: { hasVoiceSample: boolean },
  policy: Pick<ServicePolicy, "speechCommands" | "wav2lip" | "speech" | "lipSync">,
): { options: CampaignOptions; warnings: Warning[] } {
  requireOperatorsChoice(form, policy);
  requireCompanions(form, given, policy);
  const warnings: Warning[] = [];
  const options = campaignOptionsSchema.parse({
    ...form,
    // The contract's default means the operator's own, wherever that lies.
    wav2lipPython: undefined,
    lipSyncProvider: availableLipSync(form, policy.lipSync, warnings),
    ttsProvider: availableProvider(form, policy.speech, warnings),
    transcript: form.baseTranscript,
  });
  if (options.insertMode === "platinum") slotMarkers(options);
  return { options, warnings };
}

/** What one choice makes necessary elsewhere; the texts are the contract's. */
function requireCompanions(
  form: JobForm,
  { hasVoiceSample }: { hasVoiceSample: boolean },
  { wav2lip, lipSync }: Pick<ServicePolicy, "wav2lip" | "lipSync">,
): void {
  if (form.ttsProvider === "elevenlabs" && !hasVoiceSample) {
    throw new AppError("BAD_REQUEST", "voice_sample is required when tts_provider=elevenlabs");
  }
  const { wav2lipModel } = lipSync;
  if (isLipSynced(form) && form.lipSyncProvider === "wav2lip" && !wav2lipModel) {
    requirePath("wav2lip_repo", form.wav2lipRepo ?? wav2lip.repo);
    requirePath("wav2lip_checkpoint", form.wav2lipCheckpoint ?? wav2lip.checkpoint);
  }
  if (form.insertMode === "platinum" && form.platinumPlaceholders.trim() === "") {
    throw new AppError("BAD_REQUEST", "platinum_placeholders is required for platinum tier");
  }
  if (form.ttsProvider === "command" && form.ttsCmd === undefined) {
    throw new AppError("BAD_REQUEST", "tts_cmd is required when tts_provider=command");
  }
}

function requirePath(field: string, value: string | null): void {
  if (value === null) {
    throw new AppError("BAD_REQUEST", `${field} is required when Diamond + Wav2Lip is selected`);
  }
  if (!existsSync(value)) throw new AppError("BAD_REQUEST", `${field} not found: ${value}`);
}

/** Paths and commands of a client would run on the operator's machine. */
function requireOperatorsChoice(
  form: JobForm,
  { speechCommands, wav2lip }: Pick<ServicePolicy, "speechCommands" | "wav2lip">,
): void {
  const choices: [field: string, value: string | undefined, allowed: readonly unknown[]][] = [
    ["tts_cmd", form.ttsCmd, speechCommands],
    ["wav2lip_repo", form.wav2lipRepo, [wav2lip.repo]],
    ["wav2lip_checkpoint", form.wav2lipCheckpoint, [wav2lip.checkpoint]],
    ["wav2lip_python", form.wav2lipPython, [DEFAULT_PYTHON]],
  ];
  for (const [field, value, allowed] of choices) {
    if (value === undefined || allowed.includes(value)) continue;
    throw new AppError(
      "OPERATOR_ONLY_OPTION",
      `${field} may only be a value that the operator configured: leave it empty, or ask the operator to add it`,
    );
  }
}

/** The provider that is used, which silver and gold have none of. */
function availableLipSync(
  { insertMode, lipSyncProvider }: JobForm,
  { offline, missing }: LipSyncPolicy,
  warnings: Warning[],
): CampaignOptions["lipSyncProvider"] {
  const given = `lip_sync_provider=${lipSyncProvider}`;
  warnings.push(...lipSyncWarnings({ insertMode, lipSyncProvider }, given));
  if (!isLipSynced({ insertMode, lipSyncProvider })) return "none";
  if (offline && lipSyncProvider === "sync_api") {
    throw new AppError(
      "OPTION_UNAVAILABLE",
      "lip_sync_provider=sync_api is on the internet, which is not used here: choose another one",
    );
  }
  const lacks = missing[lipSyncProvider];
  if (lacks === undefined) return lipSyncProvider;
  throw new AppError(
    "OPTION_UNAVAILABLE",
    `${given} is not set up here: ${lacks}, or choose another one`,
  );
}

function availableProvider(
  { ttsProvider, elevenlabsApiKey }: JobForm,
  { offline, hasElevenlabsKey, missing }: SpeechPolicy,
  warnings: Warning[],
): CampaignOptions["ttsProvider"] {
  if (ttsProvider === "gtts" && offline) {
    warnings.push({
      code: "VOICE_FALLBACK",
      message:
        "gtts is on the internet, which is not used here: the embedded voice speaks the names",
    });
    return "espeak";
  }
  if (ttsProvider === "elevenlabs" && offline) {
    throw new AppError(
      "OPTION_UNAVAILABLE",
      "tts_provider=elevenlabs is on the internet, which is not used here: choose another one",
    );
  }
  if (ttsProvider === "elevenlabs" && elevenlabsApiKey === undefined && !hasElevenlabsKey) {
    throw new AppError(
      "BAD_REQUEST",
      "elevenlabs_api_key is required when tts_provider=elevenlabs: send it, or have the operator set ELEVENLABS_API_KEY",
    );
  }
  const lacks = missing[ttsProvider];
  if (lacks !== undefined) {
    throw new AppError(
      "OPTION_UNAVAILABLE",
      `tts_provider=${ttsProvider} is not set up here: ${lacks}, or choose another one`,
    );
  }
  return ttsProvider;
}
