import type { ServiceBroker } from "moleculer";
import type { OpenCollection } from "../../mixins/collection/collection.ts";
import { openJobs, type Jobs, type Patience } from "../../mixins/jobs/jobs.ts";
import { linkTokens } from "./domain/link-tokens.ts";
import { Exports } from "./exports.contract.ts";
import { longestWait } from "./exports.metrics.ts";
import { openExportsStore } from "./exports.store.ts";
import { owe, packing, type ExportJobs, type Packing } from "./packing.ts";
import { openPieces } from "./pieces.store.ts";
import { purge } from "./taking-away.ts";

export interface ExportsPorts {
  /** Both are asked when the service starts. */
  open: () => OpenCollection;
  settings: () => ExportsSettings;
  /** Unix milliseconds. */
  clock?: () => number;
  /** Largest ZIP in bytes; it is held in memory while it is made, and while it is sent. */
  mostBytes?: number;
  /** How long services may be out of reach before an export has failed. Default: about a day. */
  patience?: Patience;
  /** How often this process looks for exports that others could not make. Default: 2 seconds. */
  lookEveryMs?: number;
}

interface ExportsSettings {
  /** Where clients reach us: links lead there. */
  publicUrl: string;
  /** What the tokens of links are made with. */
  jwtSecret: string;
}

const LARGEST_ZIP_BYTES = 20_000_000;
const A_DAY: Patience = { firstPauseMs: 5000, longestPauseMs: 15 * 60_000, mostTries: 100 };
const KEEP_HOUSE_EVERY_MS = 10 * 60_000;

/** What the service works with once it has started. */
export interface OpenExports {
  parts: Packing;
  jobs: Jobs<ExportJobs>;
  /** Waits for what is in hand. */
  close(): Promise<void>;
}

/** From now on this process makes exports, and keeps house among them. */
export async function openExports(
  ports: ExportsPorts,
  via: ServiceBroker,
  logger: ServiceBroker["logger"],
): Promise<OpenExports> {
  const { clock = Date.now, mostBytes = LARGEST_ZIP_BYTES, patience = A_DAY, lookEveryMs = 2000 } = ports;
  const open = ports.open();
  const { publicUrl, jwtSecret } = ports.settings();
  const [rows, pieces] = await Promise.all([openExportsStore(open), openPieces(open)]);
  const parts = { rows, pieces, tokens: linkTokens(jwtSecret), via, publicUrl, clock, mostBytes, patience };
  const jobs = await openJobs<ExportJobs>({
    ...{ open, service: Exports.$name, logger, clock, lookEveryMs },
    // Each holds an archive in memory.
    atOnce: 2,
  });
  jobs.work({ pack: packing(parts) });
  const stopReading = longestWait.read(async () => {
    const [oldest] = await rows.gathering();
    return oldest ? (clock() - oldest.askedAtMs) / 1000 : 0;
  });
  const stopKeeping = keepHouse(parts, jobs, logger);
  return {
    parts,
    jobs,
    async close() {
      stopKeeping();
      stopReading();
      await jobs.stop();
      await Promise.all([rows.close(), pieces.close()]);
    },
  };
}

/** Removes what has expired and owes what was forgotten, now and every so often; what it answers ends that. */
function keepHouse(parts: Packing, jobs: Jobs<ExportJobs>, logger: ServiceBroker["logger"]): () => void {
  const round = async () => {
    await purge(parts);
    for (const owed of await parts.rows.gathering()) await owe(parts, jobs, owed);
  };
  const keep = () => void round().catch((error: unknown) => logger.warn("Exports were not kept in order", error));
  keep();
  const keeping = setInterval(keep, KEEP_HOUSE_EVERY_MS).unref();
  return () => clearInterval(keeping);
}
