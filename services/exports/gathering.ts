import type { Carrier } from "../../mixins/contract.ts";
import { archive } from "./domain/archive.ts";
import { readMe } from "./domain/read-me.ts";
import { HOLDERS } from "./holders.ts";

interface Gathering {
  via: Carrier;
  accountId: string;
  nowMs: number;
  mostBytes: number;
  /** Asked before each page; throws when it is not ours to go on. */
  mayGoOn: () => void;
}

/**
 * The ZIP of all that every service holds about a member: all or nothing, a service that does not answer makes it
 * reject. Each service is a folder, each kind of record a file. Throws `ArchiveTooLarge`.
 */
export async function gather({ via, accountId, nowMs, mostBytes, mayGoOn }: Gathering): Promise<Buffer> {
  const zip = archive({ mostBytes, madeAtMs: nowMs });
  for (const { contract } of HOLDERS) {
    let cursor: string | null | undefined;
    do {
      mayGoOn();
      const page = await contract.personalData(via, { accountId, ...(cursor && { cursor }) });
      for (const { kind, record } of page.records) zip.add(`${contract.$name}/${kind}.json`, record);
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
  const services = HOLDERS.map(({ contract, ko, en }) => ({ name: contract.$name, ko, en }));
  return zip.finish(readMe({ madeAtMs: nowMs, services, files: zip.files() }));
}
