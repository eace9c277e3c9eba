import { createServer, type AddressInfo, type Socket } from "node:net";
import { calculateObjectSize, deserialize, Long, serialize, type Document } from "bson";
import { MongoCommands } from "./mongo-commands.ts";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;

export interface MongoDouble {
  url: string;
  /** `host:port`, without the rest of the URL. */
  address: string;
  /** Breaks every connection and listens no more; the documents stay. */
  stop(): Promise<void>;
  /** Listens again, where it did before. */
  start(): Promise<void>;
  /** Carries out the next command of that name, but breaks the connection instead of answering. */
  loseAnswerTo(command: string): void;
  close(): Promise<void>;
}

/**
 * A test double that speaks enough of MongoDB's wire protocol for the mongoose driver: OP_MSG, and OP_QUERY for the
 * first hello. It keeps documents in memory and behaves like a replica set of one; it proves nothing about durability.
 */
export async function startMongoDouble(): Promise<MongoDouble> {
  let address = "";
  let lost: string | undefined;
  const commands = new MongoCommands(() => address);
  const sockets = new Set<Socket>();
  const run = (command: Document): Document | undefined => {
    const result = commands.run(command);
    if (lost === undefined || !(lost in command)) return result;
    lost = undefined;
    return undefined;
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    let received: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0);
        const reply = answer(received.subarray(0, length), run);
        received = received.subarray(length);
        if (reply === "none") socket.destroy();
        else if (reply !== undefined) socket.write(reply);
      }
    });
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  address = `127.0.0.1:${port}`;
  return {
    url: `mongodb://${address}/double`,
    address,
    stop,
    start: () => listen(port),
    loseAnswerTo: (command) => void (lost = command),
    close: stop,
  };
}

type Run = (command: Document) => Document | undefined;

/** The reply to one message: undefined when none is wanted, "none" when it is lost on purpose. */
function answer(message: Buffer, run: Run): Buffer | "none" | undefined {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  if (opCode === OP_QUERY) return replyMessage(requestId, run(readQuery(message))!);
  if (opCode !== OP_MSG) throw new Error(`The MongoDB double does not know the message kind ${opCode}`);
  const flags = message.readUInt32LE(HEADER_BYTES);
  const result = run(readSections(message, flags & CHECKSUM_PRESENT ? message.length - 4 : message.length));
  if (result === undefined) return "none";
  return flags & MORE_TO_COME ? undefined : opMessage(requestId, result);
}

/** OP_QUERY: flags, collection name, skip, limit, then the command. */
function readQuery(message: Buffer): Document {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  return deserialize(message.subarray(nameEnd + 1 + 8));
}

/** OP_MSG: a body and any number of document sequences, which become arrays of the body. */
function readSections(message: Buffer, end: number): Document {
  const command: Document = {};
  for (let at = HEADER_BYTES + 4; at < end;) {
    const kind = message[at++];
    const size = message.readInt32LE(at);
    if (kind === 0) {
      Object.assign(command, deserialize(message.subarray(at, at + size)));
    } else {
      const nameEnd = message.indexOf(0, at + 4);
      const name = message.toString("utf8", at + 4, nameEnd);
      command[name] = readDocuments(message, nameEnd + 1, at + size);
    }
    at += size;
  }
  return command;
}

function readDocuments(message: Buffer, start: number, end: number): Document[] {
  const documents: Document[] = [];
  for (let at = start; at < end; at += message.readInt32LE(at)) {
    documents.push(deserialize(message.subarray(at, at + message.readInt32LE(at))));
  }
  return documents;
}

function opMessage(responseTo: number, result: Document): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + 5 + calculateObjectSize(result));
  writeHeader(message, responseTo, OP_MSG);
  message.set(serialize(result), HEADER_BYTES + 5);
  return message;
}

function replyMessage(responseTo: number, result: Document): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + 20 + calculateObjectSize(result));
  writeHeader(message, responseTo, OP_REPLY);
  message.set(Long.ZERO.toBytesLE(), HEADER_BYTES + 4);
  message.writeInt32LE(1, HEADER_BYTES + 16);
  message.set(serialize(result), HEADER_BYTES + 20);
  return message;
}

function writeHeader(message: Buffer, responseTo: number, opCode: number): void {
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(responseTo, 8);
  message.writeInt32LE(opCode, 12);
}
