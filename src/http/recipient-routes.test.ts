import assert from "node:assert/strict";
import { test } from "node:test";
import { recipientBodyOf } from "./recipient-bodies.ts";
import { fakeRow } from "./testing/fake-service.ts";
import { startServer } from "./testing/running-server.ts";

const ROW = {
  row: 2,
  name: "अमित",
  status: "done",
  reason: null,
  file: "अमित.mp4",
  slot: { start: 0.5, end: 1.25 },
  clip_seconds: 0.7,
  stretch: 1.1,
  seams: { click_db: -4, loudness_lu: 0.5, noise_floor_db: 1 },
  size_bytes: 10,
  warnings: [],
  media_url: "/jobs/j1/recipients/2/media",
  poster_url: "/jobs/j1/recipients/2/poster.jpg",
};

test("rows are listed with their figures, by state and in pages, and told one by one", async (t) => {
  const { url, service } = await startServer(t);
  const answer = await fetch(`${url}/jobs/j1/recipients?state=done&limit=1`);
  assert.deepEqual(await answer.json(), { recipients: [ROW], next_cursor: null });
  assert.deepEqual(service.calls[0]?.given, { state: "done", limit: 1 });
  assert.deepEqual(await (await fetch(`${url}/jobs/j1/recipients/2`)).json(), ROW);
});

test("a row has nothing to show before it is done, and sound has no picture", () => {
  const waiting = recipientBodyOf("j1", fakeRow({ state: "pending", slot: null, seams: null }));
  assert.deepEqual([waiting.media_url, waiting.poster_url, waiting.seams], [null, null, null]);
  const silver = recipientBodyOf("j1", fakeRow({ file: "a.mp3" }));
  assert.deepEqual([typeof silver.media_url, silver.poster_url], ["string", null]);
  const skipped = recipientBodyOf("j1", fakeRow({ state: "skipped", reason: "empty", file: "" }));
  assert.deepEqual([skipped.reason, skipped.file, skipped.media_url], ["empty", null, null]);
});

test("an output is shown, or saved when that is asked for, under its own name", async (t) => {
  const { url } = await startServer(t);
  const shown = await fetch(`${url}${ROW.media_url}`);
  assert.equal(await shown.text(), "0123456789");
  assert.match(shown.headers.get("content-disposition") ?? "", /^inline; .*UTF-8''%E0%A4%85/u);
  const saved = await fetch(`${url}${ROW.media_url}?download=1`);
  assert.match(saved.headers.get("content-disposition") ?? "", /^attachment; /u);
  const poster = await fetch(`${url}${ROW.poster_url}`);
  assert.deepEqual(
    [poster.headers.get("content-type"), await poster.text()],
    ["image/jpeg", "jpeg"],
  );
  const head = await fetch(`${url}${ROW.poster_url}`, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), "4");
});

test("a row that is no number is refused with its place", async (t) => {
  const { url } = await startServer(t);
  for (const row of ["x", "0", "-1", "1.5", "%00"]) {
    const answer = await fetch(`${url}/jobs/j1/recipients/${row}/media`);
    assert.equal(answer.status, 422, row);
    const { detail } = (await answer.json()) as { detail: { loc: string[] }[] };
    assert.deepEqual(detail[0]?.loc, ["path", "row"]);
  }
  assert.equal((await fetch(`${url}/jobs/j1/recipients/3/media`)).status, 404);
});

test("a link is made for seven days unless another time is given", async (t) => {
  const { url, service } = await startServer(t);
  const path = `${url}/jobs/j1/recipients/2/link`;
  const json = (body: unknown) => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await fetch(path, { method: "POST" });
  assert.deepEqual(await answer.json(), {
    url: "/jobs/j1/recipients/2/media?expires=9&signature=good",
    expires_at: 9,
  });
  await fetch(path, json({ expires_in: 60, other: 1 }));
  await fetch(path, json({}));
  assert.deepEqual(
    service.calls.map(({ given }) => given),
    [604_800, 60, 604_800],
  );
  for (const expires_in of [59, 30 * 86_400 + 1, "60", null]) {
    const refused = await fetch(path, json({ expires_in }));
    assert.equal(refused.status, 422, String(expires_in));
    const { detail } = (await refused.json()) as { detail: { loc: string[] }[] };
    assert.deepEqual(detail[0]?.loc, ["body", "expires_in"]);
  }
});

test("a link needs nobody to be known, and its signature must be right", async (t) => {
  const { url } = await startServer(t, { access: () => {} });
  const status = async (query: string) => (await fetch(`${url}${ROW.media_url}${query}`)).status;
  assert.equal(await status("?expires=9&signature=good"), 200);
  assert.equal(await status("?expires=9&signature=bad"), 403);
  assert.equal(await status("?expires=9"), 401);
  assert.equal(await status(""), 401);
});
