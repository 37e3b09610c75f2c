import assert from "node:assert/strict";
import { test } from "node:test";
import { LANDMARKS } from "../../domain/face.ts";
import * as groups from "./landmark-groups.ts";

const lists = Object.entries(groups).flatMap(([name, group]): [string, readonly number[]][] =>
  typeof group === "number" ? [] : [[name, group]],
);

test("every group names landmarks of the mesh, none of them twice", () => {
  assert.ok(lists.length >= 16);
  for (const [name, list] of lists) {
    assert.equal(new Set(list).size, list.length, name);
    assert.ok(
      list.every((landmark) => landmark >= 0 && landmark < LANDMARKS),
      name,
    );
  }
});

test("the upper and the lower line of an eye and of the lips meet in their corners", () => {
  for (const [name, upper] of lists.filter(([name]) => /^(EYE|LIPS).*_UPPER$/u.test(name))) {
    const lower = lists.find(([other]) => other === name.replace("UPPER", "LOWER"))?.[1];
    assert.equal(lower?.[0], upper[0], name);
    assert.equal(lower?.at(-1), upper.at(-1), name);
    assert.equal(lower?.length, upper.length, name);
  }
});
