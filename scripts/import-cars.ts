import path from "node:path";
import { parseArgs } from "node:util";
import { ServiceBroker } from "moleculer";
import { StoreFault } from "../mixins/collection/collection.ts";
import { config, ConfigError } from "../moleculer.config.ts";
import { Listings } from "../services/listings/listings.contract.ts";
import { listingsService } from "../services/listings/listings.service.ts";
import { openListingsStore } from "../services/listings/listings.store.ts";
import { Currency } from "../services/prediction/prediction.contract.ts";
import { openTable } from "./import/open-table.ts";
import { progressOf } from "./import/progress.ts";
import { Refusal } from "./import/refusal.ts";
import { rejectsFile } from "./import/rejects-file.ts";
import { importTable, type StoreBatch } from "./import/table-import.ts";

const HELP = `Imports used cars from a CSV file (UTF-8, plain or gzipped) into the market.

  npm run cars:import -- FILE.csv[.gz] [--currency GBP] [--dry-run] [--rejects FILE]

  --currency   what the prices are in (ISO 4217); default GBP
  --dry-run    read and check everything, store nothing
  --rejects    where rows that cannot be taken are listed with line and reason;
               default: FILE.rejects.csv in the current directory, written when there are any
  --help       this text

The first line names the columns, in any order; capitals, spaces and signs do not count. Other columns are passed over.

  brand         required   such as Hyundai
  model         required   such as Tucson
  year          required   year of first registration
  price         required   whole units of the currency
  mileage       required   miles with GBP and USD, else kilometres
  fuelType      required   Petrol, Diesel, Hybrid, Electric or Other
  transmission  optional   Manual, Automatic, Semi-Auto or Other; default Other
  tax           optional   GBP a year
  mpg           optional   miles per imperial gallon
  engineSize    optional   litres; 0 or nothing: unknown

A row that is there already, with the same values, is counted and not stored again: an import that was interrupted is
finished by repeating it. The market may run meanwhile and finds the cars within seconds. DATA_DIR and MONGO_URL choose
the store, as for npm start. Exit code 0: the whole file was read; 1: it was not.
`;

interface Order {
  file: string;
  currency: string;
  dryRun: boolean;
  rejects: string;
}

/** What the command line asks for; throws `Refusal`. */
function orderOf(args: string[]): Order | "help" {
  const { values, positionals } = parsed(args);
  if (values.help) return "help";
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Refusal("Name one file; --help tells more");
  const currency = Currency.safeParse(values.currency);
  if (!currency.success) throw new Refusal(`--currency ${values.currency}: three capital letters (ISO 4217)`);
  const rejects = values.rejects ?? `${path.basename(file)}.rejects.csv`;
  return { file, currency: currency.data, dryRun: values["dry-run"], rejects };
}

function parsed(args: string[]) {
  try {
    const text = { type: "string" } as const;
    const flag = { type: "boolean", default: false } as const;
    const options = { currency: { ...text, default: "GBP" }, "dry-run": flag, rejects: text, help: flag };
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new Refusal(`${(error as Error).message} --help tells more`);
  }
}

/** Reads the file and stores its cars; tells on the error stream how far it is and at the end what came of it. */
async function run({ file, currency, dryRun, rejects: rejectsPath }: Order, store: StoreBatch): Promise<void> {
  const startedAt = performance.now();
  const table = await openTable(file);
  const rejects = rejectsFile(rejectsPath);
  const progress = progressOf(table);
  try {
    const { rows, inserted, duplicates } = await importTable(table.bytes, {
      ...{ currency, store, rejects, onProgress: progress.show },
      onIgnoredColumns: (names) => console.error(`Passed over: ${names.join(", ")}`),
    });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const taken = dryRun
      ? [`${rows - rejects.count()} good, none stored (dry run)`]
      : [`${inserted} stored`, `${duplicates} there already`];
    const outcomes = [...taken, `${rejects.count()} rejected`];
    console.log(`${rows} rows in ${seconds} s: ${outcomes.join(", ")}`);
  } finally {
    progress.end();
    await rejects.close();
    if (rejects.count() > 0) console.log(`Rejected rows: ${rejectsPath}`);
  }
}

/** Gives the work a store: the market's own, opened by a broker of this process without a bus. */
async function withStore(order: Order): Promise<void> {
  const importId = `${path.basename(order.file).slice(0, 70)}@${new Date().toISOString()}`;
  const broker = new ServiceBroker({ logger: false, skipProcessEventRegistration: true });
  broker.createService(listingsService({ openStore: () => openListingsStore(config().store.open) }));
  await broker.start();
  try {
    await run(order, (cars) => Listings.importCars(broker, { importId, cars }));
  } finally {
    await broker.stop();
    await config().store.close();
  }
}

try {
  const order = orderOf(process.argv.slice(2));
  if (order === "help") process.stdout.write(HELP);
  else if (order.dryRun) await run(order, async () => ({ inserted: 0, duplicates: 0 }));
  else await withStore(order);
} catch (error) {
  if (![Refusal, ConfigError, StoreFault].some((kind) => error instanceof kind)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
