import { DuplicateKey, type Collection, type CollectionDefinition, type Stored } from "./collection/collection.ts";

/** A lease as its owner's store keeps it; the document's id is the lease's name. */
export interface LeaseRow {
  /** Who holds it, for people to read. */
  holder: string;
  /** Milliseconds since 1970; 0 when it was given back. */
  until: number;
}

/** The collection of a service's leases. */
export const leaseCollection = (service: string): CollectionDefinition<LeaseRow> => ({
  service,
  noun: "lease",
  fields: {},
});

export interface LeaseOptions {
  /** Who asks, for people to read: the node's name. */
  holder: string;
  /** How long a lease holds without being renewed. */
  lengthMs: number;
  /** How far the clocks of two machines may differ: nobody takes an expired lease over before that has passed too. */
  clockSkewMs?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Something that one process holds at a time. */
export interface Lease {
  /** False from the moment when another may hold it; ask before each step that must not happen twice. */
  held(): boolean;
  /** Holds it for another full length; false when it was lost. */
  renew(): Promise<boolean>;
  /** Gives it back, if it is still held. */
  release(): Promise<void>;
}

/** Takes the lease of that name; undefined while somebody else holds it. Compare-and-set makes the winner unique. */
export async function acquireLease(
  leases: Collection<LeaseRow>,
  name: string,
  options: LeaseOptions,
): Promise<Lease | undefined> {
  const { holder, lengthMs, clockSkewMs = 500, now = Date.now } = options;
  // Counted from before the write: the holder never believes in its lease longer than the store does.
  const row = (): LeaseRow => ({ holder, until: now() + lengthMs });
  const found = await leases.get(name);
  if (found && found.until > 0 && now() < found.until + clockSkewMs) return undefined;
  const taken = found ? await leases.change(name, found.rev, row()) : await insertUnlessTaken(leases, name, row());
  return taken && leaseOf(leases, taken, row, now);
}

async function insertUnlessTaken(leases: Collection<LeaseRow>, id: string, row: LeaseRow) {
  try {
    return await leases.insert({ id, ...row });
  } catch (error) {
    if (error instanceof DuplicateKey) return undefined;
    throw error;
  }
}

function leaseOf(
  leases: Collection<LeaseRow>,
  taken: Stored<LeaseRow>,
  extended: () => LeaseRow,
  now: () => number,
): Lease {
  let current: Stored<LeaseRow> | undefined = taken;
  const held = () => current !== undefined && now() < current.until;
  return {
    held,
    async renew() {
      if (current && held()) current = await leases.change(current.id, current.rev, extended());
      return held();
    },
    async release() {
      const last = current;
      current = undefined;
      if (last) await leases.change(last.id, last.rev, { until: 0 });
    },
  };
}
