import { ServiceBroker, type Middleware } from "moleculer";
import { largeAnswers } from "../../mixins/large-answers.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";

const LETTERS = 3_000_000;
const text = { ascii: "a".repeat(LETTERS), korean: '한라봉 "🍊" '.repeat(LETTERS / 10) };

describeWith("nats-server", "results larger than a message of NATS (1 MiB)", () => {
  let nats: TestServer;
  const brokers: ServiceBroker[] = [];

  const openBroker = (node: string, middlewares: Middleware[]) => {
    const broker = new ServiceBroker({
      ...{ namespace: "large-answers", nodeID: node, logger: false, requestTimeout: 20_000 },
      transporter: { type: "NATS", options: { servers: [nats.url] } },
      middlewares,
    });
    brokers.push(broker);
    return broker;
  };

  beforeAll(async () => {
    nats = await openServer("nats-server");
    const owner = openBroker("owner", [largeAnswers()]);
    const give = (ctx: { params: { of: keyof typeof text; letters: number } }) => ({
      text: text[ctx.params.of].slice(0, ctx.params.letters),
    });
    const fail = () => {
      throw new Error("no text");
    };
    owner.createService({
      name: "texts",
      actions: { give: { large: true, handler: give }, fail: { large: true, handler: fail }, undeclared: give },
    });
    await owner.start();
    const caller = openBroker("caller", [largeAnswers()]);
    await caller.start();
    await caller.waitForServices("texts");
  });
  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker.stop()));
    await nats.discard();
  });

  test.each([
    ["ascii", 10],
    ["ascii", 299_000],
    ["ascii", 301_000],
    ["ascii", LETTERS],
    ["korean", 299_000],
    ["korean", LETTERS],
  ] as const)("reach another node unchanged (%s, %d letters)", async (of, letters) => {
    const answer = await brokers[1]!.call("texts.give", { of, letters });
    expect((answer as { text: string }).text === text[of].slice(0, letters)).toBe(true);
  });

  test("stay what they are within a process", async () => {
    expect(await brokers[0]!.call("texts.give", { of: "ascii", letters: LETTERS })).toEqual({ text: text.ascii });
  });

  test("do not arrive without the declaration: the server refuses the message", async () => {
    const call = brokers[1]!.call("texts.undeclared", { of: "ascii", letters: LETTERS }, { timeout: 3000 });
    await expect(call).rejects.toThrow();
  });

  test("an error of such an action stays an error", async () => {
    await expect(brokers[1]!.call("texts.fail")).rejects.toThrow("no text");
  });
});
