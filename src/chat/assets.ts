import { createHash, randomUUID } from "node:crypto";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { AppError } from "../domain/app-error.ts";
import type { Caller } from "../domain/caller.ts";
import { diskError } from "../domain/disk-error.ts";
import type { Upload, UploadedFile } from "../domain/upload.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileFolder } from "./file-folder.ts";

export const ASSET_KINDS = ["portrait", "voice"] as const;
export type AssetKind = (typeof ASSET_KINDS)[number];

/** Below the folder of assets. What else lies there is the operator's, for everybody. */
export const UPLOADS_FOLDER = "uploads";
const MIB = 2 ** 20;
const MAX_BYTES: Readonly<Record<AssetKind, number>> = { portrait: 20 * MIB, voice: 50 * MIB };
const HEAD_BYTES = 16;

const recordSchema = z.object({
  id: z.uuid(),
  tenant: z.string(),
  kind: z.enum(ASSET_KINDS),
  /** Below the folder of assets. */
  file: z.string(),
  /** As its sender calls it. */
  name: z.string(),
  sizeBytes: z.number(),
  /** Hex. */
  sha256: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  consent: z
    .object({
      kind: z.enum(["explicit", "attestation"]),
      speaker: z.string().nullable(),
      scope: z.string().nullable(),
      keyId: z.string().nullable(),
    })
    .nullable(),
});

/** A picture or a recording that a client sent, to be named in requests. */
export type Asset = z.infer<typeof recordSchema>;

export type AssetForm = {
  kind: AssetKind;
  /** Whose voice it is and what the speaker agreed to. */
  consentSpeaker?: string | undefined;
  consentScope?: string | undefined;
};

export type Assets = {
  upload(caller: Caller): Promise<Upload>;
  /** @throws AppError BAD_REQUEST (no such picture or sound), CONSENT_REQUIRED. */
  create(
    caller: Caller,
    request: { form: AssetForm; upload: Upload },
    options: { signal: AbortSignal },
  ): Promise<Asset>;
  /** Newest first. */
  list(caller: Caller): Promise<Asset[]>;
  /** @throws AppError NOT_FOUND. */
  get(caller: Caller, id: string): Promise<Asset>;
  remove(caller: Caller, id: string): Promise<void>;
  removeOlder(time: number): Promise<void>;
};

export function createAssets(options: {
  folder: FileFolder;
  /** @throws AppError for what is no sound. */
  checkSound: (file: string, options: { signal: AbortSignal }) => Promise<void>;
  requireConsent: boolean;
  clock: Clock;
}): Assets {
  const { folder, clock } = options;
  const recordName = (id: string) => `${UPLOADS_FOLDER}/${id}.json`;

  async function recordOf(name: string): Promise<Asset | null> {
    const file = await folder.find(`${UPLOADS_FOLDER}/${name}`);
    return file && readRecord(file.path);
  }

  async function records(): Promise<Asset[]> {
    const names = await folder.list(UPLOADS_FOLDER);
    const found = await Promise.all(
      names.filter((name) => name.endsWith(".json")).map((name) => recordOf(name)),
    );
    return found.filter((record) => record !== null);
  }

  async function get(caller: Caller, id: string): Promise<Asset> {
    const found = z.uuid().safeParse(id).success ? await recordOf(`${id}.json`) : null;
    if (found?.tenant === caller.tenant) return found;
    throw new AppError("NOT_FOUND", "asset not found");
  }

  async function removeFiles({ id, file }: Asset): Promise<void> {
    await folder.remove(file);
    await folder.remove(recordName(id));
  }

  return {
    async upload() {
      const id = randomUUID();
      const part = `${UPLOADS_FOLDER}/${id}.part`;
      const files = new Map<string, UploadedFile>();
      let kept = false;
      return {
        id,
        files,
        async add(field, { fileName, body }) {
          const file = await folder.place(part);
          files.set(field, { key: part, fileName, ...(await store(file, body)) });
        },
        keep() {
          kept = true;
        },
        async discard() {
          if (!kept) await folder.remove(part);
        },
      };
    },
    async create(caller, { form, upload }, { signal }) {
      const sent = upload.files.get("file");
      if (!sent)
        throw new AppError("BAD_REQUEST", "the field file is missing: send a picture or a sound");
      const limit = MAX_BYTES[form.kind];
      if (sent.sizeBytes > limit) throw tooLarge(limit);
      const part = await folder.place(sent.key);
      const consent =
        form.kind === "voice" ? consentOf(form, caller, options.requireConsent) : null;
      const extension =
        form.kind === "portrait" ? await pictureType(part) : soundType(sent.fileName);
      if (form.kind === "voice") {
        await options.checkSound(part, { signal }).catch((cause: unknown) => {
          if (signal.aborted) throw cause;
          // What the reader says names a file of this machine.
          throw new AppError(
            "BAD_REQUEST",
            "the file is no sound that can be read: send a WAV, MP3, M4A, OGG, FLAC or WebM",
            { cause },
          );
        });
      }
      const asset: Asset = {
        ...{ id: upload.id, tenant: caller.tenant, kind: form.kind, consent },
        file: `${UPLOADS_FOLDER}/${upload.id}${extension}`,
        name: path.basename(sent.fileName).slice(0, 200),
        ...{ sizeBytes: sent.sizeBytes, sha256: sent.sha256, createdAt: clock() },
      };
      await rename(part, await folder.place(asset.file));
      upload.keep();
      await writeFile(await folder.place(recordName(asset.id)), JSON.stringify(asset));
      return asset;
    },
    async list(caller) {
      const own = (await records()).filter(({ tenant }) => tenant === caller.tenant);
      return own.sort((a, b) => b.createdAt - a.createdAt);
    },
    get,
    async remove(caller, id) {
      await removeFiles(await get(caller, id));
    },
    async removeOlder(time) {
      for (const asset of await records()) if (asset.createdAt < time) await removeFiles(asset);
    },
  };
}

async function readRecord(file: string): Promise<Asset | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    // Gone, or being written at this moment.
    return null;
  }
}

async function store(
  file: string,
  body: AsyncIterable<Uint8Array>,
): Promise<{ sizeBytes: number; sha256: string }> {
  const most = Math.max(...Object.values(MAX_BYTES));
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const handle = await open(file, "w").catch((cause: unknown) => {
    throw diskError(cause, file);
  });
  try {
    for await (const chunk of body) {
      sizeBytes += chunk.length;
      if (sizeBytes > most) throw tooLarge(most);
      hash.update(chunk);
      await handle.write(chunk).catch((cause: unknown) => {
        throw diskError(cause, file);
      });
    }
  } catch (thrown) {
    await rm(file, { force: true });
    throw thrown;
  } finally {
    await handle.close();
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}

/** By the first bytes: what a file is called proves nothing. */
async function pictureType(file: string): Promise<string> {
  const handle = await open(file);
  const head = Buffer.alloc(HEAD_BYTES);
  await handle.read(head, 0, HEAD_BYTES, 0).finally(() => handle.close());
  const text = head.toString("latin1");
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return ".png";
  if (text.startsWith("\xff\xd8\xff")) return ".jpg";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return ".webp";
  throw new AppError("BAD_REQUEST", "the file is no PNG, JPEG or WebP: send a picture of a face");
}

function soundType(fileName: string): string {
  const extension = path.extname(fileName).toLowerCase();
  return [".wav", ".mp3", ".m4a", ".ogg", ".flac", ".webm"].includes(extension)
    ? extension
    : ".wav";
}

function consentOf(
  form: AssetForm,
  caller: Caller,
  mustBeExplicit: boolean,
): NonNullable<Asset["consent"]> {
  const { consentSpeaker: speaker = null, consentScope: scope = null } = form;
  const isExplicit = speaker !== null && scope !== null;
  if (mustBeExplicit && !isExplicit) {
    throw new AppError(
      "CONSENT_REQUIRED",
      "a voice needs the speaker's consent: send consent_speaker (who speaks) and consent_scope (what the speaker agreed to)",
    );
  }
  return { kind: isExplicit ? "explicit" : "attestation", speaker, scope, keyId: caller.keyId };
}

function tooLarge(limit: number): AppError {
  return new AppError(
    "UPLOAD_TOO_LARGE",
    `the file has more than ${limit / MIB} MiB: send a smaller one`,
  );
}
