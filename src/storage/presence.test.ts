import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { processNumberScope } from "../workers/process-identity.ts";
import { announcePresence } from "./presence.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "presence-test-"));
  await use(folder).finally(() => rm(folder, { recursive: true }));
}

const nameOf = (scope: string, pid: number) => `at-work-${scope}-${pid}-0123456789ab`;

test("a process that runs is seen by others until it leaves, and never by itself", async () => {
  await withFolder(async (folder) => {
    const presence = await announcePresence(folder);
    assert.equal(await presence.othersAtWork(), false);
    await writeFile(join(folder, nameOf(processNumberScope(), process.ppid)), "");
    assert.equal(await presence.othersAtWork(), true);
    await presence.leave();
    assert.deepEqual(await readdir(folder), [nameOf(processNumberScope(), process.ppid)]);
  });
});

test("what a process left that runs no more is removed", async () => {
  await withFolder(async (folder) => {
    const presence = await announcePresence(folder);
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await writeFile(join(folder, nameOf(processNumberScope(), pid)), "");
    assert.equal(await presence.othersAtWork(), false);
    assert.equal((await readdir(folder)).length, 1);
  });
});

test("a process of another machine is believed for a week", async () => {
  await withFolder(async (folder) => {
    const presence = await announcePresence(folder);
    const elsewhere = join(folder, nameOf("ffffffff", process.pid));
    await writeFile(elsewhere, "");
    assert.equal(await presence.othersAtWork(), true);
    const lastMonth = Date.now() / 1000 - 30 * 24 * 3600;
    await utimes(elsewhere, lastMonth, lastMonth);
    assert.equal(await presence.othersAtWork(), false);
  });
});
