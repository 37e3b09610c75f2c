import { AppError } from "../../domain/app-error.ts";
import { ifUnlocked, withFileLock } from "./file-lock.ts";
import {
  type ClonedVoice,
  findVoice,
  readVoiceCache,
  type VoiceCache,
  writeVoiceCache,
} from "./voice-cache-file.ts";
import type { VoiceSample } from "./voice-sample.ts";

/** The voice of one sample in one account, cloned when it is first asked for. */
export type VoiceClone = {
  /** SHA-256 of the sample: the sound stays the same when the voice is cloned again. */
  readonly sampleHash: string;
  /** @throws AppError as `VoiceClonesOptions.create`; SPEECH_REFUSED, CANCELLED, OUTPUT_UNWRITABLE, DISK_FULL. */
  voiceId(options: { signal: AbortSignal }): Promise<string>;
  /**
   * The voice to use instead of `gone`, which the provider does not know any more. All who ask at one
   * time get the same. @throws AppError as `voiceId`.
   */
  replace(gone: string, options: { signal: AbortSignal }): Promise<string>;
};

export type CreatedVoice =
  | { kind: "made"; voice: string }
  /** The account may have no further voice; `message` says why, on one line. */
  | { kind: "full"; message: string };

export type VoiceClonesOptions = {
  /** Path of `elevenlabs_voice_cache.json`. */
  file: string;
  /** Tells accounts apart; never the key itself. */
  account: string;
  create(sample: VoiceSample, options: { signal: AbortSignal }): Promise<CreatedVoice>;
  /** One that is gone already is no error. */
  remove(voice: string, options: { signal: AbortSignal }): Promise<void>;
  /** Ms since 1970. */
  clock?: () => number;
};

export type VoiceClones = {
  /** The clone of a sample; nothing is asked of the provider yet. */
  of(sample: VoiceSample): VoiceClone;
  /** Deletes the voice we made of a sample, here and at the provider. @returns whether there was one. */
  forget(sampleHash: string, options: { signal: AbortSignal }): Promise<boolean>;
  /** Ends what is under way. */
  close(): void;
};

/** How long a voice's id is taken for granted; then the file is read again and the use noted. */
const FRESH_MS = 10 * 60_000;

/**
 * Clones voices and keeps their ids in `file`, by sample and account, so that a sample is cloned once.
 * Processes of one machine that share the file take turns at cloning (a lock beside it), so that two
 * that need the same sample make one voice, and nothing that one has written is lost by another.
 * Reading takes no turn. Machines that share the file over a network may make a voice twice.
 *
 * When the account has no room for a voice, the one of ours that has not been used for longest is deleted;
 * jobs that still speak with it clone it again. A voice that we have not made is never deleted.
 */
export function createVoiceClones(options: VoiceClonesOptions): VoiceClones {
  const { file, account, clock = Date.now } = options;
  const lock = `${file}.lock`;
  const closing = new AbortController();

  function cloneOf(sample: VoiceSample): VoiceClone {
    let latest: { voice: Promise<string>; since: number; gone: string | undefined } | undefined;

    function obtain(gone?: string): Promise<string> {
      // Not bound to those who wait: what is paid for is finished and noted.
      const begun = { voice: obtained(sample, gone), since: clock(), gone };
      latest = begun;
      begun.voice.catch(() => {
        if (latest === begun) latest = undefined;
      });
      return begun.voice;
    }

    async function replaced(gone: string): Promise<string> {
      const known = await latest?.voice.catch(() => undefined);
      if (known !== undefined && known !== gone) return known;
      return latest?.gone === gone ? latest.voice : obtain(gone);
    }

    return {
      sampleHash: sample.hash,
      voiceId({ signal }) {
        const isFresh = latest !== undefined && clock() - latest.since < FRESH_MS;
        return unlessAborted(isFresh && latest ? latest.voice : obtain(), signal);
      },
      replace: (gone, { signal }) => unlessAborted(replaced(gone), signal),
    };
  }

  async function obtained(sample: VoiceSample, gone: string | undefined): Promise<string> {
    const { signal } = closing;
    const key = { account, sample: sample.hash };
    const noted = findVoice(await readVoiceCache(file), key);
    if (noted !== undefined && noted !== gone) {
      // A use that cannot be noted is no reason not to speak.
      await ifUnlocked(lock, () => noteUse(key)).catch(() => {});
      return noted;
    }
    return await withFileLock({ path: lock, signal }, async () => {
      const cache = await readVoiceCache(file);
      const others = findVoice(cache, key); // another process's, made while we waited
      if (others !== undefined && others !== gone) return others;
      const cloned = cache.cloned.filter((one) => !isOf(one, key));
      return await make({ ...cache, cloned }, sample, signal);
    });
  }

  async function make(cache: VoiceCache, sample: VoiceSample, signal: AbortSignal) {
    let kept = cache;
    let created = await options.create(sample, { signal });
    if (created.kind === "full") {
      const [oldest] = cache.cloned
        .filter((one) => one.account === account)
        .toSorted((a, b) => a.usedAt - b.usedAt);
      if (!oldest) throw noRoom(`${created.message}; none of its voices was made here`);
      await options.remove(oldest.voice, { signal });
      kept = { ...cache, cloned: cache.cloned.filter((one) => one !== oldest) };
      await writeVoiceCache(file, kept);
      created = await options.create(sample, { signal });
    }
    if (created.kind === "full") throw noRoom(created.message);
    const { voice } = created;
    const now = clock();
    const made = { account, sample: sample.hash, voice, createdAt: now, usedAt: now };
    try {
      await writeVoiceCache(file, { ...kept, cloned: [...kept.cloned, made] });
    } catch (thrown) {
      // What is not noted would never be used again, nor deleted.
      await options.remove(voice, { signal }).catch(() => {});
      throw thrown;
    }
    return voice;
  }

  async function noteUse(key: Pick<ClonedVoice, "account" | "sample">): Promise<void> {
    const cache = await readVoiceCache(file);
    const own = cache.cloned.find((one) => isOf(one, key));
    if (!own) return;
    own.usedAt = clock();
    await writeVoiceCache(file, cache);
  }

  return {
    of: cloneOf,
    forget(sample, { signal }) {
      return withFileLock({ path: lock, signal }, async () => {
        const cache = await readVoiceCache(file);
        const own = cache.cloned.find((one) => isOf(one, { account, sample }));
        if (!own) return false;
        await options.remove(own.voice, { signal });
        await writeVoiceCache(file, {
          ...cache,
          cloned: cache.cloned.filter((one) => one !== own),
        });
        return true;
      });
    },
    close: () => closing.abort(),
  };
}

function isOf(one: ClonedVoice, { account, sample }: Pick<ClonedVoice, "account" | "sample">) {
  return one.account === account && one.sample === sample;
}

function noRoom(message: string): AppError {
  return new AppError(
    "SPEECH_REFUSED",
    `the voice sample cannot be cloned: ${message}: delete one in the ElevenLabs voice library, upgrade the plan, or give elevenlabs_voice_id`,
  );
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new AppError("CANCELLED", "cancelled"));
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
