import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { AppError } from "../domain/app-error.ts";
import { callerOf } from "./caller-of.ts";
import { errorResponses } from "./error-body.ts";
import { jobIdSchema } from "./field-schemas.ts";
import { type Wait, writeEvents } from "./write-events.ts";

const RETRY_AFTER_SECONDS = 5;
const HEARTBEAT_MS = 15_000;

export type EventStreamOptions = {
  service: { jobs: Pick<CampaignService["jobs"], "events"> };
  /** Streams that may be open at a time in this process; 1,000 when left out. */
  maxStreams?: number;
  /** Between two signs of life; 15 s when left out. */
  heartbeatMs?: number;
  /** Resolves after `ms`, or when `signal` aborts. */
  wait?: Wait;
};

const afterSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** GET /jobs/{job_id}/events: a job's events as server-sent events, from any of them on. */
export function registerEventStream(app: FastifyInstance, options: EventStreamOptions): void {
  const { service, maxStreams = 1_000, heartbeatMs = HEARTBEAT_MS, wait = quietSleep } = options;
  const open = new Set<AbortController>();
  app.addHook("preClose", async () => {
    for (const stream of open) stream.abort();
  });

  app.withTypeProvider<ZodTypeProvider>().get(
    "/jobs/:job_id/events",
    {
      // A HEAD request would open a stream that nobody reads.
      exposeHeadRoute: false,
      config: { scope: "read", answers: { 200: ["text/event-stream"] } },
      schema: {
        tags: ["jobs"],
        summary: "What happens to a job, as server-sent events; ends when the job has ended",
        description:
          "`id` is the event's number, `event` its type, `data` JSON. After a break, send the last number as Last-Event-ID, as browsers do, or as `after`.",
        params: jobIdSchema,
        querystring: z.object({
          after: afterSchema.default(0).describe("number of the last event that is known"),
        }),
        response: {
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      if (open.size >= maxStreams) {
        reply.header("retry-after", RETRY_AFTER_SECONDS);
        throw new AppError(
          "OVERLOADED",
          `${maxStreams} event streams are open, which is the limit: poll GET /jobs/{job_id} instead, or try again in ${RETRY_AFTER_SECONDS} seconds`,
          { retryable: true },
        );
      }
      const stream = new AbortController();
      open.add(stream);
      reply.raw.once("close", () => {
        open.delete(stream);
        stream.abort();
      });
      const { job_id: jobId } = request.params;
      // A browser that reconnects repeats the query it began with: the header is newer.
      const after = lastEventId(request.headers["last-event-id"]) ?? request.query.after;
      const { signal } = stream;
      const events = await service.jobs.events(callerOf(request), jobId, after, signal);
      return sendEvents(reply, writeEvents(events, { jobId, heartbeatMs, wait, signal }));
    },
  );
}

function sendEvents(reply: FastifyReply, text: AsyncGenerator<string>): FastifyReply {
  return reply
    .headers({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Tells nginx not to collect the answer.
      "x-accel-buffering": "no",
    })
    .send(Readable.from(text));
}

function lastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined || header === "") return null;
  const parsed = afterSchema.safeParse(header);
  if (parsed.success) return parsed.data;
  throw new AppError(
    "BAD_REQUEST",
    `Last-Event-ID is "${header}": send the number of the last event, or no such header`,
  );
}

async function quietSleep(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => {
    // Aborted: it is over either way.
  });
}
