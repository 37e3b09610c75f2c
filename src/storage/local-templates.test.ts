import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createLocalTemplates, type LocalTemplates } from "./local-templates.ts";

let root = "";
let templates: LocalTemplates;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "local-templates-test-"));
  templates = createLocalTemplates({ root: join(root, "templates") });
});
after(() => rm(root, { recursive: true }));

test("templates are listed once they are whole, and removed with all their files", async () => {
  assert.deepEqual(await templates.list(), []);
  for (const id of ["0a1b", "2c3d"]) {
    const part = templates.templatePartFolder(id);
    await mkdir(part, { recursive: true });
    await writeFile(join(part, "template.mp4"), "movie");
    assert.ok(!(await templates.list()).some((found) => part.endsWith(found.id)));
    await rename(part, templates.templateFolder(id));
  }
  const found = await templates.list();
  assert.deepEqual(found.map(({ id }) => id).toSorted(), ["0a1b", "2c3d"]);
  for (const { modifiedAt } of found) assert.ok(Math.abs(modifiedAt - Date.now()) < 60_000);
  await templates.remove("0a1b");
  await templates.remove("0a1b");
  assert.deepEqual(await readdir(join(root, "templates")), ["2c3d"]);
});

test("what a killed process was compiling is removed, work of this one stays", async () => {
  const own = templates.templatePartFolder("4e5f");
  const abandoned = own.replace(/-[0-9a-f]{12}-/, "-000000000000-");
  for (const part of [own, abandoned]) await mkdir(part, { recursive: true });
  assert.equal(await templates.removeAbandonedParts(), 1);
  const left = await readdir(join(root, "templates"));
  assert.ok(left.some((name) => own.endsWith(name)));
  assert.ok(!left.some((name) => abandoned.endsWith(name)));
});

test("an id that leads elsewhere is refused", async () => {
  for (const id of ["", ".", "..", "../a", "a/b", "a.b", "a\\b", "a".repeat(129)]) {
    assert.throws(() => templates.templateFolder(id), { code: "INTERNAL" }, id);
    assert.throws(() => templates.templatePartFolder(id), { code: "INTERNAL" }, id);
    await assert.rejects(templates.remove(id), { code: "INTERNAL" }, id);
  }
});
