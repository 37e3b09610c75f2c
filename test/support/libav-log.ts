import { setImmediate } from "node:timers/promises";
import { AV_LOG_FATAL, AV_LOG_WARNING } from "node-av/constants";
import { Log } from "node-av/lib";

/** What libav warns of or complains about while `work` runs. */
export async function libavComplaints(work: () => void): Promise<string[]> {
  const complaints: string[] = [];
  Log.setCallback((_, text) => complaints.push(text.trim()), { maxLevel: AV_LOG_WARNING });
  Log.setLevel(AV_LOG_WARNING);
  try {
    work();
    // They are handed over in turns of the event loop.
    await setImmediate();
    await setImmediate();
  } finally {
    Log.setLevel(AV_LOG_FATAL);
    Log.resetCallback();
  }
  return complaints;
}
