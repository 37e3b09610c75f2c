import { availableParallelism } from "node:os";
import {
  type CampaignOptions,
  isLipSynced,
  type LipSyncProvider,
} from "../campaign/campaign-options.ts";
import type { LipSyncPolicy } from "../campaign/jobs/service-dependencies.ts";
import { chosenFace } from "../campaign/lip-sync-choice.ts";
import type { Environment } from "../config/environment.ts";
import { AppError } from "../domain/app-error.ts";
import { createRecent } from "../domain/recent.ts";
import { createFaceFinder } from "../face/landmarks/face-finder.ts";
import { createMouthLipSync } from "../face/lip-sync/mouth-lip-sync.ts";
import type { LipSync } from "../ports/lip-sync.ts";

/** Providers at hand, each with its child processes. */
const AT_HAND = 8;

export type LipSyncs = {
  /**
   * What moves the mouths of a campaign, shared by all that ask for the same; null where it asks for none.
   * @throws AppError OPTION_UNAVAILABLE for a provider that is not set up.
   */
  get(options: CampaignOptions): LipSync | null;
  close(): Promise<void>;
};

/** The providers of lip-sync, made when first asked for. */
export function createLipSyncs({ environment }: { environment: Environment }): LipSyncs {
  const workers = environment.mediaWorkers ?? availableParallelism();
  const made = new Set<LipSync>();
  const faces = createFaceFinder();
  const recent = createRecent<LipSync>(AT_HAND);
  return {
    get(options) {
      if (!isLipSynced(options)) return null;
      requireLipSync(options.lipSyncProvider, environment);
      const at = chosenFace(options);
      return recent.get(JSON.stringify([options.lipSyncProvider, at]), () => {
        const lipSync = createMouthLipSync({ faces, pool: workers, at });
        made.add(lipSync);
        return lipSync;
      });
    },
    async close() {
      await Promise.all([...made].map((one) => one.close()));
      await faces.close();
    },
  };
}

/** Which providers of lip-sync can be used, and what is missing for the others. */
export function lipSyncPolicyOf({ speech }: Environment): LipSyncPolicy {
  return { offline: speech.offline, missing: {} };
}

function requireLipSync(provider: LipSyncProvider, environment: Environment): void {
  const lacks = lipSyncPolicyOf(environment).missing[provider];
  if (lacks === undefined) return;
  throw new AppError(
    "OPTION_UNAVAILABLE",
    `--lip-sync-provider ${provider} is not set up: ${lacks}, or choose another one`,
  );
}
