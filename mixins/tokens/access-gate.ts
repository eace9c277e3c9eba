import type { Service, ServiceBroker, ServiceSchema } from "moleculer";
import type { Carrier } from "../contract.ts";
import { lastingWarning } from "../lasting-warning.ts";
import type { PublicJwk } from "./access-token.ts";
import { accessVerifier, KeysUnknown, type AccessVerifier } from "./access-verifier.ts";
import { endedTokens, type Ending } from "./ended-tokens.ts";
import { keyCache } from "./key-cache.ts";

/** Who issues tokens, as far as an edge has to know. */
export interface TokenIssuer {
  /** The broadcast event that tells of endings as they happen: `{ endings }`. */
  event: string;
  /** Whether anybody could answer; asking for nothing every second would only fill the log. */
  isThere(broker: ServiceBroker): boolean;
  keys(via: Carrier): Promise<readonly PublicJwk[]>;
  /** Endings noted since a moment of the issuer's clock, 0 for all, and the moment of the answer on that clock. */
  endings(via: Carrier, sinceMs: number): Promise<{ endings: readonly Ending[]; asOfMs: number }>;
}

/** An edge's part in checking tokens: a mixin for its service, and what tells good tokens. */
export interface AccessGate {
  mixin: Partial<ServiceSchema>;
  verifier: AccessVerifier;
}

const SWEEP_EVERY_MS = 1000;
/** New keys are published long before they sign, and old ones stay long after. */
const KEYS_EVERY_MS = 60_000;
/** Processes of the issuer may differ in their clocks, and a write may take its time. */
const OVERLAP_MS = 30_000;
/** Fewer in a row are a restart. */
const FAILURES_TO_TELL = 5;

/**
 * Checks tokens in the process of an edge, by public keys and endings alone. It hears of endings at once, and asks for
 * what it may have missed every second; while the issuer does not answer it goes on with what it knows. Until it has
 * learnt both, nothing can be told and `verify` throws `KeysUnknown`.
 */
export function accessGate(issuer: TokenIssuer, clock: () => number = Date.now): AccessGate {
  const ended = endedTokens();
  let service: Service | undefined;
  let sweptAtMs: number | undefined;
  let keysAtMs = -Infinity;
  let failures = 0;
  let next: NodeJS.Timeout | undefined;
  let learning: Promise<unknown> | undefined;
  const keys = keyCache(() => {
    if (!service || !issuer.isThere(service.broker)) throw new KeysUnknown("The issuer of tokens is not there");
    return issuer.keys(service.broker);
  });
  const proofs = accessVerifier({ keys, isEnded: ended.isEnded, clock });

  async function sweep(edge: Service): Promise<void> {
    if (!issuer.isThere(edge.broker)) throw new KeysUnknown("The issuer of tokens is not there");
    const sinceMs = sweptAtMs === undefined ? 0 : Math.max(0, sweptAtMs - OVERLAP_MS);
    const { endings, asOfMs } = await issuer.endings(edge.broker, sinceMs);
    ended.learn(endings);
    ended.forget(clock());
    sweptAtMs = asOfMs;
  }

  async function refreshKeys(): Promise<void> {
    if (keys.isFilled() && performance.now() - keysAtMs < KEYS_EVERY_MS) return;
    await keys.refresh();
    keysAtMs = performance.now();
  }

  /** However many wait for it, one goes at a time. */
  const learn = (edge: Service) =>
    (learning ??= Promise.all([sweep(edge), refreshKeys()]).finally(() => (learning = undefined)));

  /** One round after the other, whatever becomes of each. */
  async function rounds(edge: Service, warn: (...parts: unknown[]) => void): Promise<void> {
    try {
      await learn(edge);
      failures = 0;
    } catch (error) {
      failures += 1;
      const what = "Cannot learn which access tokens are good, going on with what is known:";
      if (failures >= FAILURES_TO_TELL) warn(what, String(error));
    }
    if (service === edge) next = setTimeout(() => void rounds(edge, warn), SWEEP_EVERY_MS).unref();
  }

  /** Whatever an edge of this process knew before may be another issuer's. */
  const begin = (edge: Service) => {
    service = edge;
    sweptAtMs = undefined;
    keysAtMs = -Infinity;
  };

  return {
    verifier: {
      async verify(token) {
        // Whoever comes first after the issuer has appeared need not wait for the next round.
        if (sweptAtMs === undefined && service) await learn(service).catch(() => undefined);
        if (sweptAtMs === undefined) throw new KeysUnknown("No endings have been learnt yet");
        return proofs.verify(token);
      },
    },
    mixin: {
      events: {
        [issuer.event]: (ctx: { params: { endings: readonly Ending[] } }) => ended.learn(ctx.params.endings),
      },
      async started(this: Service) {
        begin(this);
        await rounds(this, lastingWarning(this.logger.warn.bind(this.logger)));
      },
      async stopped() {
        service = undefined;
        clearTimeout(next);
      },
    },
  };
}
