import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { type Answer, ask, idOf, type JobFields, jobEnd, post } from "./support/job-client.ts";
import { vocativeInside } from "./support/run-vocative.ts";
import { createSmallCampaign } from "./support/small-campaign.ts";
import { createSpeechScript } from "./support/speech-script.ts";
import { type Server, startServer } from "./support/start-server.ts";

/** Who may call a real server, what each may see, and what it never tells or keeps. */

const campaign = createSmallCampaign();
const voice = createSpeechScript(campaign);
const PER_MINUTE = 400;
let server: Server;
before(async () => {
  server = await startServer({
    folder: campaign.path("server"),
    env: {
      VOCATIVE_TTS_COMMANDS: voice.command,
      VOCATIVE_RATE_LIMIT: String(PER_MINUTE),
      VOCATIVE_OUTGOING_ALLOW: "hooks.example:443",
    },
  });
});
after(async () => {
  await server.stop();
  campaign.remove();
});

const json = { "content-type": "application/json" };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const get = (at: string, headers: Record<string, string> = {}) =>
  ask(`${server.url}${at}`, { headers });
const jobFields = (fields: JobFields = {}): JobFields => ({
  base_video: { file: campaign.base },
  recipients: { file: campaign.sheet("amit.csv", ["Amit"]) },
  insert_mode: "gold",
  ...voice.fields,
  ...fields,
});
const create = (fields: JobFields, headers: Record<string, string>) =>
  post(`${server.url}/jobs`, jobFields(fields), headers);
const hook = (headers: Record<string, string>) =>
  ask(`${server.url}/webhooks`, {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify({ url: "https://hooks.example/told" }),
  });

/** A key of the operator's, made while the server runs. */
async function keyFor(tenant: string, scopes: string): Promise<string> {
  const args = ["keys", "create", "--tenant", tenant, "--scopes", scopes];
  const env = { VIDX_DATA_DIR: server.dataDir, VOCATIVE_LOG_DIR: campaign.path("server", "logs") };
  const { code, stdout, stderr } = await vocativeInside(args, { env });
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

/** A request with headers that `fetch` does not let one set. */
function raw(at: string, headers: Record<string, string>, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${server.url}${at}`, { method, headers, agent: false });
    request.on("error", reject).on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        const own = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(own as [string, string][]), // pairs, as just made
          body: text.startsWith("{") ? JSON.parse(text) : { text },
        });
      });
    });
    request.end();
  });
}

describe("while no key exists", () => {
  test("requests of this machine are served", async () => {
    assert.equal((await get("/jobs")).status, 200);
    assert.match(server.running.output(), /no API key exists: only direct requests/);
  });

  test("a request through a proxy is told how to make a key", async () => {
    for (const header of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
      const { status, headers, body } = await get("/jobs", { [header]: "203.0.113.9" });
      assert.equal(status, 401, header);
      assert.match(String(body["detail"]), /vocative keys create.*VOCATIVE_OPEN=true/);
      assert.equal(body["error"], "UNAUTHORIZED");
      assert.match(headers.get("www-authenticate") ?? "", /^Bearer/);
    }
  });

  test("a page that leads a foreign name here is refused", async () => {
    for (const [at, expected] of [
      ["/jobs", 401],
      ["/openapi.json", 421],
    ] as const) {
      const { status, body } = await raw(at, { host: "evil.example" });
      assert.equal(status, expected, at);
      assert.deepEqual(body["detail"], body["message"], "an error and nothing else");
    }
    assert.equal((await raw("/jobs", { host: new URL(server.url).host })).status, 200);
  });

  test("a page of a foreign origin is refused, the operator's own is not", async () => {
    for (const method of ["GET", "POST"]) {
      const at = method === "GET" ? "/jobs" : "/cache/name-audio/clear";
      const foreign = await raw(at, { origin: "https://evil.example" }, method);
      assert.equal(foreign.status, 401, method);
      assert.equal(foreign.headers.get("access-control-allow-origin"), null);
      const own = await raw(at, { origin: "http://localhost:3000" }, method);
      assert.equal(own.status, 200);
      assert.equal(own.headers.get("access-control-allow-origin"), "http://localhost:3000");
    }
  });
});

describe("once a key exists", () => {
  const keys = { read: "", write: "", admin: "", foreign: "" };
  const ids = { job: "", template: "", webhook: "" };
  before(async () => {
    keys.read = await keyFor("a", "read");
    keys.write = await keyFor("a", "read,write");
    keys.admin = await keyFor("a", "admin");
    keys.foreign = await keyFor("b", "read,write,admin");
    ids.job = idOf(await create({}, bearer(keys.write)));
    ids.template = idOf(
      await post(
        `${server.url}/templates`,
        { base_video: { file: campaign.base }, insert_mode: "gold", ...voice.fields },
        bearer(keys.write),
      ),
    );
    ids.webhook = idOf(await hook(bearer(keys.admin)));
    const job = await jobEnd(server.url, ids.job, bearer(keys.read));
    assert.equal(job["status"], "done");
  });

  test("nobody is served without one, and both headers take it", async () => {
    for (const headers of [{}, bearer("voc_wrong"), { "x-api-key": "voc_wrong" }]) {
      const { status, body } = await get("/jobs", headers);
      assert.equal(status, 401);
      assert.match(String(body["detail"]), /API key.*Authorization: Bearer KEY/);
    }
    assert.equal((await get("/jobs", bearer(keys.read))).status, 200);
    assert.equal((await get("/jobs", { "x-api-key": keys.read })).status, 200);
    assert.equal((await get("/health")).status, 200);
  });

  test("a key does what its scopes say and no more", async () => {
    for (const [key, expected] of [
      [keys.read, [200, 403, 403]],
      [keys.write, [200, 200, 403]],
      [keys.admin, [200, 200, 200]],
    ] as const) {
      const answers = [
        await get(`/jobs/${ids.job}`, bearer(key)),
        await ask(`${server.url}/jobs/${ids.job}/recipients/2/link`, {
          method: "POST",
          headers: bearer(key),
        }),
        await get("/webhooks", bearer(key)),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        expected,
      );
      for (const { body } of answers.filter(({ status }) => status === 403)) {
        assert.match(String(body["detail"]), /needs (?:write|admin)/);
      }
    }
  });

  test("a page of a foreign origin changes nothing, even with a key", async () => {
    const at = "/cache/name-audio/clear";
    const foreign = { ...bearer(keys.write), origin: "https://evil.example" };
    const { status, body } = await raw(at, foreign, "POST");
    assert.deepEqual([status, body["error"]], [403, "FORBIDDEN"]);
    assert.match(String(body["detail"]), /evil\.example.*VIDX_ALLOWED_ORIGINS/);
    assert.equal((await raw(at, bearer(keys.write), "POST")).status, 200);
  });

  test("another tenant finds nothing under any id, on any route that takes one", async () => {
    const { body } = await get("/openapi.json");
    const paths = body["paths"] as Record<string, Record<string, unknown>>;
    const filled = (at: string) =>
      at
        .replace("{job_id}", ids.job)
        .replace("{row}", "2")
        .replace("{template_id}", ids.template)
        .replace("{webhook_id}", ids.webhook)
        .replace("{delivery_id}", "1");
    const routes = Object.entries(paths).flatMap(([at, methods]) =>
      at.includes("{") ? Object.keys(methods).map((method) => [method.toUpperCase(), at]) : [],
    );
    assert.ok(routes.length >= 15, `${routes.length} routes`);
    for (const [method = "", at = ""] of routes) {
      const answer = await raw(filled(at), bearer(keys.foreign), method);
      assert.equal(answer.status, 404, `${method} ${at}`);
      const unknown = filled(at).replace(/[0-9a-f]{32}/, "0".repeat(32));
      const never = await raw(unknown, bearer(keys.foreign), method);
      assert.deepEqual([never.status, never.body["detail"]], [404, answer.body["detail"]], at);
    }
    for (const list of ["jobs", "templates", "webhooks"]) {
      const { status, body: listed } = await get(`/${list}`, bearer(keys.foreign));
      assert.deepEqual([status, listed[list]], [200, []]);
    }
    const used = await create({ template_id: ids.template, base_video: "" }, bearer(keys.foreign));
    assert.deepEqual([used.status, used.body["detail"]], [404, "template not found"]);
    const own = await get(`/jobs/${ids.job}`, bearer(keys.read));
    assert.deepEqual([own.status, own.body["status"]], [200, "done"], "and nothing was harmed");
    assert.equal((await get(`/templates/${ids.template}`, bearer(keys.read))).status, 200);
    assert.equal(((await get("/webhooks", bearer(keys.admin))).body["webhooks"] as []).length, 1);
  });

  test("every answer says what is left of the budget, and beyond it is 429", async () => {
    const key = await keyFor("busy", "read");
    const first = await get("/jobs", bearer(key));
    assert.equal(first.headers.get("ratelimit-limit"), String(PER_MINUTE));
    assert.equal(first.headers.get("ratelimit-remaining"), String(PER_MINUTE - 1));
    const reset = Number(first.headers.get("ratelimit-reset"));
    // A window of a minute, counted in parts of a second.
    assert.ok(reset > 0 && reset <= 61, `${reset}`);
    let last = first;
    for (let sent = 1; sent <= PER_MINUTE; sent++) last = await get("/jobs", bearer(key));
    assert.deepEqual([last.status, last.body["error"]], [429, "RATE_LIMITED"]);
    assert.ok(Number(last.headers.get("retry-after")) > 0);
    assert.equal((await get("/jobs", bearer(keys.foreign))).status, 200, "others have their own");
  });

  test("secrets, names and texts are in no log, secrets neither in jobs nor in the data folder", async () => {
    const secret = "canary-elevenlabs-5f0c";
    const spoken = ["Canaryname", "Unspeakable Canaryname"];
    const prompt = "Canaryprompt";
    const headers = bearer(keys.write);
    const fields = {
      elevenlabs_api_key: secret,
      text: `{name} ${prompt}`,
      recipients: { file: campaign.sheet("canary.csv", spoken) },
    };
    const { body } = await hook(bearer(keys.admin));
    const webhookSecret = String(body["secret"]);
    const id = idOf(await create(fields, { ...headers, "idempotency-key": "canary" }));
    const job = await jobEnd(server.url, id, headers);
    assert.deepEqual(job["progress"], { total: 2, done: 1, failed: 1, skipped: 0 });
    for (const name of spoken) {
      const preview = { ...fields, name, recipients: "" };
      const form = new FormData();
      for (const [field, value] of Object.entries(jobFields(preview))) {
        if (typeof value === "string") form.append(field, value);
        else form.append(field, new Blob([readFileSync(value.file)]), "canary.mp4");
      }
      const url = `${server.url}/previews`;
      const response = await fetch(url, { method: "POST", headers, body: form });
      await response.bytes();
      assert.equal(response.status, name.startsWith("Unspeakable") ? 502 : 200);
    }
    const refused = await create({ ...fields, tts_provider: "elevenlabs" }, headers);
    assert.equal(refused.status, 400);
    const shared = await ask(`${server.url}/jobs/${id}/recipients/2/link`, {
      method: "POST",
      headers,
    });
    const link = String(shared.body["url"]);
    await (await fetch(new URL(link, server.url))).bytes();
    const signature = new URL(link, server.url).searchParams.get("signature") ?? "";

    const secrets = [secret, webhookSecret, signature, ...Object.values(keys)];
    for (const one of secrets) assert.ok(one.length > 10, "a canary that can be found");
    const told = [
      ...[job, (await get("/jobs", headers)).body, refused.body],
      (await get("/webhooks", bearer(keys.admin))).body,
      (await get(`/jobs/${id}/recipients`, headers)).body,
    ].map((one) => JSON.stringify(one));
    for (const text of told) for (const one of secrets) assert.ok(!text.includes(one), one);

    const log = readFileSync(campaign.path("server", "logs", "lumen.log"), "utf8");
    assert.ok(log.includes(id) && log.includes("/previews"), "the log tells of these requests");
    for (const one of [...secrets, "Canaryname", prompt]) {
      const lines = log.split("\n").filter((line) => line.includes(one));
      assert.deepEqual(lines, [], `the log holds ${one}`);
    }
    // Names have to be in the database; what opens a door does not.
    const stored = readdirSync(server.dataDir, { recursive: true, withFileTypes: true });
    const files = stored.filter((entry) => entry.isFile());
    assert.ok(files.some(({ name }) => name === "vocative.sqlite-wal"));
    let found = 0;
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(path.join(parentPath, name));
      for (const one of secrets) assert.ok(!bytes.includes(one), `${name} holds ${one}`);
      if (bytes.includes("Canaryname")) found++;
    }
    assert.ok(found > 0, "what is kept can be found in this way");
  });

  test("a key that is revoked opens nothing any more", async () => {
    const key = await keyFor("gone", "read");
    const env = { VIDX_DATA_DIR: server.dataDir, VOCATIVE_LOG_DIR: campaign.path("logs") };
    assert.equal((await get("/jobs", bearer(key))).status, 200);
    const { stdout } = await vocativeInside(["keys", "list"], { env });
    const id =
      stdout
        .split("\n")
        .find((line) => line.includes("gone"))
        ?.split(/\s+/)[0] ?? "";
    assert.equal((await vocativeInside(["keys", "revoke", id], { env })).code, 0);
    // It is remembered for two seconds, so that polling costs nothing.
    const deadline = performance.now() + 10_000;
    let status = 200;
    while (status !== 401 && performance.now() < deadline) {
      ({ status } = await get("/jobs", bearer(key)));
    }
    assert.equal(status, 401);
  });
});
