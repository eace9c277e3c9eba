import { setTimeout as pause } from "node:timers/promises";
import { HandOver, type HandOverOptions, type Recipient } from "./hand-over.ts";
import type { Position } from "./names.ts";
import { Pull } from "./pull.ts";
import type { Session } from "./session.ts";

export interface SubscriberOptions extends Omit<HandOverOptions, "letters"> {
  stream: string;
  /** How many facts one position hands over at once in this process. */
  atOnce: number;
}

const PAUSE_AFTER_TROUBLE_MS = 500;

/** One service's subscription to one kind of fact in this process, with all its positions. */
export class Subscriber {
  readonly #session: Session;
  readonly #pulls = new Map<Position, Pull>();
  readonly #stopServing: () => void;
  #hasLeft = false;

  constructor(session: Session, recipient: Recipient, positions: Position[], options: SubscriberOptions) {
    this.#session = session;
    this.#stopServing = session.letters.serve(recipient);
    const handOver = new HandOver(recipient, { ...options, letters: session.letters });
    for (const position of positions) {
      const pull = new Pull(session.nats, {
        ...{ stream: options.stream, consumer: position.name, width: position.isLane ? 1 : options.atOnce },
        take: (message) => handOver.take(message),
        onTrouble: () => void pause(PAUSE_AFTER_TROUBLE_MS).then(() => this.#ask(position, pull)),
      });
      this.#pulls.set(position, pull);
    }
  }

  /** Begins to ask for facts, at first and whenever the connection is back. Never rejects. */
  async begin(): Promise<void> {
    await Promise.all([...this.#pulls].map(([position, pull]) => this.#ask(position, pull)));
  }

  pause(): void {
    for (const pull of this.#pulls.values()) pull.pause();
  }

  /** Takes nothing more and waits for the running handlers; the positions stay for the service's return. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    this.#stopServing();
    await Promise.all([...this.#pulls.values()].map((pull) => pull.close()));
  }

  async #ask(position: Position, pull: Pull): Promise<void> {
    // It fails only when the bus stops, which also ends the asking.
    await this.#session.ensure(position).catch(() => (this.#hasLeft = true));
    if (!this.#hasLeft) pull.askAnew();
  }
}
