import path from "node:path";
import { type CampaignFigures, measureCampaign } from "../measure-campaign.ts";
import { type Keeps, measureServedJob, type ServedJob } from "./serve-job.ts";

/** The same job on the command line and through HTTP, by round. */
export type PairFigures = {
  recipients: number;
  keeps: Keeps;
  rounds: { command: CampaignFigures; served: ServedJob }[];
};

/** As the service's workers run: whatever else the machine does delays both alike. */
const NICENESS = 10;

/** Both in turn, each with nothing cached: when the machine slows down, it does for both. */
export async function measurePair(request: {
  base: string;
  folder: string;
  recipients: number;
  keeps: Keeps;
  mediaWorkers: number;
  rounds: number;
  onProgress: (text: string) => void;
}): Promise<PairFigures> {
  const { base, folder, recipients, keeps, mediaWorkers, onProgress } = request;
  const rounds: PairFigures["rounds"] = [];
  for (let round = 0; round < request.rounds; round++) {
    onProgress(`${keeps}, round ${round + 1} of ${request.rounds}`);
    const command = await measureCampaign({
      base,
      folder: path.join(folder, `command-${round}`),
      recipients,
      distinctNames: recipients,
      jobs: mediaWorkers,
      keep: keeps,
      niceness: NICENESS,
    });
    const served = await measureServedJob({
      base,
      folder: path.join(folder, `served-${round}`),
      recipients,
      keeps,
      mediaWorkers,
      // It takes the longest of all, and once tells enough.
      withDownload: round === 0,
    });
    rounds.push({ command, served });
  }
  return { recipients, keeps, rounds };
}
