import { z } from "zod";
import { jetstreamBus } from "../../../mixins/bus/jetstream-bus.ts";
import type { Bus } from "../../../mixins/bus/bus.ts";
import type { CollectionDefinition } from "../../../mixins/collection/collection.ts";
import { fact } from "../../../mixins/contract.ts";

/** Something happened at one of the counters. */
export const Happened = fact("counting.happened", z.object({ counterId: z.string() }));

/** Never counted as long as it has the seal. */
export const SEALED = "sealed";

export interface Counter {
  times: number;
}

/** What the counting program keeps. A counter remembers 256 facts: give it no more, and each counts exactly once. */
export const countersDefinition: CollectionDefinition<Counter> = { service: "counting", noun: "counter", fields: {} };

export const TRIES = 3;

export const countingBus = (url: string, cluster: string, name: string): Bus =>
  jetstreamBus({ url, cluster, name, tries: TRIES, firstPauseMs: 50, ackWaitMs: 2000 });
