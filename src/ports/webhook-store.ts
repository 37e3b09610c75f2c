import type { WebhookEventType } from "../domain/job.ts";
import type { Page } from "./job-store.ts";

export type Webhook = {
  id: string;
  tenant: string;
  url: string;
  events: readonly WebhookEventType[];
  /** The signing secret as `SecretBox` sealed it. */
  sealedSecret: string;
  /** Milliseconds since 1970. */
  createdAt: number;
};

export type DeliveryState = "pending" | "delivered" | "failed";

/** One event that is to reach one webhook. */
export type Delivery = {
  id: string;
  webhookId: string;
  jobId: string;
  event: WebhookEventType;
  /** What is sent, as JSON. */
  body: string;
  state: DeliveryState;
  attempts: number;
  /** Status of the last answer; null when there was none. */
  lastStatus: number | null;
  lastError: string | null;
  createdAt: number;
  updatedAt: number;
};

/** Webhooks and the outbox of what they are still to be told (written by `JobStore`). */
export interface WebhookStore {
  create(webhook: Webhook): Promise<void>;
  list(tenant: string): Promise<Webhook[]>;
  find(tenant: string | null, id: string): Promise<Webhook | null>;
  /** With its deliveries. Returns whether it was there. */
  remove(tenant: string, id: string): Promise<boolean>;
  /** Newest first. */
  deliveries(
    webhookId: string,
    filter: { cursor?: string; limit: number },
  ): Promise<Page<Delivery>>;
  findDelivery(id: string): Promise<Delivery | null>;
  /** Ids of pending deliveries, oldest first. */
  pending(limit: number): Promise<string[]>;
  /** Notes how an attempt went. */
  noteAttempt(
    id: string,
    attempt: { state: DeliveryState; status: number | null; error: string | null },
  ): Promise<void>;
}
