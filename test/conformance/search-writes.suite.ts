import { queryWords } from "../../services/search/domain/analysis.ts";
import { document } from "./search-cars.ts";
import { everything, fill, idsOf, remove, upsert, type Promised } from "./search-promise.ts";

export const writes: Promised[] = [
  {
    title: "what is written is found after a refresh, with what it shows",
    async holds(engine) {
      await fill(engine, [document({ id: "a", shown: { any: ["thing", 1, null] } })]);
      const { total, hits } = await engine.search(everything);
      expect({ total, hits }).toEqual({
        total: 1,
        hits: [{ id: "a", shown: { any: ["thing", 1, null] }, position: ["a"] }],
      });
      expect(await engine.health()).toEqual({ cars: 1 });
    },
  },
  {
    title: "an older version is stale, an equal one repeats the write, a newer one replaces it",
    async holds(engine) {
      await engine.bulk([upsert(document({ id: "a", price: 3000 }), 3)]);
      expect(await engine.bulk([upsert(document({ id: "a", price: 2000 }), 2)])).toMatchObject({
        applied: 0,
        stale: 1,
      });
      expect(await engine.bulk([upsert(document({ id: "a", price: 3500 }), 3)])).toMatchObject({
        applied: 1,
        stale: 0,
      });
      await engine.refresh();
      expect(await idsOf(engine, { filter: { price: { gte: 3500, lte: 3500 } } })).toEqual(["a"]);
      await engine.bulk([upsert(document({ id: "a", title: "Kona", price: 4000 }), 4)]);
      await engine.refresh();
      expect(await idsOf(engine, { words: queryWords("kona"), filter: { price: { gte: 4000 } } })).toEqual(["a"]);
      expect(await idsOf(engine, { words: queryWords("tucson") })).toEqual([]);
    },
  },
  {
    title: "a removed car is gone, an older write does not bring it back, a newer one does",
    async holds(engine) {
      await fill(engine, [document({ id: "a" }), document({ id: "b" })]);
      expect(await engine.bulk([remove("a", 3), remove("never there", 1)])).toMatchObject({ applied: 2, failed: [] });
      expect(await engine.bulk([upsert(document({ id: "a" }), 2)])).toMatchObject({ applied: 0, stale: 1 });
      await engine.refresh();
      expect(await idsOf(engine)).toEqual(["b"]);
      expect(await idsOf(engine, { words: queryWords("tucson") })).toEqual(["b"]);
      await engine.bulk([upsert(document({ id: "a" }), 4)]);
      await engine.refresh();
      expect(await idsOf(engine)).toEqual(["a", "b"]);
    },
  },
  {
    title: "a document with a fault is told and stops no other",
    async holds(engine) {
      const faulty = { ...document({ id: "b" }), colour: "red" };
      const outcome = await engine.bulk([upsert(document({ id: "a" })), upsert(faulty), upsert(document({ id: "c" }))]);
      expect(outcome).toMatchObject({ applied: 2, stale: 0, failed: [{ id: "b" }] });
      await engine.refresh();
      expect(await idsOf(engine)).toEqual(["a", "c"]);
    },
  },
  {
    title: "the note is what was kept last, and nobody keeps one without knowing the one before",
    async holds(engine) {
      expect(await engine.note()).toBeNull();
      await engine.keepNote("one", null);
      await engine.keepNote("둘", "one");
      await expect(engine.keepNote("three", "one")).rejects.toMatchObject({ code: "CONFLICT" });
      expect(await engine.note()).toBe("둘");
    },
  },
  {
    title: "the versions of cars are told by name, in the order of ids, and of any so many",
    async holds(engine) {
      await engine.bulk(["a", "b", "c", "d"].map((id, at) => upsert(document({ id }), at + 2)));
      await engine.bulk([remove("d", 7)]);
      await engine.refresh();
      const [a, b, c] = [
        { id: "a", rev: 2 },
        { id: "b", rev: 3 },
        { id: "c", rev: 4 },
      ];
      expect((await engine.versions({ ids: ["c", "a", "d", "never there"] })).toSorted(byId)).toEqual([a, c]);
      expect(await engine.versions({ limit: 2 })).toEqual([a, b]);
      expect(await engine.versions({ after: "b", limit: 2 })).toEqual([c]);
      expect((await engine.versions({ any: 10 })).toSorted(byId)).toEqual([a, b, c]);
      expect(await engine.versions({ any: 2 })).toHaveLength(2);
    },
  },
];

const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
