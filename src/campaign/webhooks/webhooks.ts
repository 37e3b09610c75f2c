import { randomBytes } from "node:crypto";
import { AppError } from "../../domain/app-error.ts";
import type { Delivery, Webhook } from "../../ports/webhook-store.ts";
import type { CampaignService } from "../campaign-service.ts";
import { deliverTask } from "../jobs/job-tasks.ts";
import type { ServiceDependencies } from "../jobs/service-dependencies.ts";

/** A tenant's webhooks; more would make every event of a job slow. */
const MOST_WEBHOOKS = 20;

/** Whom to tell of a tenant's jobs. */
export function createWebhooks({
  webhooks,
  secrets,
  outgoing,
  queue,
  newId,
  clock,
}: Pick<
  ServiceDependencies,
  "webhooks" | "secrets" | "outgoing" | "queue" | "newId" | "clock"
>): CampaignService["webhooks"] {
  async function find(tenant: string, id: string): Promise<Webhook> {
    const webhook = await webhooks.find(tenant, id);
    if (!webhook) throw new AppError("NOT_FOUND", "webhook not found");
    return webhook;
  }

  return {
    async create({ tenant }, { url, events }) {
      outgoing.check(url);
      if ((await webhooks.list(tenant)).length >= MOST_WEBHOOKS) {
        throw new AppError(
          "QUOTA_EXCEEDED",
          `there are ${MOST_WEBHOOKS} webhooks already, which is the most: delete one`,
        );
      }
      const id = newId();
      const secret = `whsec_${randomBytes(32).toString("base64url")}`;
      const sealedSecret = secrets.seal(secret, id);
      const webhook = { id, tenant, url, events, sealedSecret, createdAt: clock() };
      await webhooks.create(webhook);
      return { webhook, secret };
    },
    list: ({ tenant }) => webhooks.list(tenant),
    async remove({ tenant }, id) {
      if (!(await webhooks.remove(tenant, id))) {
        throw new AppError("NOT_FOUND", "webhook not found");
      }
    },
    async deliveries({ tenant }, id, filter) {
      await find(tenant, id);
      return webhooks.deliveries(id, filter);
    },
    async redeliver({ tenant }, id, deliveryId) {
      await find(tenant, id);
      const delivery = await findDelivery(id, deliveryId);
      const { lastStatus: status, lastError: error } = delivery;
      await webhooks.noteAttempt(deliveryId, { state: "pending", status, error });
      await queue.enqueue([deliverTask(deliveryId)]);
    },
  };

  async function findDelivery(webhookId: string, id: string): Promise<Delivery> {
    const delivery = await webhooks.findDelivery(id);
    if (delivery?.webhookId === webhookId) return delivery;
    throw new AppError("NOT_FOUND", "delivery not found");
  }
}
