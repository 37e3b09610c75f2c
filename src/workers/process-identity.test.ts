import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isOwnerAlive, ownerName } from "./process-identity.ts";

/** This process's name with other parts. */
function nameWith({ scope, pid, run }: { scope?: string; pid?: number; run?: string }): string {
  const [ownScope, ownPid, ownRun] = ownerName().split("-");
  return `${scope ?? ownScope}-${pid ?? ownPid}-${run ?? ownRun}`;
}

test("this process and others that run are alive", () => {
  assert.equal(isOwnerAlive(ownerName()), true);
  assert.equal(isOwnerAlive(nameWith({ pid: process.ppid, run: "0123456789ab" })), true);
});

test("a process that ended is dead, also when its number is this one's now", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  assert.equal(isOwnerAlive(nameWith({ pid })), false);
  assert.equal(isOwnerAlive(nameWith({ run: "0123456789ab" })), false);
});

test("who cannot be asked from here counts as alive", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  assert.equal(isOwnerAlive(nameWith({ scope: "ffffffff", pid })), true);
  assert.equal(isOwnerAlive("someone"), true);
});
