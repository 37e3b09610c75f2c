import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { WEBHOOK_EVENT_TYPES } from "../domain/job.ts";
import type { Delivery, Webhook } from "../ports/webhook-store.ts";
import { callerOf } from "./caller-of.ts";
import { errorResponses } from "./error-body.ts";
import { nextCursor, pageQuery, seconds, toSeconds } from "./field-schemas.ts";

const TAGS = ["webhooks"];
const CONFIG = { scope: "admin" } as const;

const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENT_TYPES)),
  created_at: seconds,
});
const deliverySchema = z.object({
  id: z.string(),
  webhook_id: z.string(),
  job_id: z.string(),
  event: z.enum(WEBHOOK_EVENT_TYPES),
  status: z.enum(["pending", "delivered", "failed"]),
  attempts: z.number().int(),
  last_status: z.number().int().nullable().describe("HTTP status of the last answer"),
  last_error: z.string().nullable(),
  created_at: seconds,
  updated_at: seconds,
});

const newWebhookSchema = z.object({
  url: z.string().min(1).max(2048).describe("where events are posted to"),
  events: z
    .array(z.enum(WEBHOOK_EVENT_TYPES))
    .min(1)
    .max(100)
    .default([...WEBHOOK_EVENT_TYPES])
    .describe("what is told; all when left out"),
});
const webhookPath = z.object({ webhook_id: z.string().max(100) });
const deliveryPath = webhookPath.extend({ delivery_id: z.string().max(100) });

/** Where the owner of a service says who is to be told of its jobs. */
export function registerWebhookRoutes(
  app: FastifyInstance,
  { service }: { service: Pick<CampaignService, "webhooks"> },
): void {
  const { webhooks } = service;
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.post(
    "/webhooks",
    {
      config: CONFIG,
      schema: {
        tags: TAGS,
        summary: "Have events posted to a URL; the answer holds the signing secret, this once",
        body: newWebhookSchema,
        response: { 201: webhookSchema.extend({ secret: z.string() }), ...errorResponses },
      },
    },
    async (request, reply) => {
      const { url, events } = request.body;
      const made = await webhooks.create(callerOf(request), { url, events: [...new Set(events)] });
      return reply.code(201).send({ ...webhookBody(made.webhook), secret: made.secret });
    },
  );

  routes.get(
    "/webhooks",
    {
      config: CONFIG,
      schema: {
        tags: TAGS,
        summary: "All webhooks",
        response: { 200: z.object({ webhooks: z.array(webhookSchema) }), ...errorResponses },
      },
    },
    async (request) => ({ webhooks: (await webhooks.list(callerOf(request))).map(webhookBody) }),
  );

  routes.delete(
    "/webhooks/:webhook_id",
    {
      config: CONFIG,
      schema: {
        tags: TAGS,
        summary: "Forget a webhook and its deliveries",
        params: webhookPath,
        response: { 204: z.null(), ...errorResponses },
      },
    },
    async (request, reply) => {
      await webhooks.remove(callerOf(request), request.params.webhook_id);
      return reply.code(204).send(null);
    },
  );

  routes.get(
    "/webhooks/:webhook_id/deliveries",
    {
      config: CONFIG,
      schema: {
        tags: TAGS,
        summary: "What a webhook was told and how it answered, newest first",
        params: webhookPath,
        querystring: pageQuery,
        response: {
          200: z.object({
            deliveries: z.array(deliverySchema),
            next_cursor: nextCursor,
          }),
          ...errorResponses,
        },
      },
    },
    async (request) => {
      const { cursor, limit } = request.query;
      const filter = cursor === undefined ? { limit } : { limit, cursor };
      const page = await webhooks.deliveries(callerOf(request), request.params.webhook_id, filter);
      return { deliveries: page.items.map(deliveryBody), next_cursor: page.next };
    },
  );

  routes.post(
    "/webhooks/:webhook_id/deliveries/:delivery_id/retry",
    {
      config: CONFIG,
      schema: {
        tags: TAGS,
        summary: "Send a delivery that failed once more",
        params: deliveryPath,
        response: {
          202: z.object({ id: z.string(), status: z.literal("pending") }),
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      const { webhook_id: id, delivery_id: deliveryId } = request.params;
      await webhooks.redeliver(callerOf(request), id, deliveryId);
      return reply.code(202).send({ id: deliveryId, status: "pending" });
    },
  );
}

function webhookBody({ id, url, events, createdAt }: Webhook): z.infer<typeof webhookSchema> {
  return { id, url, events: [...events], created_at: toSeconds(createdAt) };
}

function deliveryBody(delivery: Delivery): z.infer<typeof deliverySchema> {
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    job_id: delivery.jobId,
    event: delivery.event,
    status: delivery.state,
    attempts: delivery.attempts,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    created_at: toSeconds(delivery.createdAt),
    updated_at: toSeconds(delivery.updatedAt),
  };
}
