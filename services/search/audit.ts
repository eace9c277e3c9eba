import type { ServiceBroker } from "moleculer";
import { setTimeout as pause } from "node:timers/promises";
import type { Carrier } from "../../mixins/contract.ts";
import { Listings, type Car } from "../listings/listings.contract.ts";
import { revOf } from "./domain/car-document.ts";
import { changesAfter, operationsFor, write } from "./indexing.ts";
import type { IndexedVersion, Operation, SearchEngine } from "./search-engine.ts";
import type { Audit } from "./search.contract.ts";

/** What differs may merely be on its way: only what still differs after this time is told. */
const SETTLE_MS = 2000;
/** So many cars fit into one message. */
const AT_ONCE = 200;
const MOST_TOLD = 100;
/** Cars of the owner that are looked at after each car of the sample. */
const NEIGHBOURS = 20;

interface Drift {
  id: string;
  kind: "missing" | "stale" | "surplus";
  car: Car | undefined;
  rev: number;
}
export interface AuditOptions {
  engine: SearchEngine;
  via: Carrier;
  logger: ServiceBroker["logger"];
}

/**
 * Compares the index with its owner: counts, and versions of a sample that is drawn from both, so that what only one of
 * them has is found too. To repair, every car is compared if the counts differ.
 */
export async function audit(options: AuditOptions, asked: { sample: number; repair: boolean }): Promise<Audit> {
  const { engine, via } = options;
  const [{ onSale: owner }, { cars: index }] = await Promise.all([Listings.countCars(via, {}), engine.health()]);
  const complete = asked.repair && owner !== index;
  const seen = new Set<string>();
  const suspects = new Set<string>();
  for await (const ids of complete ? everyCar(options) : someCars(options, asked.sample)) {
    const fresh = ids.filter((id) => !seen.has(id));
    for (const id of fresh) seen.add(id);
    for (const { id } of await drifting(options, fresh)) suspects.add(id);
  }
  const found = await settled(options, [...suspects]);
  const told = (kind: Drift["kind"]) => found.filter((drift) => drift.kind === kind).map(({ id }) => id);
  const [missing, stale, surplus] = [told("missing"), told("stale"), told("surplus")];
  return {
    ...{ owner, index, sampled: seen.size, complete },
    missing: missing.slice(0, MOST_TOLD),
    stale: stale.slice(0, MOST_TOLD),
    surplus: surplus.slice(0, MOST_TOLD),
    found: { missing: missing.length, stale: stale.length, surplus: surplus.length },
    repaired: asked.repair ? await repair(options, found) : 0,
  };
}

/** All the owner has, then all the index has. */
async function* everyCar({ engine, via }: AuditOptions): AsyncGenerator<string[]> {
  for await (const changes of changesAfter(via)) yield changes.map(({ id }) => id);
  for (let after: string | undefined; ;) {
    const page = await engine.versions({ limit: AT_ONCE, ...(after !== undefined && { after }) });
    if (page.length === 0) return;
    yield page.map(({ id }) => id);
    after = page.at(-1)!.id;
  }
}

/** Cars of the index by chance, and those that the owner has after some of them and at its beginning. */
async function* someCars({ engine, via }: AuditOptions, count: number): AsyncGenerator<string[]> {
  const drawn = (await engine.versions({ any: count })).map(({ id }) => id);
  yield drawn;
  const places = drawn.slice(0, Math.ceil(count / NEIGHBOURS));
  for (const car of [undefined, ...(await carsOf(via, places)).values()]) {
    const after = car && { changedAt: car.changedAt, id: car.id };
    const { changes } = await Listings.changes(via, { limit: NEIGHBOURS, ...(after && { after }) });
    yield changes.map(({ id }) => id);
  }
}

async function settled(options: AuditOptions, suspects: readonly string[]): Promise<Drift[]> {
  if (suspects.length === 0) return [];
  await pause(SETTLE_MS);
  await options.engine.refresh();
  return drifting(options, suspects);
}

async function drifting({ engine, via }: AuditOptions, ids: readonly string[]): Promise<Drift[]> {
  const drifts: Drift[] = [];
  for (const some of inParts(ids)) {
    const [cars, versions] = await Promise.all([carsOf(via, some), engine.versions({ ids: some })]);
    const indexed = new Map(versions.map((version) => [version.id, version]));
    drifts.push(...some.flatMap((id) => driftOf(id, cars.get(id), indexed.get(id))));
  }
  return drifts;
}

function driftOf(id: string, car: Car | undefined, indexed: IndexedVersion | undefined): Drift[] {
  const isOnSale = car?.status === "onSale";
  const rev = indexed?.rev ?? 0;
  if (isOnSale && !indexed) return [{ id, kind: "missing", car, rev }];
  if (!isOnSale && indexed) return [{ id, kind: "surplus", car, rev }];
  if (!isOnSale || rev === revOf(car)) return [];
  return [{ id, kind: "stale", car, rev }];
}

async function repair({ engine, via, logger }: AuditOptions, found: readonly Drift[]): Promise<number> {
  let repaired = 0;
  for (const some of inParts(found)) {
    const cars = some.flatMap(({ kind, car }) => (kind === "surplus" || !car ? [] : [car]));
    const gone = some.filter(({ kind }) => kind === "surplus");
    const removals = gone.map(({ id, rev }): Operation => ({ type: "delete", id, rev: rev + 1 }));
    repaired += await write(engine, [...removals, ...(await operationsFor(via, cars))], logger);
  }
  if (repaired > 0) await engine.refresh();
  return repaired;
}

async function carsOf(via: Carrier, ids: readonly string[]): Promise<Map<string, Car>> {
  const { cars } = await Listings.carsById(via, { ids: [...ids] });
  return new Map(cars.map((car) => [car.id, car]));
}

function inParts<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, at) =>
    all.slice(at * AT_ONCE, (at + 1) * AT_ONCE),
  );
}
