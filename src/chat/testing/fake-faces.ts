import { writeFile } from "node:fs/promises";
import { AppError } from "../../domain/app-error.ts";
import { durationOf } from "../../domain/audio.ts";
import type { LiveFaces } from "../../ports/live-face.ts";
import type { PortraitAnimator, TalkingRequest } from "../../ports/portrait-animator.ts";

/** Live faces whose fragments are texts, such as `<0.5>`, and what happened to them. */
export function createFakeFaces(): LiveFaces & { events: string[] } {
  const events: string[] = [];
  const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
  return {
    events,
    async open({ image, fps, size }) {
      events.push(`open ${image} ${fps} ${size}`);
      return {
        ...{ width: size, height: size, fps, mimeType: "video/mp4" },
        ...{ init: bytesOf("init"), idle: async () => bytesOf("idle") },
        begin({ onFragment }) {
          let at = 0;
          let cancelled = false;
          const check = () => {
            if (cancelled) throw new AppError("CANCELLED", "cancelled");
          };
          return {
            async say({ audio }) {
              check();
              const [start, duration] = [at, durationOf(audio)];
              at += duration;
              onFragment({ bytes: bytesOf(`<${duration}>`), start, duration });
              return { start, end: at, visemes: [] };
            },
            async wait(seconds) {
              at += seconds;
            },
            async end() {
              check();
              at += 0.5;
              return at;
            },
            async save(file) {
              check();
              await writeFile(file, "video");
              return { duration: at, frames: Math.round(at * fps) };
            },
            cancel() {
              cancelled = true;
              events.push("cancel");
            },
          };
        },
      };
    },
    memory: () => 0,
    close: async () => {},
  };
}

/** An animator that writes a text as its video, and what it was asked for. */
export function createFakeAnimator(): PortraitAnimator & { asked: TalkingRequest[] } {
  const asked: TalkingRequest[] = [];
  return {
    asked,
    async animate(request) {
      asked.push(request);
      if (request.image?.includes("blank"))
        throw new AppError("NO_FACE", `no face in ${request.image}`);
      await writeFile(request.out, "video");
      const duration = durationOf(request.audio);
      const { fps, size } = request;
      const frames = Math.ceil(duration * fps);
      return { duration, frames, width: size, height: size, visemes: [], warnings: [] };
    },
    close: async () => {},
  };
}
