import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Clock } from "../../src/ports/clock.ts";
import type { LeasedTask, NewTask, TaskQueue } from "../../src/ports/task-queue.ts";

export type QueueSubject = { queue: TaskQueue; close: () => Promise<void> };

const LEASE_MS = 30_000;
const START = Date.UTC(2026, 0, 1);

/** What every task queue must keep to. `makeQueue` gives an empty one each time. */
export function taskQueueConformance(
  name: string,
  makeQueue: (options: { clock: Clock }) => Promise<QueueSubject>,
): void {
  describe(`${name} is a task queue`, () => {
    let now = START;
    let subject: QueueSubject;
    let queue: TaskQueue;

    beforeEach(async () => {
      now = START;
      subject = await makeQueue({ clock: () => now });
      queue = subject.queue;
    });
    afterEach(() => subject.close());

    const claim = (count: number, owner = "a", kinds = ["render"]): Promise<LeasedTask[]> =>
      queue.claim({ kinds, count, owner, leaseMs: LEASE_MS });
    const claimOne = async (owner?: string): Promise<LeasedTask> => {
      const [task] = await claim(1, owner);
      assert.ok(task, "there is a task to claim");
      return task;
    };
    const claimKeys = async (count: number): Promise<string[]> =>
      (await claim(count)).map(({ key }) => key);
    const doAll = async (count = 10): Promise<string[]> => {
      const leases = await claim(count);
      for (const lease of leases) await queue.complete(lease);
      return leases.map(({ key }) => key);
    };
    const assertRefused = async (stale: LeasedTask): Promise<void> => {
      assert.equal(await queue.renew(stale, LEASE_MS), "lost");
      assert.equal(await queue.complete(stale), false);
      assert.equal(await queue.release(stale, { notBefore: 0, counts: true }), false);
      assert.equal(await queue.bury(stale, "stale"), false);
    };

    test("a task arrives as it was enqueued, once", async () => {
      const payload = { text: "Zoë\u0000\ud83d'\"\\ 😀", list: [1, null, { deep: true }] };
      await queue.enqueue([task({ key: "one", group: "job", payload })]);
      const [{ id, token, ...rest } = assert.fail(), ...others] = await claim(10);
      assert.deepEqual(others, []);
      assert.ok(id && token);
      assert.deepEqual(rest, {
        kind: "render",
        key: "one",
        group: "job",
        payload,
        attempts: 0,
        losses: 0,
      });
      assert.deepEqual(await claim(1), []);
    });

    test("only tasks of the kinds asked for are claimed, and no more than asked for", async () => {
      await queue.enqueue([
        task({ key: "r", kind: "render" }),
        task({ key: "c", kind: "compile" }),
        task({ key: "d", kind: "deliver" }),
      ]);
      const claimed = await claim(10, "a", ["compile", "deliver"]);
      assert.deepEqual(claimed.map(({ key }) => key).toSorted(), ["c", "d"]);
      assert.deepEqual(await claim(0), []);
      assert.deepEqual(await claim(1, "a", []), []);
      assert.deepEqual(await claimKeys(1), ["r"]);
    });

    test("every lease has a token of its own", async () => {
      await queue.enqueue(tasks("g", 3));
      const leases = await claim(3);
      await queue.release(leases[0] ?? assert.fail(), { notBefore: 0, counts: false });
      const tokens = [...leases, await claimOne()].map(({ token }) => token);
      assert.equal(new Set(tokens).size, 4);
    });

    test("enqueuing a key that waits or is under work has no effect", async () => {
      await queue.enqueue([task({ key: "k" }), task({ key: "k", group: "other" })]);
      await queue.enqueue([task({ key: "k" })]);
      const leased = await claimOne();
      await queue.enqueue([task({ key: "k" })]);
      assert.deepEqual(await claim(1), []);
      await queue.release(leased, { notBefore: now + 1000, counts: false });
      await queue.enqueue([task({ key: "k" })]);
      assert.deepEqual(await claim(1), []);
    });

    test("a key is free again when its task is done or failed for good", async () => {
      await queue.enqueue([task({ key: "k" })]);
      assert.equal(await queue.complete(await claimOne()), true);
      await queue.enqueue([task({ key: "k" })]);
      assert.equal(await queue.bury(await claimOne(), "no"), true);
      await queue.enqueue([task({ key: "k" })]);
      assert.equal((await claimOne()).attempts, 0);
    });

    test("a lease that ran out is another worker's, and its former holder is refused", async () => {
      await queue.enqueue([task({ key: "k" })]);
      const stale = await claimOne("a");
      now += LEASE_MS - 1;
      assert.deepEqual(await claim(1, "b"), []);
      now += 1;
      const taken = await claimOne("b");
      assert.deepEqual([taken.losses, taken.attempts], [1, 0]);
      await assertRefused(stale);
      assert.equal(await queue.renew(taken, LEASE_MS), "held");
      assert.equal(await queue.complete(taken), true);
      await assertRefused(taken);
    });

    test("a renewed lease lasts from then on", async () => {
      await queue.enqueue([task({ key: "k" })]);
      const held = await claimOne();
      for (let thirds = 0; thirds < 6; thirds++) {
        now += LEASE_MS / 3;
        assert.equal(await queue.renew(held, LEASE_MS), "held");
        assert.deepEqual(await claim(1, "b"), []);
      }
      now += LEASE_MS;
      assert.equal((await claimOne("b")).losses, 1);
    });

    test("a task handed back waits for its time, and its failures are counted", async () => {
      await queue.enqueue([task({ key: "k" })]);
      assert.equal(
        await queue.release(await claimOne(), { notBefore: now + 1000, counts: true }),
        true,
      );
      now += 999;
      assert.deepEqual(await claim(1), []);
      now += 1;
      const second = await claimOne();
      assert.equal(second.attempts, 1);
      await queue.release(second, { notBefore: now, counts: false });
      const third = await claimOne();
      assert.deepEqual([third.attempts, third.losses], [1, 0]);
      await assertRefused(second);
    });

    test("a task that keeps being lost is buried in the end", async () => {
      await queue.enqueue([task({ key: "k" })]);
      let losses = 0;
      for (; losses < 1000; losses++) {
        const [lost] = await claim(1);
        if (!lost) break;
        assert.equal(lost.losses, losses);
        now += LEASE_MS;
      }
      assert.ok(losses > 10 && losses < 1000, `${losses}`);
      assert.equal((await queue.stats()).dead, 1);
      assert.equal(await queue.holds("g"), false);
    });

    test("a task does not begin before its time", async () => {
      await queue.enqueue([task({ key: "later", notBefore: now + 5000 }), task({ key: "now" })]);
      assert.deepEqual(await claimKeys(2), ["now"]);
      now += 5000;
      assert.deepEqual(await claimKeys(2), ["later"]);
    });

    test("higher priorities go first, whatever their kind, group and age", async () => {
      await queue.enqueue([
        task({ key: "low", priority: -1 }),
        task({ key: "usual", group: "b" }),
        task({ key: "high", priority: 2, kind: "finish" }),
        task({ key: "higher", priority: 3, limit: "voice" }),
      ]);
      const claimed = await claim(4, "a", ["render", "finish"]);
      assert.deepEqual(
        claimed.map(({ key }) => key),
        ["higher", "high", "usual", "low"],
      );
    });

    test("in a group the oldest go first, also when handed back", async () => {
      await queue.enqueue(tasks("g", 4));
      const first = await claimOne();
      assert.equal(first.key, "g-0");
      await queue.release(first, { notBefore: now, counts: true });
      assert.deepEqual(await claimKeys(2), ["g-0", "g-1"]);
      assert.deepEqual(await claimKeys(2), ["g-2", "g-3"]);
    });

    for (const size of [1, 3]) {
      test(`a group of three is not kept waiting by one of 5,000, claimed ${size} by ${size}`, async () => {
        await queue.enqueue(tasks("large", 5000));
        for (let claimed = 0; claimed < 300; claimed += size) await claim(size);
        await queue.enqueue(tasks("small", 3));
        const keys: string[] = [];
        while (keys.length < 9) keys.push(...(await claimKeys(size)));
        assert.equal(keys.filter((key) => key.startsWith("small")).length, 3, keys.join());
        assert.equal(keys.filter((key) => key.startsWith("large")).length, 6);
      });
    }

    test("groups take turns, and one that comes later does not make up for what it missed", async () => {
      await queue.enqueue([...tasks("a", 20), ...tasks("b", 20)]);
      const groupsOf = (keys: string[]) => keys.map((key) => key[0]).join("");
      assert.equal(groupsOf(await claimKeys(8)), "abababab");
      await queue.enqueue(tasks("c", 20));
      const shares = groupsOf(await claimKeys(12));
      for (const group of "abc") assert.equal(shares.split(group).length - 1, 4, shares);
    });

    test("a group that enqueues its next task when one is done gets its turns", async () => {
      await queue.enqueue([...tasks("large", 100), task({ key: "step-0", group: "steps" })]);
      let steps = 0;
      for (let claims = 0; claims < 20; claims++) {
        const claimed = await claimOne();
        await queue.complete(claimed);
        if (claimed.group !== "steps") continue;
        steps++;
        await queue.enqueue([task({ key: `step-${steps}`, group: "steps" })]);
      }
      assert.ok(steps >= 8 && steps <= 12, `${steps} of 20`);
    });

    test("kinds take turns, however many tasks one of them has", async () => {
      await queue.enqueue([...tasks("large", 100), task({ key: "c", kind: "compile" })]);
      const keys: string[] = [];
      for (let claims = 0; claims < 3; claims++) {
        const claimed = await claim(1, "a", ["render", "compile"]);
        keys.push(...claimed.map(({ key }) => key));
      }
      assert.ok(keys.includes("c"), keys.join());
    });

    test("no more tasks than its limit allows are under work at a time", async () => {
      await queue.setLimit("voice", { concurrency: 2 });
      await queue.enqueue([
        ...tasks("g", 3, { limit: "voice" }),
        task({ key: "c", kind: "compile", limit: "voice" }),
        task({ key: "free" }),
      ]);
      const claimed = await claim(10, "a", ["render", "compile"]);
      const limited = claimed.filter(({ key }) => key !== "free");
      assert.equal(limited.length, 2);
      assert.equal(claimed.length, 3);
      assert.deepEqual(await claim(10, "b", ["render", "compile"]), []);
      await queue.complete(limited[0] ?? assert.fail());
      assert.equal((await claim(10, "b", ["render", "compile"])).length, 1);
      // Those of the first claim are lost, and free two places less one.
      now += LEASE_MS;
      assert.equal((await claim(10, "b", ["render", "compile"])).length, 3);
    });

    test("no more cost than its limit allows begins in a minute", async () => {
      await queue.setLimit("voice", { perMinute: 60 });
      await queue.enqueue(tasks("g", 20, { limit: "voice", cost: 10 }));
      assert.equal((await claim(20)).length, 6);
      now += 9_000;
      assert.equal((await claim(20)).length, 0);
      now += 1_000;
      assert.equal((await claim(20)).length, 1);
      now += 60 * 60_000;
      assert.equal((await claim(20)).length, 6, "what was not used for long is not saved up");
    });

    test("a task that costs more than a minute's worth begins when nothing else has", async () => {
      await queue.setLimit("voice", { perMinute: 60 });
      await queue.enqueue([
        task({ key: "small", limit: "voice", cost: 1 }),
        task({ key: "huge", limit: "voice", cost: 120, notBefore: now + 1 }),
        task({ key: "next", limit: "voice", cost: 1, notBefore: now + 2 }),
      ]);
      assert.deepEqual(await doAll(), ["small"]);
      now += 2;
      assert.deepEqual(await doAll(), [], "cheaper ones do not overtake it for ever");
      now += 1000;
      assert.deepEqual(await doAll(), ["huge"]);
      now += 60_000;
      assert.deepEqual(await doAll(), []);
      now += 1000;
      assert.deepEqual(await doAll(), ["next"]);
    });

    test("what a task of high priority waits for is not used up by lower ones", async () => {
      await queue.setLimit("voice", { perMinute: 60 });
      await queue.enqueue(tasks("low", 200, { limit: "voice" }));
      assert.equal((await doAll(60)).length, 60);
      await queue.enqueue([task({ key: "high", limit: "voice", cost: 30, priority: 1 })]);
      for (let seconds = 0; seconds < 29; seconds++) {
        now += 1000;
        assert.deepEqual(await doAll(), []);
      }
      now += 1000;
      assert.deepEqual(await doAll(), ["high"]);
    });

    test("a limit can be changed and lifted", async () => {
      await queue.setLimit("voice", { concurrency: 1, perMinute: 1 });
      await queue.enqueue(tasks("g", 6, { limit: "voice" }));
      assert.equal((await claim(6)).length, 1);
      await queue.setLimit("voice", { concurrency: 3 });
      assert.equal((await claim(6)).length, 2);
      await queue.setLimit("voice", {});
      assert.equal((await claim(6)).length, 3);
    });

    test("nothing begins under a paused limit, and a shorter pause does not end a longer one", async () => {
      await queue.enqueue([task({ key: "k", limit: "voice" }), task({ key: "free" })]);
      await queue.pause("voice", now + 5000);
      await queue.pause("voice", now + 1000);
      await queue.setLimit("voice", { concurrency: 5 });
      assert.deepEqual(await claimKeys(2), ["free"]);
      now += 4999;
      assert.deepEqual(await claimKeys(2), []);
      now += 1;
      assert.deepEqual(await claimKeys(2), ["k"]);
    });

    test("cancelling a group forgets what waits and tells those under work", async () => {
      await queue.enqueue([
        ...tasks("g", 3),
        task({ key: "delayed", group: "g", notBefore: now + 1 }),
        task({ key: "other", group: "h" }),
      ]);
      const held = await claimOne();
      await queue.cancel("g");
      assert.deepEqual(await claimKeys(10), ["other"]);
      assert.equal(await queue.renew(held, LEASE_MS), "cancelled");
      assert.equal(await queue.holds("g"), true);
      assert.equal(await queue.complete(held), true);
      assert.equal(await queue.holds("g"), false);
    });

    test("a cancelled task never comes back: handed back, lost or reclaimed", async () => {
      await queue.enqueue(tasks("g", 4));
      const [released = assert.fail(), buried = assert.fail()] = await claim(3, "a");
      await claim(1, "b");
      await queue.cancel("g");
      assert.equal(await queue.release(released, { notBefore: now, counts: false }), true);
      assert.equal(await queue.bury(buried, "no"), true);
      assert.equal((await queue.stats()).dead, 0);
      await queue.reclaim((owner) => owner !== "b");
      assert.deepEqual(await claim(4), []);
      now += LEASE_MS;
      assert.deepEqual(await claim(4), []);
      assert.equal(await queue.holds("g"), false);
    });

    test("a cancelled task under work leaves its key to a new one", async () => {
      await queue.enqueue([task({ key: "k" })]);
      const cancelled = await claimOne();
      await queue.cancel("g");
      await queue.enqueue([task({ key: "k" })]);
      const fresh = await claimOne();
      assert.equal(await queue.renew(cancelled, LEASE_MS), "cancelled");
      assert.equal(await queue.complete(cancelled), true);
      assert.equal(await queue.renew(fresh, LEASE_MS), "held");
    });

    test("what dead owners hold is handed back at once, and each owner is asked about once", async () => {
      await queue.enqueue(tasks("g", 5));
      const [stale = assert.fail()] = await claim(2, "dead");
      const [kept = assert.fail()] = await claim(2, "alive");
      const asked: string[] = [];
      const isAlive = (owner: string): boolean => {
        asked.push(owner);
        return owner === "alive";
      };
      assert.equal(await queue.reclaim(isAlive), 2);
      assert.deepEqual(asked.toSorted(), ["alive", "dead"]);
      const taken = await claim(5, "new");
      assert.deepEqual(
        taken.map(({ key, losses }) => `${key} ${losses}`),
        ["g-0 1", "g-1 1", "g-4 0"],
      );
      await assertRefused(stale);
      assert.equal(await queue.renew(kept, LEASE_MS), "held");
      assert.equal(await queue.reclaim(() => true), 0);
    });

    test("the figures tell what waits, what is under work and how late it is", async () => {
      const empty = { ready: {}, delayed: {}, leased: {}, lagMs: 0, dead: 0 };
      assert.deepEqual(await queue.stats(), empty);
      await queue.setLimit("voice", { concurrency: 1 });
      await queue.enqueue([
        ...tasks("g", 5),
        task({ key: "c", kind: "compile", notBefore: now + 60_000 }),
        ...tasks("v", 3, { kind: "speak", limit: "voice" }),
      ]);
      now += 1000;
      const [buried = assert.fail()] = await claim(2);
      await queue.bury(buried, "no");
      assert.deepEqual(await queue.stats(), {
        ready: { render: 3, speak: 3 },
        delayed: { compile: 1 },
        leased: { render: 1 },
        lagMs: 1000,
        dead: 1,
      });
      await claim(5, "a", ["speak", "render"]);
      assert.deepEqual(await queue.stats(), {
        ready: {},
        delayed: { compile: 1, speak: 2 },
        leased: { render: 4, speak: 1 },
        lagMs: 0,
        dead: 1,
      });
      now += 60_000;
      const { ready, lagMs } = await queue.stats();
      assert.equal(ready["compile"], 1);
      assert.equal(lagMs, 60_000 - LEASE_MS, "lost leases have waited since they ran out");
    });

    test("whoever listens hears of what is enqueued or handed back, until it stops", async () => {
      let heard = 0;
      const stop = queue.onEnqueued(() => heard++);
      await queue.enqueue(tasks("g", 3));
      assert.ok(heard >= 1);
      heard = 0;
      await queue.release(await claimOne(), { notBefore: now, counts: false });
      assert.ok(heard >= 1);
      stop();
      heard = 0;
      await queue.enqueue(tasks("h", 3));
      assert.equal(heard, 0);
    });

    test("claims made at the same time never share a task", async () => {
      await queue.enqueue(tasks("g", 50));
      const claims = await Promise.all(Array.from({ length: 20 }, (_, i) => claim(4, `o${i}`)));
      const keys = claims.flat().map(({ key }) => key);
      assert.equal(keys.length, 50);
      assert.equal(new Set(keys).size, 50);
    });

    test("enqueuing nothing, and cancelling or holding what is not there, is no error", async () => {
      await queue.enqueue([]);
      await queue.cancel("none");
      assert.equal(await queue.holds("none"), false);
      assert.equal(await queue.reclaim(() => false), 0);
    });
  });
}

function task(given: Partial<NewTask> & { key: string }): NewTask {
  return { kind: "render", group: "g", payload: {}, ...given };
}

/** `<group>-0`, `<group>-1` … */
function tasks(group: string, count: number, given: Partial<NewTask> = {}): NewTask[] {
  return Array.from({ length: count }, (_, i) => task({ key: `${group}-${i}`, group, ...given }));
}
