/** Share of the time that a working engine computes at least. */
const LEAST_SHARE = 0.02;
const LOOKS = 4;
/** Of the process when its engine has stalled, for whoever reads its end. */
export const STALLED_EXIT_CODE = 70;

/**
 * Waits for `work`, and ends the process when it has used next to no processor time for `stallMs`:
 * after an error inside a model, the package's synthesis never settles. What the engine complained of
 * stands on standard error.
 */
export async function unlessStalled<Result>(
  work: Promise<Result>,
  stallMs: number,
): Promise<Result> {
  let used = process.cpuUsage();
  let looks = 0;
  const watch = setInterval(() => {
    const { user, system } = process.cpuUsage(used);
    looks += 1;
    if ((user + system) / 1000 >= LEAST_SHARE * stallMs) {
      used = process.cpuUsage();
      looks = 0;
    } else if (looks >= LOOKS) process.exit(STALLED_EXIT_CODE);
  }, stallMs / LOOKS);
  try {
    return await work;
  } finally {
    clearInterval(watch);
  }
}
