import { DuplicateKey, type OpenCollection, type Stored } from "../../../mixins/collection/collection.ts";
import { DeviceKnown, TooManyDevices, type Summary } from "./profiles.contract.ts";

export interface DeviceFields {
  accountId: string;
  name: string;
  /** What the push service knows the device by. */
  token: string;
  /** Which of the account's places it has: unique, so that no account ever has more devices than places. */
  place: number;
}
export type StoredDevice = Stored<DeviceFields>;

/** What accounts keep for members besides the account. */
export interface ProfilesStore {
  /** Oldest first. */
  devicesOf(accountId: string): Promise<StoredDevice[]>;
  /** Throws `DEVICE_KNOWN` and `TOO_MANY_DEVICES`. */
  addDevice(accountId: string, device: Pick<DeviceFields, "name" | "token">): Promise<StoredDevice>;
  /** False when the account has no such device. */
  removeDevice(accountId: string, id: string): Promise<boolean>;
  forgetDevices(accountId: string): Promise<void>;
  /** Adds to the counts of an account; the same fact again adds nothing. */
  count(accountId: string, counts: Partial<Summary>, factId: string): Promise<void>;
  counts(accountId: string): Promise<Partial<Summary>>;
  close(): Promise<void>;
}

const MOST_DEVICES = 20;

export async function openProfilesStore(open: OpenCollection): Promise<ProfilesStore> {
  const devices = await open<DeviceFields>({
    service: "accounts",
    noun: "device",
    fields: { accountId: "text", name: "text", token: "text", place: "integer" },
    unique: [
      ["accountId", "place"],
      ["accountId", "name", "token"],
    ],
  });
  /** One document per account, its id the account's. It can be dropped and counted again from the facts' owners. */
  const tallies = await open<Partial<Summary>>({ service: "accounts", noun: "tally", fields: {} });
  const devicesOf = async (accountId: string) =>
    (await devices.find({ filter: { accountId }, sort: ["id"], limit: MOST_DEVICES })).items;
  return {
    devicesOf,
    async addDevice(accountId, { name, token }) {
      for (;;) {
        const present = await devicesOf(accountId);
        if (present.some((device) => device.name === name && device.token === token)) throw DeviceKnown();
        const place = freePlace(present);
        if (place === undefined) throw TooManyDevices();
        const added = await devices.insert({ accountId, name, token, place }).catch(undefinedIfTaken);
        if (added) return added;
      }
    },
    async removeDevice(accountId, id) {
      const device = await devices.get(id);
      return device?.accountId === accountId && devices.remove(id, device.rev);
    },
    async forgetDevices(accountId) {
      await Promise.all((await devicesOf(accountId)).map(({ id, rev }) => devices.remove(id, rev)));
    },
    count: async (accountId, counts, factId) => void (await tallies.increment(accountId, counts, factId)),
    counts: async (accountId) => (await tallies.get(accountId)) ?? {},
    close: async () => void (await Promise.all([devices.close(), tallies.close()])),
  };
}

function freePlace(devices: readonly StoredDevice[]): number | undefined {
  const taken = new Set(devices.map(({ place }) => place));
  return Array.from({ length: MOST_DEVICES }, (_, place) => place).find((place) => !taken.has(place));
}

/** Somebody else was faster; the next look tells whether with the same device or in the same place. */
function undefinedIfTaken(error: unknown): undefined {
  if (!(error instanceof DuplicateKey)) throw error;
}
