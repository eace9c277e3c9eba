import { queryWords } from "../../services/search/domain/analysis.ts";
import { document } from "./search-cars.ts";
import { everything, fill, idsOf, type Promised } from "./search-promise.ts";

const found: [text: string, query: string, matches: boolean][] = [
  ["현대 그랜저", "그랜저", true],
  ["현대그랜저", "그랜저", true],
  ["그랜저를 팝니다", "그랜저", true],
  ["1인신조 무사고", "1인신조", true],
  ["아반떼N 1.6T", "아반떼 n", true],
  ["KG모빌리티", "모빌리티", true],
  ["KG모빌리티", "kg", true],
  ["GV80", "gv80", true],
  ["GV80", "gv 80", false],
  ["Ｋ５ 하이브리드", "k5", true],
  ["Mercedes-Benz E-Class", "benz class", true],
  ["차 팝니다", "차", true],
  ["차량", "차", true],
  ["중고차", "차", false],
  ["Tucson", "TUCSON", true],
  ["Tucson", "tuc", false],
  ["it's 1,600cc", "1,600cc", true],
  ['100% "as new"', '"as" new AND', false],
  ["a OR b", "or", true],
  ["title : colon*", "colon*", true],
];
export const words: Promised[] = [
  {
    title: "words are found as the table says",
    async holds(engine) {
      await fill(
        engine,
        found.map(([title], at) => document({ id: `case-${at}`, title })),
      );
      for (const [at, [title, query, matches]] of found.entries()) {
        const ids = await idsOf(engine, { words: queryWords(query), filter: { id: { in: [`case-${at}`] } } });
        expect([title, query, ids.length === 1]).toEqual([title, query, matches]);
      }
    },
  },
  {
    title: "every word must match; those in the title weigh more; no words at all match nothing",
    async holds(engine) {
      const cars = [
        document({ id: "a", title: "Kona", description: "electric blue" }),
        document({ id: "b", title: "Kona electric", description: "blue" }),
        document({ id: "c", title: "blue Kona electric" }),
        document({ id: "d", title: "Kona electric" }),
      ];
      await fill(engine, cars);
      const sort = [{ field: "score", descending: true }] as const;
      const { hits } = await engine.search({ ...everything, sort, words: queryWords("kona electric blue") });
      expect(hits.map(({ id, position }) => [id, position[0]])).toEqual([
        ["c", 12],
        ["b", 9],
        ["a", 6],
      ]);
      expect(await idsOf(engine, { words: [] })).toEqual([]);
    },
  },
];
