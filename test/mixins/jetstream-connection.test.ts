import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Bus } from "../../mixins/bus/bus.ts";
import { jetstreamBus } from "../../mixins/bus/jetstream-bus.ts";
import { Names } from "../../mixins/bus/jetstream/names.ts";
import { Session } from "../../mixins/bus/jetstream/session.ts";
import { DEFAULT_LIMITS } from "../../mixins/bus/jetstream/streams.ts";
import { fact, type Fact } from "../../mixins/contract.ts";
import { eventually } from "../eventually.ts";
import { describeWith, openServer, type TestServer } from "../servers.ts";

const Counted = fact("connection.counted", z.object({ number: z.int() }));
const RULES = { tries: 2, firstPauseMs: 5, handlingLimitMs: 1000, ackWaitMs: 1000, underWay: 16, ...DEFAULT_LIMITS };
/** The client gives up at the second refusal, half a second after the first, unless it is told not to. */
const REFUSED_MS = 2500;

const withPassword = (password: string) => ["--user", "test", "--pass", password];

describeWith("nats-server", "The connection of the JetStream bus", () => {
  let server: TestServer;
  let warnings: string[];
  const logger = { info: () => {}, warn: (text: string) => void warnings.push(text) };
  beforeEach(async () => {
    server = await openServer("nats-server", ...withPassword("right"));
    warnings = [];
  });
  afterEach(() => server.discard());

  const url = () => server.url.replace("//", "//test:right@");

  describe("when another password holds for a while,", () => {
    let bus: Bus;
    afterEach(() => bus.stop());

    test("is tried on until its own holds again, and facts flow", async () => {
      const applied: Fact[] = [];
      bus = jetstreamBus({ url: url(), cluster: "connection", name: "test", logger });
      bus.subscribe("counter", { factName: Counted.factName, handle: async (one) => void applied.push(one) });
      await bus.start();
      const published = [Counted({ number: 1 }), Counted({ number: 2 })];
      await bus.publish(published[0]!);
      await eventually(() => expect(applied).toEqual([published[0]]));
      await server.stop();
      await server.start(...withPassword("other"));
      await pause(REFUSED_MS);
      await server.stop();
      await server.start();
      await eventually(() => bus.publish(published[1]!));
      await eventually(() => expect(applied).toEqual(published));
      expect(warnings).toEqual([]);
    });
  });

  describe("says when it is closed for good,", () => {
    const open = async () => {
      const [names, { signal }] = [new Names("connection"), new AbortController()];
      const session = await Session.open({ url: url(), name: "test", names, rules: RULES, logger, signal });
      void session.watch(
        () => {},
        () => {},
      );
      return session;
    };

    test("and takes no facts from then on", async () => {
      const session = await open();
      await session.nats.close();
      const end = "The connection for facts is closed for good; restart this process";
      await eventually(() => expect(warnings).toEqual([end]));
      await expect(session.store(Counted({ number: 1 }))).rejects.toThrow("NATS cannot be reached");
      await session.close();
    });

    test("unless the bus has closed it", async () => {
      const session = await open();
      await session.close();
      await session.nats.closed();
      expect(warnings).toEqual([]);
    });
  });
});
