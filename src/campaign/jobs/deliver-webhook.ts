import { AppError, toAppError } from "../../domain/app-error.ts";
import { signDelivery } from "../webhooks/sign-delivery.ts";
import type { ServiceDependencies } from "./service-dependencies.ts";

type Dependencies = Pick<ServiceDependencies, "webhooks" | "secrets" | "outgoing" | "clock">;

/**
 * Sends one delivery of the outbox. It counts as delivered when the receiver answers 2xx; a receiver
 * may get it twice and tells by its id.
 * @throws AppError OUTGOING_FAILED (retryable), URL_NOT_ALLOWED.
 */
export async function deliverWebhook(
  { webhooks, secrets, outgoing, clock }: Dependencies,
  deliveryId: string,
  signal: AbortSignal,
): Promise<void> {
  const delivery = await webhooks.findDelivery(deliveryId);
  if (delivery?.state !== "pending") return;
  const webhook = await webhooks.find(null, delivery.webhookId);
  if (!webhook) return;
  const { body, event } = delivery;
  const headers = signDelivery({
    id: deliveryId,
    event,
    body,
    secret: secrets.open(webhook.sealedSecret, webhook.id),
    at: clock(),
  });
  const attempt = await outgoing.post(webhook.url, { headers, body, signal }).then(
    ({ status }) => ({ status, failure: refusalOf(status) }),
    (thrown: unknown) => ({ status: null, failure: toAppError(thrown) }),
  );
  const { status, failure } = attempt;
  const state = failure ? "pending" : "delivered";
  await webhooks.noteAttempt(deliveryId, { state, status, error: failure?.message ?? null });
  if (failure) throw failure;
}

function refusalOf(status: number): AppError | null {
  if (status >= 200 && status < 300) return null;
  const message = `the receiver answered ${status}, not 2xx`;
  return new AppError("OUTGOING_FAILED", message, { retryable: true });
}

/** No more attempts: operators see it, and may send it again. */
export async function giveUpDelivery(
  { webhooks }: Pick<Dependencies, "webhooks">,
  deliveryId: string,
): Promise<void> {
  const delivery = await webhooks.findDelivery(deliveryId);
  if (delivery?.state !== "pending") return;
  const { lastStatus: status, lastError: error } = delivery;
  await webhooks.noteAttempt(deliveryId, { state: "failed", status, error });
}
