import type { Fact } from "../../mixins/contract.ts";
import type { Bench } from "./collection.suite.ts";

const fact = (id: string, payload: unknown = { n: 1 }): Fact => ({ id, name: "things.happened", payload });

export function collectionFacts({ things, reopened, freshNoun }: Bench): void {
  test("facts are stored by the write that caused them and wait until they are forgotten", async () => {
    const collection = await things();
    const { id } = await collection.insert({ stock: 1 }, [fact("f1"), fact("f2", { $set: { "a.b": null } })]);
    await collection.change(id, 1, { stock: 2 }, [fact("f3")]);
    await collection.remove(id, 2, [fact("f4", [1, "둘"])]);
    const facts = [fact("f1"), fact("f2", { $set: { "a.b": null } }), fact("f3"), fact("f4", [1, "둘"])];
    expect(await collection.unsentFacts(10)).toEqual(facts.map((fact) => ({ documentId: id, fact })));
    await collection.forgetFacts(id, ["f1", "f3", "unknown"]);
    expect((await collection.unsentFacts(10)).map(({ fact }) => fact.id)).toEqual(["f2", "f4"]);
    await collection.forgetFacts(id, ["f2", "f4"]);
    expect(await collection.unsentFacts(10)).toEqual([]);
    await collection.forgetFacts("nowhere", ["f1"]);
  });

  test("readers see no facts", async () => {
    const collection = await things();
    const stored = await collection.insert({ stock: 1 }, [fact("f1")]);
    expect(Object.keys(stored).toSorted()).toEqual(["changedAt", "createdAt", "id", "rev", "stock"]);
    expect(await collection.get(stored.id)).toEqual(stored);
    expect((await collection.find({ limit: 1 })).items).toEqual([stored]);
    expect(await collection.changes({ limit: 1 })).toMatchObject([{ document: stored }]);
  });

  test("a write that was refused leaves no facts", async () => {
    const collection = await things();
    const { id } = await collection.insert({ slot: "a" });
    await collection.insert({ slot: "a" }, [fact("f1")]).catch(() => undefined);
    await collection.insert({ id }, [fact("f2")]).catch(() => undefined);
    await collection.change(id, 7, { stock: 1 }, [fact("f3")]);
    await collection.change("nowhere", 1, { stock: 1 }, [fact("f4")]);
    await collection.remove(id, 7, [fact("f5")]);
    await collection.remove("nowhere", undefined, [fact("f6")]);
    expect(await collection.unsentFacts(10)).toEqual([]);
  });

  test("forgetting facts changes neither revision nor moment", async () => {
    const collection = await things();
    const stored = await collection.insert({ stock: 1 }, [fact("f1"), fact("f2")]);
    await collection.forgetFacts(stored.id, ["f1"]);
    await collection.forgetFacts(stored.id, ["f2"]);
    expect(await collection.get(stored.id)).toEqual(stored);
  });

  test("the oldest documents' facts come first, and no more than asked for", async () => {
    const noun = freshNoun();
    let now = 1000;
    const collection = await reopened(noun, { now: () => now++ });
    const ids = ["c", "a", "b"];
    for (const id of ids) await collection.insert({ id }, [fact(`${id}1`), fact(`${id}2`)]);
    const waiting = (await collection.unsentFacts(5)).map(({ fact }) => fact.id);
    expect(waiting).toEqual(["c1", "c2", "a1", "a2", "b1"]);
    await collection.forgetFacts("c", ["c1", "c2"]);
    expect((await collection.unsentFacts(1)).map(({ fact }) => fact.id)).toEqual(["a1"]);
  });

  test("facts of a removed document survive its id's next life", async () => {
    const collection = await things();
    await collection.insert({ id: "a" }, [fact("f1")]);
    await collection.remove("a", 1, [fact("f2")]);
    await collection.insert({ id: "a" }, [fact("f3")]);
    expect((await collection.unsentFacts(10)).map(({ fact }) => fact.id)).toEqual(["f1", "f2", "f3"]);
  });

  test("unsent facts are there for whoever opens the collection next", async () => {
    const noun = freshNoun();
    const before = await reopened(noun);
    const { id } = await before.insert({ stock: 1 }, [fact("f1")]);
    await before.close();
    expect(await (await reopened(noun)).unsentFacts(10)).toEqual([{ documentId: id, fact: fact("f1") }]);
  });

  test("listeners hear of every write that stored facts, and of no other", async () => {
    const collection = await things();
    let heard = 0;
    collection.onFacts(() => heard++);
    collection.onFacts(() => heard++);
    const { id } = await collection.insert({ stock: 1 }, [fact("f1")]);
    expect(heard).toBe(2);
    await collection.change(id, 1, { stock: 2 }, [fact("f2")]);
    expect(heard).toBe(4);
    await collection.change(id, 1, { stock: 3 }, [fact("f3")]);
    await collection.insert({ id }, [fact("f4")]).catch(() => undefined);
    await collection.insert({ stock: 1 });
    await collection.change(id, 2, { stock: 3 });
    await collection.increment(id, { stock: 1 });
    await collection.forgetFacts(id, ["f1"]);
    expect(heard).toBe(4);
    await collection.remove(id, undefined, [fact("f5")]);
    expect(heard).toBe(6);
  });
}
