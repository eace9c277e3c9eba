import { csvRecords, type CsvFault, type CsvRecord } from "../../mixins/csv/csv-records.ts";
import type { PricedOffer } from "../../services/listings/domain/car.ts";
import { carColumns, offerOfRow, WrongHeader, type CarColumns } from "../../services/listings/domain/car-table.ts";
import { Refusal } from "./refusal.ts";
import type { RejectsFile } from "./rejects-file.ts";

const BATCH = 1000;

/** What becomes of a batch of cars. */
export type StoreBatch = (cars: PricedOffer[]) => Promise<{ inserted: number; duplicates: number }>;

export interface TableImport {
  currency: string;
  store: StoreBatch;
  rejects: RejectsFile;
  /** Called now and then with the number of rows read. */
  onProgress(rows: number): void;
  onIgnoredColumns(names: string[]): void;
}

interface Counts {
  rows: number;
  inserted: number;
  duplicates: number;
}

/** Reads a table of cars and stores them in batches of 1,000; rows that are no cars go to the rejects. */
export async function importTable(bytes: AsyncIterable<Uint8Array>, task: TableImport): Promise<Counts> {
  const counts = { rows: 0, inserted: 0, duplicates: 0 };
  let batch: PricedOffer[] = [];
  const storeBatch = async () => {
    if (batch.length === 0) return;
    const { inserted, duplicates } = await task.store(batch);
    counts.inserted += inserted;
    counts.duplicates += duplicates;
    batch = [];
  };
  try {
    for await (const offer of offersOf(bytes, task, counts)) {
      batch.push(offer);
      if (batch.length === BATCH) await storeBatch();
    }
  } finally {
    // A file that breaks off has rows before the break, too.
    await storeBatch();
  }
  return counts;
}

/** The cars of a table, one after another; counts the rows on the way. */
async function* offersOf(bytes: AsyncIterable<Uint8Array>, task: TableImport, counts: Counts) {
  let columns: CarColumns | undefined;
  for await (const record of csvRecords(bytes)) {
    if (!columns) {
      columns = columnsOf(record);
      if (columns.ignored.length > 0) task.onIgnoredColumns(columns.ignored);
      continue;
    }
    if (++counts.rows % BATCH === 0) task.onProgress(counts.rows);
    const read = "reason" in record ? record : offerOfRow(columns, record.values, task.currency);
    if ("offer" in read) yield read.offer;
    else await task.rejects.add(record.line, read.reason, "text" in record ? record.text : record.values.join(","));
  }
  if (!columns) throw new Refusal("The file is empty");
}

function columnsOf(record: CsvRecord | CsvFault): CarColumns {
  if ("reason" in record)
    throw new Refusal(`Line ${record.line} should name the columns but is no CSV: ${record.reason}`);
  try {
    return carColumns(record.values);
  } catch (error) {
    if (error instanceof WrongHeader) throw new Refusal(error.message);
    throw error;
  }
}
