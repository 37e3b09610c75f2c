import { createCopyWay } from "./copy-way.ts";
import type { FromWay, ToWay, Way, WayOrder } from "./way.ts";

/** The child process in which one way is measured. */
let way: Way | null = null;
let made = 0;

process.on("message", async (message: ToWay) => {
  if ("order" in message) {
    way = await setUp(message.order);
    answer({ type: "ready" });
  } else if (way) answer(await measure(way, message.batch));
});
process.on("disconnect", () => process.exit());

/** Only what a way needs is loaded, for its memory is measured as well. */
async function setUp(order: WayOrder): Promise<Way> {
  switch (order.way) {
    case "rendition":
    case "file":
      return (await import("./render-way.ts")).createRenderWay(order);
    case "full-encode":
    case "audio-encode":
      return (await import("./encode-way.ts")).createEncodeWay(order);
    case "copy":
    case "plain-copy":
      return createCopyWay(order);
  }
}

async function measure(one: Way, count: number): Promise<FromWay> {
  // One beforehand: caches are warm, and what idling cost meanwhile is not counted. Not where one
  // output takes minutes.
  if (count > 1) await one.make(made++);
  const childrenBefore = one.children().cpuMs;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes = await one.make(made++);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const children = one.children();
  const peakBytes = process.resourceUsage().maxRSS * 1024 + children.peakBytes;
  await one.clear();
  const cpuMs = (user + system) / 1000 + children.cpuMs - childrenBefore;
  return { type: "batch", batch: { count, wallMs, cpuMs, bytes, peakBytes } };
}

function answer(message: FromWay): void {
  process.send?.(message);
}
