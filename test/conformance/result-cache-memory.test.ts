import { memoryCache } from "../../mixins/cache/memory-cache.ts";
import { resultCacheConformance } from "./result-cache.suite.ts";

resultCacheConformance("The cache in memory", () => memoryCache());

describe("The cache in memory", () => {
  const open = (room: number) => {
    const cache = memoryCache({ room });
    const keep = async (entry: string, text: string) =>
      cache.keep(entry, { text, versions: (await cache.look(entry, ["tag"])).versions!, ttlSeconds: 60 });
    const look = async (entry: string) => (await cache.look(entry, ["tag"])).text;
    return { keep, look };
  };

  test("makes room by what was not asked for longest", async () => {
    const { keep, look } = open(30);
    for (const entry of ["a", "b", "c"]) await keep(entry, entry.repeat(10));
    expect(await look("a")).toBe("a".repeat(10));
    await keep("d", "d".repeat(10));
    expect(await Promise.all(["a", "b", "c", "d"].map(async (entry) => (await look(entry)) !== undefined))).toEqual([
      ...[true, false, true, true],
    ]);
  });

  test("does not keep what is larger than its room, nor what it replaces", async () => {
    const { keep, look } = open(30);
    await keep("a", "small");
    await keep("a", "large".repeat(10));
    expect(await look("a")).toBeUndefined();
    await keep("b", "b".repeat(30));
    expect(await look("b")).toBe("b".repeat(30));
  });
});
