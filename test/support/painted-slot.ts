import assert from "node:assert/strict";
import path from "node:path";
import type { Face } from "../../src/domain/face.ts";
import type { PictureStretch } from "../../src/domain/template.ts";
import { CHIN } from "../../src/face/landmarks/landmark-groups.ts";
import { pointOf } from "../../src/face/landmarks/landmark-points.ts";
import { readStudy } from "../../src/face/lip-sync/study-file.ts";
import type { LipSyncedCampaign, LipSyncedOutput } from "./lip-synced.ts";
import { PAINTED_LUMA } from "./paint-video.ts";
import { decodedFrames, type ReadFrame } from "./read-media.ts";

/** The lowest point of the lower lip. */
const LIP_LOWER = 17;

export function outputOf({ outputs }: LipSyncedCampaign, name: string): LipSyncedOutput {
  const output = outputs.get(name);
  assert.ok(output, `${name} was made`);
  return output;
}

export type SlotPicture = {
  made: ReadFrame;
  /** As the template has it. */
  recorded: ReadFrame;
  face: Face;
};

/** File of the faces in a template's only stretch, as they were found once. */
export function studyFileOf({ folder, stretches }: LipSyncedCampaign["template"]): string {
  return path.join(folder, `${stretchOf(stretches).file}.face.json`);
}

/** The new pictures of a name that makes the base no longer. */
export async function slotPicturesOf(
  campaign: LipSyncedCampaign,
  name: string,
): Promise<SlotPicture[]> {
  const { template } = campaign;
  const { start, frames } = stretchOf(template.stretches);
  const { file, request } = outputOf(campaign, name);
  const count = request.edits[0]?.pictures?.length ?? 0;
  assert.ok(count > 0 && count <= frames, `${count} pictures`);
  const study = await readStudy(studyFileOf(template));
  assert.ok(study?.kind === "usable", "the faces are kept with the template");
  const from = (path: string) =>
    [...decodedFrames(path)].filter(({ time }) => time >= start - 1e-6);
  const recorded = from(template.file);
  return from(file)
    .slice(0, count)
    .flatMap((made, index) => {
      const [before, face] = [recorded[index], study.faces[index]];
      return before && face ? [{ made, recorded: before, face }] : [];
    });
}

/** How much of the painted shade a picture has at a point, 0..1; not a number where it had it before. */
export function paintedShare(
  { made, recorded }: Pick<SlotPicture, "made" | "recorded">,
  { x, y }: { x: number; y: number },
): number {
  const at = Math.round(y) * made.width + Math.round(x);
  const [now, before] = [made.luma[at] ?? 0, recorded.luma[at] ?? 0];
  return (before - now) / (before - PAINTED_LUMA);
}

/** Between the lower lip and the chin: skin, whatever the mouth does. */
export function skinOf({ landmarks }: Face): { x: number; y: number } {
  const [lip, chin] = [pointOf(landmarks, LIP_LOWER), pointOf(landmarks, CHIN)];
  return { x: (lip.x + chin.x) / 2, y: (lip.y + chin.y) / 2 };
}

function stretchOf([stretch]: LipSyncedCampaign["template"]["stretches"]): PictureStretch {
  assert.ok(stretch, "the template has a stretch");
  return stretch;
}
