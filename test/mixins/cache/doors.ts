import { ServiceBroker } from "moleculer";
import { z } from "zod";
import { answers, callerId } from "../../../mixins/answer.ts";
import { busMiddleware } from "../../../mixins/bus/bus-middleware.ts";
import { embeddedBus } from "../../../mixins/bus/embedded-bus.ts";
import { cacheMiddleware } from "../../../mixins/cache/cache-middleware.ts";
import type { ResultCache } from "../../../mixins/cache/result-cache.ts";
import { change, contract, fact, NoContent, staleOn } from "../../../mixins/contract.ts";
import { failure } from "../../../mixins/failure.ts";
import { facts } from "../../../mixins/facts.ts";
import { NotedFacts } from "../noted-facts.ts";

const Empty = failure("EMPTY", 409, "Nothing is left");
const Repainted = fact("doors.repainted", z.object({ door: z.string() }), { about: ({ door }) => [door] });
export const Storm = change("doors.storm");

const summary = "For the test";
const byDoor = z.strictObject({ door: z.string().trim().min(1), loud: z.boolean().default(false) });
export const Doors = contract("doors", {
  show: {
    summary,
    http: "GET /doors/:door",
    auth: "public",
    idempotent: true,
    params: byDoor,
    result: z.strictObject({ door: z.string(), colour: z.string(), run: z.int() }),
    cache: {
      keys: ["door"],
      regardlessOf: ["loud"],
      ttlSeconds: 60,
      staleOn: () => [staleOn(Repainted, "door"), staleOn(Storm)],
    },
  },
  mine: {
    summary,
    http: "GET /doors/mine",
    auth: "member",
    idempotent: true,
    params: z.strictObject({}),
    result: z.string(),
    cache: { keys: [], ttlSeconds: 60, byCaller: true },
  },
  sure: {
    summary,
    idempotent: true,
    timeoutMs: 360,
    params: z.strictObject({ how: z.string() }),
    result: z.string(),
    cache: { keys: ["how"], ttlSeconds: 60, onlyIf: (result: string) => result !== "perhaps" },
  },
  paint: { summary, params: z.strictObject({ door: z.string(), colour: z.string() }), result: NoContent },
});

/** Whose process it is, how often handlers ran, and what they wait for. */
export interface House {
  broker: ServiceBroker;
  runs: string[];
  hold: Promise<unknown> | undefined;
}

const colours = new Map<string, string>();
const houses: House[] = [];

/** A process with the doors service; all houses have the same doors. */
export async function openHouse(cache: ResultCache | undefined): Promise<House> {
  const written = new NotedFacts();
  const bus = busMiddleware(() => embeddedBus());
  const options = { logger: false, nodeID: `house-${houses.length}`, strictResults: true } as const;
  const broker = new ServiceBroker({ ...options, middlewares: [cacheMiddleware(cache), bus] });
  const house: House = { broker, runs: [], hold: undefined };
  broker.createService({
    name: Doors.$name,
    mixins: [facts({ relays: () => [written] })],
    actions: answers(Doors, {
      async show({ door }) {
        const colour = colours.get(door) ?? "bare";
        const run = house.runs.push(door);
        await house.hold;
        return { door, colour, run };
      },
      mine: (_, ctx) => `door ${house.runs.push("mine")} of ${callerId(ctx)}`,
      async sure({ how }) {
        house.runs.push(how);
        if (how === "empty") throw Empty();
        if (how === "slow" && house.runs.length < 3) await new Promise(() => {});
        return how;
      },
      paint({ door, colour }) {
        colours.set(door, colour);
        written.write(door, Repainted({ door }));
        return null;
      },
    }),
  });
  await broker.start();
  houses.push(house);
  return house;
}

export async function closeHouses(): Promise<void> {
  await Promise.all(houses.splice(0).map(({ broker }) => broker.stop()));
  colours.clear();
}
