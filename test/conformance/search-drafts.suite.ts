import { queryWords } from "../../services/search/domain/analysis.ts";
import { document } from "./search-cars.ts";
import { everything, fill, idsOf, remove, upsert, type Promised } from "./search-promise.ts";

const pricesOf = async (engine: Parameters<Promised["holds"]>[0]) =>
  (await engine.search({ ...everything, sort: [{ field: "price", descending: false }] })).hits.map(
    ({ id, position }) => `${id} ${position[0]}`,
  );

export const drafts: Promised[] = [
  {
    title: "a draft is begun once, found again, and gone when it was promoted",
    async holds(engine) {
      expect(await engine.isOwn()).toBe(true);
      expect(await engine.draft()).toBeNull();
      await engine.beginDraft("first");
      await engine.beginDraft("second");
      const draft = (await engine.draft())!;
      expect(await draft.note()).toBe("first");
      await draft.keepNote("on", "first");
      await expect(draft.keepNote("off", "first")).rejects.toMatchObject({ code: "CONFLICT" });
      expect(await engine.note()).toBeNull();
      await draft.promote();
      expect(await engine.note()).toBe("on");
      expect(await engine.draft()).toBeNull();
      await expect(draft.bulk([upsert(document({ id: "a" }))])).rejects.toMatchObject({ name: "SearchError" });
    },
  },
  {
    title: "while a draft is filled all that was there answers; after the turn, what the draft was told and no more",
    async holds(engine) {
      await fill(engine, [document({ id: "a", price: 1 }), document({ id: "b", price: 2 }), document({ id: "c" })]);
      await engine.bulk([remove("c", 2)]);
      const draft = await engine.beginDraft("draft");
      await draft.bulk([
        upsert(document({ id: "a", price: 1, title: "Kona" })),
        upsert(document({ id: "d", price: 4 })),
      ]);
      await draft.bulk([remove("e", 3)]);
      await engine.refresh();
      expect(await idsOf(engine, { filter: { id: { in: ["a", "b", "c"] } } })).toEqual(["a", "b"]);
      await draft.promote();
      expect(await pricesOf(engine)).toEqual(["a 1", "d 4"]);
      expect(await idsOf(engine, { words: queryWords("kona") })).toEqual(["a"]);
      expect(await idsOf(engine, { words: queryWords("tucson") })).toEqual(["d"]);
      expect(await engine.health()).toEqual({ cars: 2 });
    },
  },
  {
    title: "a draft takes an owner's older version, one that was told to the draft later is stale",
    async holds(engine) {
      await fill(engine, []);
      await engine.bulk([upsert(document({ id: "a", price: 9 }), 9)]);
      const draft = await engine.beginDraft("draft");
      await draft.bulk([upsert(document({ id: "a", price: 3 }), 3)]);
      expect(await draft.bulk([upsert(document({ id: "a", price: 2 }), 2)])).toMatchObject({ stale: 1 });
      await draft.promote();
      expect(await pricesOf(engine)).toEqual(["a 3"]);
      await engine.bulk([upsert(document({ id: "a", price: 4 }), 4)]);
      await engine.refresh();
      expect(await pricesOf(engine)).toEqual(["a 4"]);
    },
  },
  {
    title: "one draft after another can be promoted, and what answers no more is removed",
    async holds(engine) {
      for (const id of ["a", "b", "c"]) {
        const draft = await engine.beginDraft(`of ${id}`);
        await draft.bulk([upsert(document({ id }))]);
        await draft.promote();
        await engine.tidy(async () => false);
        expect(await idsOf(engine)).toEqual([id]);
      }
      expect(await engine.note()).toBe("of c");
    },
  },
];
