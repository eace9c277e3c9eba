import type { EngineQuery } from "../../services/search/search-engine.ts";
import { document } from "./search-cars.ts";
import { oracle } from "./search-oracle.ts";
import { byPrice, everything, fill, numbered, remove, upsert, type Promised } from "./search-promise.ts";

export const pages: Promised[] = [
  {
    title: "ties end in id, ascending, whichever way the rest is sorted",
    async holds(engine) {
      const cars = numbered(50, (at) => ({ price: 1000 * (at % 2) + 1 }));
      await fill(engine, [...cars].reverse());
      for (const descending of [true, false]) {
        const sort = [{ field: "price", descending }] as const;
        const query = { ...everything, sort };
        expect((await engine.search(query)).hits).toEqual(oracle(cars).search(query).hits);
      }
    },
  },
  {
    title: "a walk by position has no gap and no repeat while others are added and removed",
    async holds(engine) {
      const cars = numbered(60, (at) => ({ price: 1000 + (at % 7) }));
      await fill(engine, cars);
      const seen: string[] = [];
      let after: EngineQuery["after"];
      for (let round = 0; ; round++) {
        const { hits } = await engine.search({ filter: {}, sort: byPrice, limit: 7, ...(after && { after }) });
        if (hits.length === 0) break;
        seen.push(...hits.map(({ id }) => id));
        after = hits.at(-1)!.position;
        const added = [1000, 1003, 1006].map((price) => upsert(document({ id: `new-${round}-${price}`, price })));
        await engine.bulk([...added, remove(`new-${round - 1}-1003`, 2)]);
        await engine.refresh();
        if (round > 40) throw new Error("The walk does not end");
      }
      const walked = seen.filter((id) => id.startsWith("car-"));
      expect(new Set(seen).size).toBe(seen.length);
      expect(walked).toEqual(
        oracle(cars)
          .search({ ...everything, sort: byPrice })
          .hits.map(({ id }) => id),
      );
    },
  },
  {
    title: "offsets end at 10,000; what no engine may answer is refused by its code",
    async holds(engine) {
      await fill(engine, [document({ id: "a" })]);
      await expect(engine.search({ ...everything, offset: 9_901 })).rejects.toMatchObject({ code: "DEEP_PAGING" });
      expect((await engine.search({ ...everything, offset: 9_900 })).total).toBe(1);
      const refused: object[] = [
        { filter: { colour: { in: ["red"] } } },
        { filter: { price: { like: 3 } } },
        { filter: { brand: { gte: "A" } } },
        { filter: { brand: {} } },
        { sort: [{ field: "title", descending: false }] },
        { facets: ["colour"] },
        { limit: -1 },
        { limit: 1001 },
        { sort: byPrice, after: ["a"] },
      ];
      for (const query of refused) {
        await expect(engine.search({ ...everything, ...query })).rejects.toMatchObject({ code: "INVALID_QUERY" });
      }
    },
  },
];
