import type { ResultCache } from "../../mixins/cache/result-cache.ts";
import { eventually } from "../eventually.ts";

/** The promises of every cache of results. Each test has entries and tags of its own, so that a cache may be shared. */
export function resultCacheConformance(name: string, open: () => ResultCache): void {
  describe(`${name} keeps the promises of a cache of results:`, () => {
    let cache: ResultCache;
    let entry: string;
    let tags: [string, string];
    let tests = 0;
    beforeAll(() => void (cache = open()));
    beforeEach(() => {
      entry = `entry-${++tests}`;
      tags = [`tag-${tests}`, `other-${tests}`];
    });

    const look = async () => (await cache.look(entry, tags)).text;
    /** Computes a result as a caller does: asks first, and keeps the answer with the versions it was told. */
    const compute = async (text: string, ttlSeconds = 60, change: () => unknown = () => undefined) => {
      const { versions } = await cache.look(entry, tags);
      await change();
      await cache.keep(entry, { text, versions: versions!, ttlSeconds });
    };

    test("what was not kept is not there, but the versions of its tags are", async () => {
      const first = await cache.look(entry, tags);
      expect(first).toEqual({ versions: expect.any(String) });
      expect(await cache.look(entry, tags)).toEqual(first);
    });

    test("what was kept is given again, as it was", async () => {
      const text = JSON.stringify({ words: "현대\n“grandeur”", lines: ["a\nb", ""] });
      await compute(text);
      expect(await look()).toBe(text);
      expect(await look()).toBe(text);
      expect((await cache.look(`${entry}-of-another`, tags)).text).toBeUndefined();
    });

    test("an empty text is a result", async () => {
      await compute("");
      expect(await look()).toBe("");
    });

    test("a result is gone after its time", async () => {
      await compute("old", 0.05);
      await eventually(async () => expect(await look()).toBeUndefined());
    });

    test("a later result takes the place of an earlier one", async () => {
      await compute("one");
      await compute("two");
      expect(await look()).toBe("two");
    });

    test.each([0, 1])("dropping tag %d drops what depends on it", async (at) => {
      await compute("old");
      await cache.drop([tags[at]!]);
      expect(await look()).toBeUndefined();
      await compute("new");
      expect(await look()).toBe("new");
    });

    test("dropping other tags drops nothing", async () => {
      await compute("good");
      await cache.drop([`${tags[0]}:1`, `not-${tags[1]}`]);
      expect(await look()).toBe("good");
    });

    test("a result that was computed before a drop and kept after it is never given", async () => {
      await compute("stale", 60, () => cache.drop([tags[0]]));
      expect(await look()).toBeUndefined();
    });

    test("not even when somebody asked for the versions in between", async () => {
      await compute("stale", 60, async () => {
        await cache.drop([tags[0]]);
        await cache.look(entry, tags);
      });
      expect(await look()).toBeUndefined();
    });

    test("after a drop, a result that was computed after it wins over one from before", async () => {
      const before = await cache.look(entry, tags);
      await cache.drop([tags[1]]);
      await compute("new");
      await cache.keep(entry, { text: "stale", versions: before.versions!, ttlSeconds: 60 });
      expect(await look()).toBeUndefined();
    });

    test("no order of asking, keeping and dropping gives what is stale", async () => {
      let truth = 0;
      const read = async () => {
        const { text, versions } = await cache.look(entry, tags);
        if (text !== undefined || versions === undefined) return text;
        const seen = String(truth);
        await pauses();
        await cache.keep(entry, { text: seen, versions, ttlSeconds: 60 });
        return seen;
      };
      const write = async () => {
        truth++;
        await cache.drop([tags[truth % 2]!]);
        const acknowledged = truth;
        expect(Number(await read())).toBeGreaterThanOrEqual(acknowledged);
      };
      for (let round = 0; round < 100; round++) {
        await Promise.all([read(), read(), write(), read(), round % 3 ? write() : read()]);
      }
    });
  });
}

/** Some turns of the event loop. */
async function pauses(): Promise<void> {
  for (let turns = Math.random() * 4; turns > 0; turns--) await new Promise(setImmediate);
}
