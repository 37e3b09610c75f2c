import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgressBar, progressLine } from "./progress-bar.ts";

const CLEAR = "\r\u001b[2K";

/** A terminal that shows its last line, and a clock that is set by hand. */
function terminal(columns: number | undefined = 80) {
  const writes: string[] = [];
  const clock = { now: 1000 };
  const output = {
    columns,
    write: (text: string) => writes.push(text),
  };
  return {
    writes,
    clock,
    output,
    /** What stands in the line of the bar. */
    line: () => writes.join("").split(/\n/).at(-1)?.split(CLEAR).at(-1) ?? "",
  };
}

test("the bar shows the share that is done, the rate and the time left", () => {
  const line = progressLine({ done: 120, total: 300, rate: 58.2 });
  assert.equal(line, "[=========>              ] 120/300  58.2/s  4 s left");
});

test("the bar is empty at first, full at the end, and never overflows", () => {
  assert.equal(progressLine({ done: 0, total: 9, rate: 0 }), `[${" ".repeat(24)}] 0/9`);
  assert.match(
    progressLine({ done: 9, total: 9, rate: 3 }),
    /^\[={24}\] 9\/9 {2}3\.0\/s {2}0 s left$/,
  );
  assert.match(progressLine({ done: 10, total: 9, rate: 0 }), /^\[={24}\]/);
  assert.match(progressLine({ done: 0, total: 0, rate: 0 }), /^\[={24}\] 0\/0$/);
});

test("a long time left is told in minutes and hours", () => {
  const left = (seconds: number) =>
    progressLine({ done: 0, total: seconds, rate: 1 }).split("/s  ").at(-1);
  assert.deepEqual([59, 60, 3599, 3600, 86_400 + 60].map(left), [
    ...["59 s left", "1 min 0 s left", "59 min 59 s left", "1 h 0 min left", "24 h 1 min left"],
  ]);
});

test("it is redrawn at most ten times a second, but always at the end", () => {
  const { writes, clock, output } = terminal();
  const bar = createProgressBar(output, 1000, () => clock.now);
  for (let i = 0; i < 999; i++) {
    clock.now += 1;
    bar.advance();
  }
  assert.equal(writes.length, 10);
  bar.advance();
  assert.equal(writes.length, 11);
  assert.match(writes.at(-1) ?? "", /1000\/1000/);
});

test("the rate is that of the last seconds, not of the whole run", () => {
  const { clock, output, line } = terminal();
  const bar = createProgressBar(output, 1000, () => clock.now);
  for (let i = 0; i < 10; i++) {
    clock.now += 10_000; // a slow beginning
    bar.advance();
  }
  for (let i = 0; i < 100; i++) {
    clock.now += 100;
    bar.advance();
  }
  assert.match(line(), / 110\/1000 {2}10\.\d\/s /);
});

test("what is printed stands above the bar, which comes back below it", () => {
  const { writes, output, line } = terminal();
  const bar = createProgressBar(output, 3, () => 5);
  bar.advance();
  bar.around(() => output.write("Created: out/Amit.mp4\n"));
  assert.match(line(), /1\/3/);
  assert.match(writes.join(""), /1\/3.*\r.\[2KCreated: out\/Amit\.mp4\n/);
});

test("it is gone when it ends, and after the last one nothing brings it back", () => {
  const { writes, output, line } = terminal();
  const bar = createProgressBar(output, 1, () => 5);
  bar.advance();
  bar.around(() => output.write("Done.\n"));
  assert.equal(line(), "");
  const count = writes.length;
  bar.end();
  assert.equal(writes.length, count);
});

test("it never wraps, also where the terminal does not know its width", () => {
  const narrow = terminal(20);
  createProgressBar(narrow.output, 2, () => 5).advance();
  assert.equal(narrow.line().length, 19);
  for (const columns of [0, undefined]) {
    const unknown = terminal(columns);
    createProgressBar(unknown.output, 2, () => 5).advance();
    assert.match(unknown.line(), /1\/2/);
  }
});
