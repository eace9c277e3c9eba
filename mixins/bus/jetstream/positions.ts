import {
  AckPolicy,
  DeliverPolicy,
  ReplayPolicy,
  nanos,
  type ConsumerConfig,
  type ConsumerInfo,
  type JetStreamManager,
} from "nats";
import type { Lag } from "../bus.ts";
import { describePosition, layoutIn, ownerIn, type Names, type Position } from "./names.ts";
import { LAYOUT, includes, unless, type StreamLimits } from "./streams.ts";

export interface PositionRules {
  /** A fact that was given out and not heard of for this long is given out again. */
  ackWaitMs: number;
  /** Most facts that a subscriber has under way over all its instances, those waiting for their next try included. */
  underWay: number;
}

const UNKNOWN_CONSUMER = 10014;

/** The durable positions of all subscribers in the stream of facts. */
export class Positions {
  readonly #jsm: JetStreamManager;
  readonly #names: Names;
  readonly #rules: PositionRules & StreamLimits;

  constructor(jsm: JetStreamManager, names: Names, rules: PositionRules & StreamLimits) {
    this.#jsm = jsm;
    this.#names = names;
    this.#rules = rules;
  }

  /** Makes a position, or brings that of an older layout up to this one. */
  async ensure(position: Position): Promise<void> {
    const { factsStream } = this.#names;
    const wanted = this.#wanted(position);
    const present = await this.#info(position.name);
    if (!present) await this.#jsm.consumers.add(factsStream, { ...wanted, ...(await this.#start(position)) });
    else if (layoutIn(present.config.description) <= LAYOUT && !includes(present.config, wanted))
      await this.#jsm.consumers.update(factsStream, position.name, { ...present.config, ...wanted });
  }

  #wanted(position: Position): Partial<ConsumerConfig> {
    return {
      durable_name: position.name,
      description: describePosition(position, LAYOUT),
      filter_subject: position.filter,
      ack_policy: AckPolicy.Explicit,
      replay_policy: ReplayPolicy.Instant,
      ack_wait: nanos(this.#rules.ackWaitMs),
      max_ack_pending: position.isLane ? 1 : this.#rules.underWay,
      // The bus counts itself: the server would merely stop giving the fact out, and it would be forgotten.
      max_deliver: -1,
      // By then every fact that waited for the subscriber has left the stream, too.
      inactive_threshold: nanos(this.#rules.factsMaxAgeMs),
    };
  }

  /**
   * A new subscriber starts with all that is still kept. One whose kind has become ordered, or has ceased to be, goes
   * on where it was: it must not get again what it has applied long ago.
   */
  async #start({ subscriber, factName, ordered }: Position): Promise<Partial<ConsumerConfig>> {
    const { last_seq } = (await this.#jsm.streams.info(this.#names.factsStream)).state;
    const former = this.#names.positions(subscriber, { factName, ordered: !ordered });
    const found = await Promise.all(former.map(({ name }) => this.#info(name)));
    const next = found.filter((info) => info !== undefined).map((info) => firstUnapplied(info, last_seq));
    if (next.length === 0) return { deliver_policy: DeliverPolicy.All };
    return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.min(...next) };
  }

  async lag(): Promise<Lag[]> {
    const lags = new Map<string, Lag>();
    for (const { config, num_pending, num_ack_pending } of await this.#all()) {
      const owner = ownerIn(config.description);
      if (!owner) continue;
      const id = `${owner.subscriber} on ${owner.factName}`;
      const lag = lags.get(id) ?? { ...owner, waiting: 0 };
      lags.set(id, { ...lag, waiting: lag.waiting + num_pending + num_ack_pending });
    }
    return [...lags.values()];
  }

  /** Removes the facts that every subscriber has applied, up to the first that somebody has not. */
  async makeRoom(): Promise<void> {
    const { factsStream } = this.#names;
    const { last_seq } = (await this.#jsm.streams.info(factsStream)).state;
    const seq = Math.min(last_seq + 1, ...(await this.#all()).map((info) => firstUnapplied(info, last_seq)));
    // The server takes "before the first" for "everything".
    if (seq > 1) await this.#jsm.streams.purge(factsStream, { seq });
  }

  async #all(): Promise<ConsumerInfo[]> {
    const all: ConsumerInfo[] = [];
    for await (const info of this.#jsm.consumers.list(this.#names.factsStream)) all.push(info);
    return all;
  }

  #info(name: string): Promise<ConsumerInfo | undefined> {
    return unless(UNKNOWN_CONSUMER, this.#jsm.consumers.info(this.#names.factsStream, name));
  }
}

/** `lastSeq` was read before the position was: what came in between counts as unapplied. */
const firstUnapplied = ({ num_pending, num_ack_pending, ack_floor }: ConsumerInfo, lastSeq: number): number =>
  num_pending + num_ack_pending === 0 ? lastSeq + 1 : ack_floor.stream_seq + 1;
