import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { diskError, errorCodeOf } from "../domain/disk-error.ts";
import type { Template } from "../domain/template.ts";
import type { Warning } from "../domain/warning.ts";
import type { CompileRequest } from "../ports/media-engine.ts";
import { FRAME } from "./aac/splice.ts";
import { compileMp3, MP3_TEMPLATE_FILE } from "./mp3-template.ts";
import { MP4_TEMPLATE_FILE } from "./mp4-build.ts";
import { compileMp4 } from "./mp4-template.ts";
import type { Mp4Context } from "./template-context.ts";

type Compiled = { template: Template; warnings: Warning[] };

/** Written last into a template's folder, without the folder itself: it may be moved. */
const DESCRIPTION_FILE = "template.json";

/** Compiles a base, or takes up a template that an earlier run compiled. */
export async function compile(request: CompileRequest): Promise<Compiled> {
  const known = await readCompiled(request.folder, request.id);
  if (known) return known;
  const building = request.workFolder;
  try {
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { recursive: true });
    const compiled = await compileInto({ ...request, folder: building });
    await writeFile(path.join(building, DESCRIPTION_FILE), JSON.stringify(compiled));
    await publish(building, request);
    return located(compiled, request.folder);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw errorCodeOf(error) === undefined ? error : diskError(error, request.folder);
  }
}

async function compileInto(request: CompileRequest): Promise<Compiled> {
  const mp3 = request.output === "mp3";
  const { context, stretches, warnings } = mp3
    ? { ...(await compileMp3(request)), stretches: request.slots.map(() => null) }
    : await compileMp4(request);
  const { sampleRate, sizeBytes, mediaType, audio, video } = context;
  const template: Template = {
    id: request.id,
    mediaType,
    folder: "",
    file: mp3 ? MP3_TEMPLATE_FILE : MP4_TEMPLATE_FILE,
    sizeBytes,
    duration: context.end / sampleRate,
    sampleRate,
    lengthStep: context.kind === "mp3" ? context.frameLength : lengthStep(context),
    stretches,
    audio,
    video,
  };
  return { template, warnings };
}

/** Inside a sound only whole packets can be put in; at its end anything. */
function lengthStep({ sites }: Mp4Context): number {
  if (sites.some(({ growth }) => growth === "inside")) return FRAME;
  return sites.some(({ growth }) => growth === "end") ? 1 : 0;
}

/** Another process may have published the same template in the meantime; then its is as good. */
async function publish(building: string, { folder, id }: CompileRequest): Promise<void> {
  try {
    await rename(building, folder);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    if (await readCompiled(folder, id)) {
      await rm(building, { recursive: true, force: true });
      return;
    }
    await rm(folder, { recursive: true, force: true });
    await rename(building, folder);
  }
}

async function readCompiled(folder: string, id: string): Promise<Compiled | null> {
  try {
    const text = await readFile(path.join(folder, DESCRIPTION_FILE), "utf8");
    const compiled = JSON.parse(text) as Compiled; // written above; the id holds the version
    return compiled.template.id === id ? located(compiled, folder) : null;
  } catch {
    return null; // not there or not whole: compiled anew
  }
}

function located({ template, warnings }: Compiled, folder: string): Compiled {
  const file = path.join(folder, template.file);
  return { template: { ...template, folder, file }, warnings };
}
