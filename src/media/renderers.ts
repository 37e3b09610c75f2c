import type { Template } from "../domain/template.ts";
import type { Rendered, RenderRequest } from "../ports/media-engine.ts";
import { createMp3Renderer } from "./mp3-render.ts";
import { createMp4Renderer } from "./mp4-render.ts";
import { loadContext } from "./template-context.ts";

export type Renderer = {
  render(request: Omit<RenderRequest, "template">): Rendered;
  [Symbol.dispose](): void;
};

/** Templates whose context a worker keeps open. */
const KEPT = 2;

/** Renderers by template, opened on first use; the least recently used is closed. */
export function createRendererCache(): { for(template: Template): Promise<Renderer> } {
  const open = new Map<string, Renderer>();
  return {
    async for(template) {
      const key = `${template.id} ${template.folder}`;
      const renderer = open.get(key) ?? (await openRenderer(template));
      open.delete(key);
      open.set(key, renderer);
      for (const [oldest, other] of open) {
        if (open.size <= KEPT) break;
        open.delete(oldest);
        other[Symbol.dispose]();
      }
      return renderer;
    },
  };
}

async function openRenderer(template: Template): Promise<Renderer> {
  const { context, sound } = await loadContext(template.folder);
  return context.kind === "mp4"
    ? createMp4Renderer(template, context, sound)
    : createMp3Renderer(template, context, sound);
}
