import assert from "node:assert/strict";
import { test } from "node:test";
import type { CampaignService } from "../campaign/campaign-service.ts";
import { AppError } from "../domain/app-error.ts";
import type { Delivery, Webhook } from "../ports/webhook-store.ts";
import { CALLER, createRouteApp } from "./testing/route-app.ts";
import { registerWebhookRoutes } from "./webhook-routes.ts";

const AT = 1_739_020_000_123;
const webhook: Webhook = {
  ...{ id: "w1", tenant: "acme", url: "https://hooks.example/a", sealedSecret: "v1.sealed" },
  ...{ events: ["job.done"], createdAt: AT },
};
const delivery: Delivery = {
  ...{ id: "d1", webhookId: "w1", jobId: "j1", event: "job.done", body: '{"a":1}' },
  ...{ state: "failed", attempts: 8, lastStatus: 500, lastError: "500", createdAt: AT },
  updatedAt: AT + 1000,
};

/** The routes before a service that notes what it is asked. */
function createApp() {
  const calls: unknown[][] = [];
  const known = (id: string) => {
    if (id !== "w1") throw new AppError("NOT_FOUND", "webhook not found");
  };
  const webhooks: CampaignService["webhooks"] = {
    async create(caller, { url, events }) {
      calls.push(["create", caller, url, events]);
      if (url.includes("127.0.0.1")) throw new AppError("URL_NOT_ALLOWED", "not allowed");
      return { webhook: { ...webhook, url, events }, secret: "whsec_1" };
    },
    list: async () => [webhook],
    async remove(_caller, id) {
      known(id);
      calls.push(["remove", id]);
    },
    async deliveries(_caller, id, filter) {
      known(id);
      calls.push(["deliveries", filter]);
      return { items: [delivery], next: "c2" };
    },
    async redeliver(_caller, id, deliveryId) {
      known(id);
      calls.push(["redeliver", deliveryId]);
    },
  };
  const app = createRouteApp();
  const scopes: unknown[] = [];
  app.addHook("onRoute", ({ config }) => {
    scopes.push(config?.scope);
  });
  registerWebhookRoutes(app, { service: { webhooks } });
  return { app, calls, scopes };
}

test("a webhook is made for all events unless some are named, and its secret is told", async () => {
  const { app, calls } = createApp();
  const body = { url: "https://hooks.example/a", unknown: "field" };
  const made = await app.inject({ method: "POST", url: "/webhooks", payload: body });
  assert.equal(made.statusCode, 201);
  assert.deepEqual(made.json(), {
    ...{ id: "w1", url: "https://hooks.example/a", created_at: 1_739_020_000.123 },
    ...{ events: ["job.done", "job.failed", "recipient.failed"], secret: "whsec_1" },
  });
  await app.inject({
    ...{ method: "POST", url: "/webhooks" },
    payload: { ...body, events: ["job.failed", "job.failed"] },
  });
  assert.deepEqual(calls[0]?.[1], CALLER);
  assert.deepEqual(calls[1]?.[3], ["job.failed"]);
});

test("a webhook without a URL, with an unknown event or a forbidden URL is refused", async () => {
  const { app } = createApp();
  const post = (payload: object) => app.inject({ method: "POST", url: "/webhooks", payload });
  for (const payload of [
    ...[{}, { url: "" }, { url: 5 }, { url: `https://a/${"a".repeat(3000)}` }],
    ...[
      { url: "https://a/", events: [] },
      { url: "https://a/", events: ["job.begun"] },
    ],
  ]) {
    assert.equal((await post(payload)).statusCode, 422, JSON.stringify(payload));
  }
  const forbidden = await post({ url: "http://127.0.0.1/" });
  assert.equal(forbidden.statusCode, 422);
  assert.equal(forbidden.json().error, "URL_NOT_ALLOWED");
});

test("webhooks are listed without anything of their secrets", async () => {
  const { app } = createApp();
  const answer = await app.inject("/webhooks");
  assert.deepEqual(answer.json(), {
    webhooks: [
      {
        ...{ id: "w1", url: "https://hooks.example/a", events: ["job.done"] },
        created_at: 1_739_020_000.123,
      },
    ],
  });
});

test("a webhook is removed; one that is not there is not found", async () => {
  const { app, calls } = createApp();
  const removed = await app.inject({ method: "DELETE", url: "/webhooks/w1" });
  assert.equal(removed.statusCode, 204);
  assert.equal(removed.body, "");
  assert.deepEqual(calls, [["remove", "w1"]]);
  assert.equal((await app.inject({ method: "DELETE", url: "/webhooks/w2" })).statusCode, 404);
});

test("deliveries come in pages, and say how the receiver answered", async () => {
  const { app, calls } = createApp();
  const answer = await app.inject("/webhooks/w1/deliveries?cursor=c1&limit=10");
  assert.deepEqual(answer.json(), {
    deliveries: [
      {
        ...{ id: "d1", webhook_id: "w1", job_id: "j1", event: "job.done", status: "failed" },
        ...{ attempts: 8, last_status: 500, last_error: "500" },
        ...{ created_at: 1_739_020_000.123, updated_at: 1_739_020_001.123 },
      },
    ],
    next_cursor: "c2",
  });
  await app.inject("/webhooks/w1/deliveries");
  assert.deepEqual(calls, [
    ["deliveries", { cursor: "c1", limit: 10 }],
    ["deliveries", { limit: 50 }],
  ]);
  assert.equal((await app.inject("/webhooks/w1/deliveries?limit=0")).statusCode, 422);
});

test("a delivery is sent once more on request", async () => {
  const { app, calls } = createApp();
  const url = "/webhooks/w1/deliveries/d1/retry";
  const answer = await app.inject({ method: "POST", url });
  assert.equal(answer.statusCode, 202);
  assert.deepEqual(answer.json(), { id: "d1", status: "pending" });
  assert.deepEqual(calls, [["redeliver", "d1"]]);
});

test("all of it is for administrators", () => {
  const { scopes } = createApp();
  assert.ok(scopes.length >= 5 && scopes.every((scope) => scope === "admin"), String(scopes));
});
