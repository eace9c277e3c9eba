/** A program to be killed: it takes a letter over for a mail server that never answers. `node dying-sender.ts <directory>` */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { Counter } from "./counter.ts";

const silent = createServer().listen(0, "127.0.0.1");
await once(silent, "listening");
const post = await new Counter(process.argv[2]).open(`smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`);
await post.send(
  { email: "minji@example.com", language: "ko", emailVerifiedAt: "2026-01-01T00:00:00.000Z" },
  { kind: "passwordChanged" },
);
process.stdout.write("taken over\n");
