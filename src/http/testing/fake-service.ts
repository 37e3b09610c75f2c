import { createHash } from "node:crypto";
import type { CampaignService, Downloadable } from "../../campaign/campaign-service.ts";
import { AppError } from "../../domain/app-error.ts";
import type { Job } from "../../domain/job.ts";
import type { Upload, UploadedFile } from "../../domain/upload.ts";
import type { BaseTemplate } from "../../ports/base-store.ts";
import type { RecipientRow } from "../../ports/job-store.ts";

/** An upload and what became of it. */
export type FakeUpload = Upload & {
  expectedBytes: number | null;
  contents: Map<string, Buffer>;
  discards: number;
};

export type FakeService = CampaignService & {
  uploads: FakeUpload[];
  /** What each call that changes something was given. */
  calls: { name: string; given: unknown }[];
  /** What the last such call was given. */
  lastGiven(): Record<string, unknown>;
  /** Resolves when the next upload is discarded. */
  nextDiscard(): Promise<void>;
};

/**
 * A stand-in for the campaign service, for tests of HTTP alone: it has the job "j1", done, with the
 * row 2, done, and the template "t1".
 */
export function createFakeService(): FakeService {
  const uploads: FakeUpload[] = [];
  const calls: FakeService["calls"] = [];
  const waiting: (() => void)[] = [];
  const note = (name: string, given: unknown) => calls.push({ name, given });

  const upload = async (_caller: unknown, expectedBytes: number | null): Promise<Upload> => {
    const files = new Map<string, UploadedFile>();
    const made: FakeUpload = {
      id: `upload-${uploads.length + 1}`,
      files,
      expectedBytes,
      contents: new Map(),
      discards: 0,
      async add(field, { fileName, body }) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(chunk);
        const bytes = Buffer.concat(chunks);
        made.contents.set(field, bytes);
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        files.set(field, { key: field, fileName, sizeBytes: bytes.length, sha256 });
      },
      keep() {},
      async discard() {
        made.discards += 1;
        for (const resolve of waiting.splice(0)) resolve();
      },
    };
    uploads.push(made);
    return made;
  };
  const known = <T>(id: string, expected: string, value: T, kind: string): T => {
    if (id !== expected) throw new AppError("NOT_FOUND", `${kind} not found`);
    return value;
  };
  const media = () => memoryFile({ name: "अमित.mp4", mediaType: "video/mp4", text: "0123456789" });

  return {
    uploads,
    calls,
    lastGiven: () => ({ ...(calls.at(-1)?.given as object | undefined) }), // noted below
    nextDiscard: () => new Promise((resolve) => waiting.push(resolve)),
    jobs: {
      upload,
      async create(_caller, { form, idempotencyKey }) {
        note("jobs.create", { form, idempotencyKey });
        return fakeJob({ state: "running" });
      },
      get: async (_caller, id) => known(id, "j1", fakeJob(), "job"),
      async list(_caller, filter) {
        note("jobs.list", filter);
        return { items: [fakeJob()], next: "more" };
      },
      cancel: async (_caller, id) => known(id, "j1", fakeJob({ state: "cancelled" }), "job"),
      async purge(_caller, id) {
        note("jobs.purge", known(id, "j1", id, "job"));
      },
      retry: async (_caller, id) => ({
        job: known(id, "j1", fakeJob({ state: "queued" }), "job"),
        rows: 3,
      }),
      async recipients(_caller, id, filter) {
        note("jobs.recipients", filter);
        return { items: [known(id, "j1", fakeRow(), "job")], next: null };
      },
      recipient: async (_caller, id, row) => known(`${id}/${row}`, "j1/2", fakeRow(), "recipient"),
      download: async (_caller, id) =>
        known(
          id,
          "j1",
          memoryFile({ name: "j1.zip", mediaType: "application/zip", text: "PK-zip" }),
          "job",
        ),
      media: async (_caller, id, row) => known(`${id}/${row}`, "j1/2", media(), "recipient"),
      poster: async (_caller, id, row) =>
        known(
          `${id}/${row}`,
          "j1/2",
          memoryFile({ name: "poster.jpg", mediaType: "image/jpeg", text: "jpeg" }),
          "recipient",
        ),
      async share(_caller, id, row, validity) {
        note("jobs.share", validity);
        const path = `/jobs/${id}/recipients/${row}/media?expires=9&signature=good`;
        return { path, expiresAt: 9_000 };
      },
      async shared({ signature }) {
        if (signature === "good") return media();
        throw new AppError("LINK_INVALID", "the link is not valid: ask for a new one");
      },
      async events() {
        throw new AppError("NOT_FOUND", "job not found");
      },
    },
    templates: {
      upload,
      async create(_caller, { form }) {
        note("templates.create", { form });
        return fakeTemplate();
      },
      get: async (_caller, id) => known(id, "t1", fakeTemplate(), "template"),
      list: async () => ({ items: [fakeTemplate()], next: null }),
      async remove(_caller, id) {
        note("templates.remove", known(id, "t1", id, "template"));
      },
    },
    previews: {
      upload,
      async create(_caller, { form, name }) {
        note("previews.create", { form, name });
        return {
          slots: [
            {
              start: 0.5,
              end: 1.25,
              room: { start: 0, end: 2 },
              foundBy: "silence",
              confidence: 0.7,
            },
          ],
          spoken: { start: 0.5, end: 1.2 },
          stretch: 1.1,
          seams: { clickDb: -4, loudnessLu: 0.5, noiseFloorDb: 1 },
          warnings: ["अमित is short"],
          file: media(),
        };
      },
    },
    conversions: {
      upload,
      async create(_caller, { form }) {
        note("conversions.create", { form });
        return memoryFile({ name: "out.mp4", mediaType: "video/mp4", text: "converted" });
      },
    },
    webhooks: {
      create: async () => missingHere(),
      list: async () => [],
      remove: async () => missingHere(),
      deliveries: async () => missingHere(),
      redeliver: async () => missingHere(),
    },
    async clearNameCache() {
      return { clearedDir: "name_audio_cache", removedFiles: 3, removedDirs: 0 };
    },
  };
}

function missingHere(): never {
  throw new AppError("NOT_FOUND", "webhook not found");
}

/** A file in memory; `released` counts how often it was given back. */
export function memoryFile(file: {
  name: string;
  mediaType: string;
  text: string;
}): Downloadable & { released: number } {
  const bytes = Buffer.from(file.text);
  const made = {
    name: file.name,
    mediaType: file.mediaType,
    sizeBytes: bytes.length,
    etag: "tag-1",
    modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    released: 0,
    async *read({ start, end }: { start: number; end: number }) {
      const half = start + Math.ceil((end - start) / 2);
      yield bytes.subarray(start, half);
      if (half < end) yield bytes.subarray(half, end);
    },
    async release() {
      made.released += 1;
    },
  };
  return made;
}

export function fakeJob(changes: Partial<Job> = {}): Job {
  return {
    id: "j1",
    tenant: "default",
    state: "done",
    createdAt: 1_739_020_000_123,
    updatedAt: 1_739_020_001_000,
    error: null,
    progress: { total: 3, done: 2, failed: 1, skipped: 0 },
    warnings: [{ code: "FALLBACK", message: "gtts cannot be reached" }],
    base: { key: "k", hash: "h", name: "greeting.mp4", templateId: null },
    sheet: "s",
    options: { insertMode: "gold" },
    plan: null,
    keeps: "files",
    round: 1,
    lastEvent: 0,
    ...changes,
  };
}

export function fakeRow(changes: Partial<RecipientRow> = {}): RecipientRow {
  return {
    row: 2,
    name: "अमित",
    file: "अमित.mp4",
    state: "done",
    reason: "",
    slot: { start: 0.5, end: 1.25 },
    clipSeconds: 0.7,
    stretch: 1.1,
    seams: { clickDb: -4, loudnessLu: 0.5, noiseFloorDb: 1 },
    sizeBytes: 10,
    warnings: [],
    key: "key",
    spokenText: "अमित",
    output: null,
    updatedAt: 0,
    ...changes,
  };
}

function fakeTemplate(): BaseTemplate {
  return {
    id: "t1",
    tenant: "default",
    state: "queued",
    error: null,
    name: "greeting.mp4",
    key: "k",
    hash: "h",
    sizeBytes: 4,
    options: { insertMode: "gold" },
    plan: null,
    createdAt: 1_000,
    updatedAt: 2_500,
  };
}
