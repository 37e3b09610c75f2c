import type { Job } from "../../domain/job.ts";
import type { SpeechModel } from "../../ports/speech-model.ts";
import type { CampaignOptions } from "../campaign-options.ts";
import type { VoiceSample } from "../voice-choice.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

/** The voice of a job, with the key and the sample that came with it. */
export async function voiceOfJob(
  {
    jobs,
    objects,
    secrets,
    voiceFor,
  }: Pick<ServiceDependencies, "jobs" | "objects" | "secrets" | "voiceFor">,
  job: Job,
  options: CampaignOptions,
): Promise<SpeechModel> {
  const [consent, sealedKey] = await Promise.all([
    jobs.consentOf(job.id),
    jobs.sealedKeyOf(job.id),
  ]);
  return voiceFor({
    options,
    apiKey: sealedKey === null ? null : secrets.open(sealedKey, job.id),
    sample: consent && sampleFrom(objects, { key: consent.sample, hash: consent.hash }),
  });
}

/** A stored voice sample. */
export function sampleFrom(
  objects: ServiceDependencies["objects"],
  { key, hash }: { key: string; hash: string },
): VoiceSample {
  return { hash, file: (options) => objects.localFile(key, options) };
}
