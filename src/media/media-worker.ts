import { serveTasks } from "../workers/serve-tasks.ts";
import { analyse, decodeClip } from "./analyse.ts";
import { compile } from "./compile.ts";
import { openInput } from "./libav/input.ts";
import { transcode } from "./libav/transcode.ts";
import { locate } from "./locate.ts";
import type { MediaTask } from "./media-task.ts";
import { writePoster } from "./poster.ts";
import { probe } from "./probe.ts";
import { recognise } from "./recognise.ts";
import { createRendererCache } from "./renderers.ts";

/** The child process that alone loads libav and opens the contents of media files. */
const renderers = createRendererCache();

serveTasks(async (task: MediaTask) => {
  switch (task.kind) {
    case "probe":
      return probe(task.path, task.limits);
    case "decodeAudio":
      return decodeClip(task.path);
    case "analyse":
      return analyse(task.path, task);
    case "locate":
      return locate(task.path, task);
    case "compile":
      return compile(task);
    case "render":
      return (await renderers.for(task.template)).render(task);
    case "poster":
      return writePoster(task);
    case "recognise":
      return recognise(task);
    case "convert": {
      using input = openInput(task.input);
      transcode({
        input,
        output: task.output,
        video: { crf: task.crf, preset: task.preset },
        audioBitRate: task.audioBitRate,
        faststart: true,
      });
      return probe(task.output);
    }
  }
});
