import assert from "node:assert/strict";
import { test } from "node:test";
import { jobFormSchema } from "../campaign/jobs/job-form.ts";
import { fieldName } from "./form-schema.ts";
import { startServer } from "./testing/running-server.ts";

type Operation = {
  summary?: string;
  security?: unknown[];
  requestBody?: {
    content: Record<string, { schema: { properties: Record<string, Field>; required?: string[] } }>;
  };
  responses: Record<string, unknown>;
};
type Field = { type?: string; format?: string; default?: unknown; description?: string };
type Document = {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};

async function documentOf(url: string): Promise<Document> {
  return (await (await fetch(`${url}/openapi.json`)).json()) as Document;
}

test("the description is OpenAPI 3.1, and every reference in it leads somewhere", async (t) => {
  const { url } = await startServer(t);
  const document = await documentOf(url);
  assert.equal(document.openapi, "3.1.0");
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/gu)].map(
    ([, target = ""]) => target,
  );
  assert.ok(references.length > 10);
  for (const reference of new Set(references)) {
    const [, name = ""] = /^#\/components\/schemas\/(\w+)$/u.exec(reference) ?? [];
    assert.ok(name in document.components.schemas, reference);
  }
  for (const name of Object.keys(document.components.schemas)) {
    assert.ok(references.includes(`#/components/schemas/${name}`), `${name} is not used`);
  }
});

test("every route is described, with what it answers and how it fails", async (t) => {
  const { url } = await startServer(t);
  const { paths } = await documentOf(url);
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  for (const route of [
    ...["GET /", "POST /jobs", "GET /jobs", "GET /jobs/{job_id}", "DELETE /jobs/{job_id}"],
    ...["POST /jobs/{job_id}/retry", "GET /jobs/{job_id}/download"],
    ...["HEAD /jobs/{job_id}/download", "GET /jobs/{job_id}/events"],
    ...["GET /jobs/{job_id}/recipients", "GET /jobs/{job_id}/recipients/{row}"],
    "GET /jobs/{job_id}/recipients/{row}/media",
    "POST /jobs/{job_id}/recipients/{row}/link",
    "GET /jobs/{job_id}/recipients/{row}/poster.jpg",
    ...["POST /templates", "GET /templates", "GET /templates/{template_id}"],
    ...["DELETE /templates/{template_id}", "POST /previews", "POST /convert"],
    ...["POST /cache/name-audio/clear", "POST /webhooks"],
  ]) {
    assert.ok(routes.includes(route), route);
  }
  for (const [path, operations] of Object.entries(paths)) {
    for (const { summary, responses } of Object.values(operations)) {
      assert.ok(summary, path);
      assert.ok("4XX" in responses && Object.keys(responses).some((one) => /^2/u.test(one)), path);
    }
  }
  assert.deepEqual(paths["/"]?.["get"]?.security, []);
});

test("the form of a job is described field by field, with its defaults and files", async (t) => {
  const { url } = await startServer(t);
  const { paths } = await documentOf(url);
  const form = paths["/jobs"]?.["post"]?.requestBody?.content["multipart/form-data"]?.schema;
  const names = Object.keys(jobFormSchema.shape).map(fieldName);
  for (const name of names) {
    assert.ok(form?.properties[name]?.description, name);
  }
  assert.equal(form?.properties["silence_db"]?.default, -30);
  for (const name of ["base_video", "recipients", "voice_sample"]) {
    const field: Field = form?.properties[name] ?? {};
    assert.deepEqual([field.type, field.format], ["string", "binary"], name);
  }
  assert.deepEqual(form?.required, ["recipients"]);
});

test("both pages load all they need from this server", async (t) => {
  const { url } = await startServer(t);
  for (const page of ["/docs", "/docs/", "/redoc"]) {
    const answer = await fetch(url + page);
    const html = await answer.text();
    assert.equal(answer.status, 200, page);
    assert.match(answer.headers.get("content-security-policy") ?? "", /script-src 'self';/);
    const links = [...html.matchAll(/\b(?:src|href|spec-url)="([^"]+)"/gu)]
      .map(([, link = ""]) => link)
      .filter((link) => !link.startsWith("data:"));
    assert.ok(links.length > 1, page);
    for (const link of links) {
      const target = new URL(link, url + page);
      assert.equal(target.origin, url, link);
      const loaded = await fetch(target);
      assert.equal(loaded.status, 200, link);
      await loaded.arrayBuffer();
    }
  }
});

test("ReDoc's program names no server that it would load from", async (t) => {
  const { url } = await startServer(t);
  const program = await (await fetch(`${url}/redoc/redoc.standalone.js`)).text();
  assert.ok(program.length > 100_000);
  assert.doesNotMatch(program, /cdn\.redoc|fonts\.googleapis/u);
});

test("Swagger UI reads the same description", async (t) => {
  const { url } = await startServer(t);
  const document = await (await fetch(`${url}/docs/json`)).json();
  assert.deepEqual(document, await documentOf(url));
});
