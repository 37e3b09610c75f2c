import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE, postForm, startServer } from "./testing/running-server.ts";

const TEMPLATE = {
  template_id: "t1",
  status: "queued",
  name: "greeting.mp4",
  size_bytes: 4,
  insert_mode: "gold",
  error: null,
  error_code: null,
  created_at: 1,
  updated_at: 2.5,
};

test("a template is made of a base and options, listed, told and removed", async (t) => {
  const { url, service } = await startServer(t);
  const made = await postForm(`${url}/templates`, [BASE, { name: "insert_mode", content: "gold" }]);
  assert.deepEqual([made.status, await made.json()], [200, TEMPLATE]);
  const { insertMode } = service.lastGiven()["form"] as { insertMode: string }; // as any job's form
  assert.equal(insertMode, "gold");
  assert.deepEqual(await (await fetch(`${url}/templates?limit=3`)).json(), {
    templates: [TEMPLATE],
    next_cursor: null,
  });
  assert.deepEqual(await (await fetch(`${url}/templates/t1`)).json(), TEMPLATE);
  const removed = await fetch(`${url}/templates/t1`, { method: "DELETE" });
  assert.equal(removed.status, 204);
  assert.deepEqual(service.calls.at(-1), { name: "templates.remove", given: "t1" });
  assert.equal((await fetch(`${url}/templates/t2`)).status, 404);
});

test("a template and a conversion need a base", async (t) => {
  const { url } = await startServer(t);
  for (const path of ["/templates", "/convert"]) {
    const answer = await postForm(url + path, [{ name: "lang", content: "en" }]);
    assert.equal(answer.status, 422);
    const { detail } = (await answer.json()) as { detail: unknown };
    assert.deepEqual(detail, [
      { type: "missing", loc: ["body", "base_video"], msg: "Field required" },
    ]);
  }
});

test("a preview is the output itself, with its figures in a header that any client can read", async (t) => {
  const { url, service } = await startServer(t);
  const parts = [BASE, { name: "name", content: "अमित" }, { name: "lang", content: "hi" }];
  const answer = await postForm(`${url}/previews`, parts, { range: "bytes=0-1" });
  assert.deepEqual([answer.status, await answer.text()], [200, "0123456789"]);
  assert.equal(answer.headers.get("content-type"), "video/mp4");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const figures = answer.headers.get("vocative-preview") ?? "";
  assert.match(figures, /^[\x20-\x7e]+$/u);
  const slot = { start: 0.5, end: 1.25, found_by: "silence", confidence: 0.7 };
  assert.deepEqual(JSON.parse(figures), {
    slot,
    slots: [slot],
    spoken: { start: 0.5, end: 1.2 },
    stretch: 1.1,
    seams: { click_db: -4, loudness_lu: 0.5, noise_floor_db: 1 },
    warnings: ["अमित is short"],
  });
  assert.equal(service.lastGiven()["name"], "अमित");
  assert.equal(service.uploads[0]?.discards, 1);
});

test("a preview takes a template instead of a base, and always a name", async (t) => {
  const { url } = await startServer(t);
  const name = { name: "name", content: "Amit" };
  const template = { name: "template_id", content: "t1" };
  assert.equal((await postForm(`${url}/previews`, [template, name])).status, 200);
  for (const [parts, field] of [
    [[name], "base_video"],
    [[BASE], "name"],
    [[BASE, { name: "name", content: "" }], "name"],
    [[BASE, { name: "name", content: "x".repeat(201) }], "name"],
  ] as const) {
    const answer = await postForm(`${url}/previews`, parts);
    assert.equal(answer.status, 422);
    const { detail } = (await answer.json()) as { detail: { loc: string[] }[] };
    assert.deepEqual(detail[0]?.loc, ["body", field]);
  }
});

test("a conversion is a download with the published defaults", async (t) => {
  const { url, service } = await startServer(t);
  const answer = await postForm(`${url}/convert`, [BASE]);
  assert.deepEqual([answer.status, await answer.text()], [200, "converted"]);
  assert.equal(answer.headers.get("content-disposition"), 'attachment; filename="converted.mp4"');
  const options = [
    { name: "crf", content: "0" },
    { name: "preset", content: "veryfast" },
    { name: "audio_bitrate", content: "512k" },
  ];
  await postForm(`${url}/convert`, [BASE, ...options]);
  assert.deepEqual(
    service.calls.map(({ given }) => (given as { form: unknown }).form),
    [
      { crf: 20, preset: "medium", audioBitRate: 160_000 },
      { crf: 0, preset: "veryfast", audioBitRate: 512_000 },
    ],
  );
});

test("options of a conversion that are not allowed are refused with their place", async (t) => {
  const { url, service } = await startServer(t);
  for (const [name, content] of [
    ["crf", "52"],
    ["crf", "-1"],
    ["crf", "20.5"],
    ["preset", "quick"],
    ["audio_bitrate", "31k"],
    ["audio_bitrate", "513k"],
    ["audio_bitrate", "160"],
    ["audio_bitrate", "160k; rm"],
  ] as const) {
    const answer = await postForm(`${url}/convert`, [BASE, { name, content }]);
    assert.equal(answer.status, 422, `${name}=${content}`);
    const { detail } = (await answer.json()) as { detail: { loc: string[] }[] };
    assert.deepEqual(
      detail.map(({ loc }) => loc),
      [["body", name]],
    );
  }
  assert.deepEqual(service.calls, []);
});

test("the name cache is cleared and counted", async (t) => {
  const { url } = await startServer(t);
  const answer = await fetch(`${url}/cache/name-audio/clear`, { method: "POST" });
  assert.deepEqual(await answer.json(), {
    status: "ok",
    cleared_dir: "name_audio_cache",
    removed_files: 3,
    removed_dirs: 0,
  });
});
