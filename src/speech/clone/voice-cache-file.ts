import { randomUUID } from "node:crypto";
import { copyFile, open, readFile, rename, rm } from "node:fs/promises";
import { z } from "zod";
import { diskError, errorCodeOf } from "../../domain/disk-error.ts";

/** A voice that was cloned here, in the account of a provider. */
export type ClonedVoice = {
  /** A hash of the API key. */
  account: string;
  /** SHA-256 of the sample, hex. */
  sample: string;
  /** The provider's id. */
  voice: string;
  /** Ms since 1970. */
  createdAt: number;
  usedAt: number;
};

export type VoiceCache = {
  /** Made by us: these alone may be deleted. */
  cloned: ClonedVoice[];
  /** Everything else in the file, as it was; of `{ "<SHA-256 of a sample>": "<voice id>" }` form where another program wrote it. */
  others: Record<string, unknown>;
  /** Whether there is a file that cannot be read as what it should be. */
  damaged: boolean;
};

const OWN_KEY = "vocative";
const clonedVoice = z.object({
  account: z.string(),
  sample: z.string(),
  voice: z.string(),
  createdAt: z.number(),
  usedAt: z.number(),
});
const ownPart = z.object({ cloned: z.array(z.unknown()) });
const wholeFile = z.record(z.string(), z.unknown());

/**
 * What the file holds; nothing when it is missing or damaged. What is not ours is kept.
 * @throws AppError OUTPUT_UNWRITABLE when it is there and cannot be opened.
 */
export async function readVoiceCache(path: string): Promise<VoiceCache> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    if (errorCodeOf(cause) === "ENOENT") return null;
    throw diskError(cause, path);
  });
  if (text === null) return { cloned: [], others: {}, damaged: false };
  const whole = wholeFile.safeParse(parsedJson(text));
  if (!whole.success) return { cloned: [], others: {}, damaged: true };
  const { [OWN_KEY]: own, ...others } = whole.data;
  const entries = ownPart.safeParse(own).data?.cloned ?? [];
  const cloned = entries.flatMap((entry) => clonedVoice.safeParse(entry).data ?? []);
  return { cloned, others, damaged: false };
}

/**
 * Replaces the file at once and durably; a damaged one is kept beside it, as `<path>.damaged`.
 * @throws AppError DISK_FULL, OUTPUT_UNWRITABLE.
 */
export async function writeVoiceCache(path: string, cache: VoiceCache): Promise<void> {
  const part = `${path}.${randomUUID()}.part`;
  try {
    if (cache.damaged) await copyFile(path, `${path}.damaged`);
    const content = { ...cache.others, [OWN_KEY]: { cloned: cache.cloned } };
    // Whoever may use the account's voices may not be everyone on the machine.
    const file = await open(part, "wx", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => {});
    throw diskError(cause, path);
  }
}

/** The voice of a sample: ours first; else one another program has noted. */
export function findVoice(
  { cloned, others }: VoiceCache,
  { account, sample }: Pick<ClonedVoice, "account" | "sample">,
): string | undefined {
  const own = cloned.find((one) => one.account === account && one.sample === sample);
  const other = Object.hasOwn(others, sample) ? others[sample] : undefined;
  return own?.voice ?? (typeof other === "string" && other !== "" ? other : undefined);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // damaged
  }
}
