import { ServiceBroker } from "moleculer";
import { z } from "zod";
import { answers } from "../../mixins/answer.ts";
import { contract, fact, IfMatch, isPublished, NoContent } from "../../mixins/contract.ts";

const Tea = z.strictObject({ leaf: z.string().trim(), grams: z.int().default(2) });
const Teas = contract("teas", {
  brew: { summary: "Brews", http: "POST /teas", auth: "public", params: Tea, result: Tea },
  restock: { summary: "Restocks", params: Tea, result: NoContent },
});

describe("A contract", () => {
  const received: unknown[] = [];
  const broker = new ServiceBroker({ logger: false });
  broker.createService({
    name: Teas.$name,
    actions: answers(Teas, {
      brew: (tea, ctx) => {
        received.push({ tea, accountId: ctx.meta.accountId });
        return tea;
      },
      restock: () => null,
    }),
  });
  beforeAll(() => broker.start());
  afterAll(() => broker.stop());
  beforeEach(() => void received.splice(0));

  test("is called like a function and answers what its service answered", async () => {
    expect(await Teas.brew(broker, { leaf: "green", grams: 3 })).toEqual({ leaf: "green", grams: 3 });
    expect(await Teas.restock(broker, { leaf: "green" })).toBeNull();
  });

  test("hands the handler parsed parameters, defaults applied", async () => {
    await Teas.brew(broker, { leaf: " green " });
    expect(received).toEqual([{ tea: { leaf: "green", grams: 2 } }]);
  });

  test("leaves the caller's own object as it was", async () => {
    const params = Object.freeze({ leaf: " green " });
    await Teas.brew(broker, params);
    expect(params).toEqual({ leaf: " green " });
  });

  test("passes options on, such as who calls", async () => {
    await Teas.brew(broker, { leaf: "green" }, { meta: { accountId: "somebody" } });
    expect(received).toMatchObject([{ accountId: "somebody" }]);
  });

  test("knows which of its actions the gateway offers", () => {
    const { brew, restock } = Teas.$actions;
    expect([isPublished(brew), isPublished(restock)]).toEqual([true, false]);
  });
});

describe("A declared fact", () => {
  const Brewed = fact("teas.brewed", Tea);

  test("gets an id of its own each time it is made", () => {
    const [first, second] = [Brewed({ leaf: "green" }), Brewed({ leaf: "green" })];
    expect(first).toEqual({ id: expect.any(String), name: "teas.brewed", payload: { leaf: "green", grams: 2 } });
    expect(first.id).not.toBe(second.id);
  });

  test("cannot be made of a payload that is not its own", () => {
    expect(() => Brewed({ leaf: "green", sugar: true } as never)).toThrow(z.ZodError);
    expect(() => Brewed({ leaf: 7 } as never)).toThrow(z.ZodError);
  });
});

describe("An If-Match parameter", () => {
  test.each([
    ['"3"', 3],
    ['W/"3"', 3],
    ['"3-abc"', 3],
    ["3", 3],
    ['"3', 3],
    ["three", -1],
    ['"3", "4"', -1],
  ])("%s means version %d", (tag, version) => {
    expect(IfMatch.parse(tag)).toBe(version);
  });

  test("* means whatever version is there (RFC 9110)", () => {
    expect(IfMatch.parse("*")).toBeUndefined();
  });
});
