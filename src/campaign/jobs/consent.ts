import { AppError } from "../../domain/app-error.ts";
import type { Caller } from "../../domain/caller.ts";
import type { UploadedFile } from "../../domain/upload.ts";
import type { Consent } from "../../ports/job-store.ts";
import type { JobForm } from "./job-form.ts";

/**
 * What is noted of why a voice sample may be used.
 * @throws AppError CONSENT_REQUIRED when the operator wants it in words and the form has none.
 */
export function consentFor(
  sample: UploadedFile,
  form: JobForm,
  { caller, mustBeExplicit }: { caller: Caller; mustBeExplicit: boolean },
): Consent {
  const { consentSpeaker: speaker = null, consentScope: scope = null } = form;
  const isExplicit = speaker !== null && scope !== null;
  if (mustBeExplicit && !isExplicit) {
    throw new AppError(
      "CONSENT_REQUIRED",
      "voice_sample needs the speaker's consent: send consent_speaker (who speaks) and consent_scope (what the speaker agreed to)",
    );
  }
  return {
    sample: sample.key,
    hash: sample.sha256,
    kind: isExplicit ? "explicit" : "attestation",
    speaker,
    scope,
    keyId: caller.keyId,
  };
}
