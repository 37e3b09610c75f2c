import { createRecentPromises } from "../../domain/recent.ts";
import { resample } from "../../media/libav/audio-decoder.ts";
import type { Maker } from "./lip-sync-task.ts";
import { mouthPictures } from "./mouth/mouth-pictures.ts";
import type { PictureMaker } from "./picture-maker.ts";
import { loadWav2LipModel, type Wav2LipModel } from "./wav2lip/onnx-model.ts";
import { createWav2LipPictures } from "./wav2lip/wav2lip-pictures.ts";

/** A model takes hundreds of megabytes; loading it again takes seconds. */
const IDLE_MS = 120_000;

export type Makers = { get(maker: Maker): Promise<PictureMaker> };

/**
 * The makers of pictures of one process: a model is loaded when it is first needed, and unloaded when
 * another one is or nothing was made for a while.
 */
export function createMakers({
  idleMs = IDLE_MS,
  loadModel = loadWav2LipModel,
}: {
  idleMs?: number;
  loadModel?: (options: { path: string }) => Promise<Wav2LipModel>;
} = {}): Makers {
  let models = createRecentPromises<Wav2LipModel>(1);
  let loaded: Wav2LipModel | null = null;
  let busy = 0;
  let idle: NodeJS.Timeout | undefined;
  const unload = () => {
    models = createRecentPromises(1);
    void loaded?.close();
    loaded = null;
  };
  /** What is disposed of when the work is over. */
  const work = () => {
    busy++;
    clearTimeout(idle);
    return {
      [Symbol.dispose]() {
        busy--;
        if (busy === 0) idle = setTimeout(unload, idleMs).unref();
      },
    };
  };

  return {
    async get(maker) {
      if (maker.kind === "mouth") return mouthPictures;
      using _loading = work();
      const { model: path, pads } = maker;
      const model = await models.get(path, async () => {
        await loaded?.close();
        loaded = null;
        loaded = await loadModel({ path });
        return loaded;
      });
      const pictures = createWav2LipPictures({ model, pads, resample });
      return async function* making(face, wanted) {
        using _making = work();
        yield* pictures(face, wanted);
      };
    },
  };
}
