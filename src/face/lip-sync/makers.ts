import { createRecentPromises } from "../../domain/recent.ts";
import { resample } from "../../media/libav/audio-decoder.ts";
import type { Maker } from "./lip-sync-task.ts";
import { mouthPictures } from "./mouth/mouth-pictures.ts";
import type { PictureMaker } from "./picture-maker.ts";
import { loadWav2LipModel, type Wav2LipModel } from "./wav2lip/onnx-model.ts";
import { createWav2LipPictures } from "./wav2lip/wav2lip-pictures.ts";

/** A model takes hundreds of megabytes; loading it again takes seconds. */
const IDLE_MS = 120_000;

/** The makers of pictures of one process: a model is loaded when it is first needed, and unloaded when idle. */
export function createMakers(idleMs = IDLE_MS): { get(maker: Maker): Promise<PictureMaker> } {
  let models = createRecentPromises<Wav2LipModel>(1);
  let loaded: Wav2LipModel | null = null;
  const unload = (): void => {
    models = createRecentPromises(1);
    void loaded?.close();
    loaded = null;
  };
  const timer = setTimeout(unload, idleMs);
  timer.unref();
  return {
    async get(maker) {
      if (maker.kind === "mouth") return mouthPictures;
      const { model: path, pads } = maker;
      const model = await models.get(path, async () => {
        await loaded?.close();
        loaded = await loadWav2LipModel({ path });
        return loaded;
      });
      const pictures = createWav2LipPictures({ model, pads, resample });
      return async function* whileBusy(face, wanted) {
        // Counted from the end of the last work.
        for await (const picture of pictures(face, wanted)) {
          timer.refresh();
          yield picture;
        }
      };
    },
  };
}
