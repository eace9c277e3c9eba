import { peer } from "./peers.ts";

/** What is used here of NestJS, whose packages are peers of the benches and no part of the product. */
interface Observable<T> {
  subscribe(observer: { next(value: T): void; error(fault: unknown): void }): unknown;
}
interface Client {
  connect(): Promise<unknown>;
  send(pattern: string, data: unknown): Observable<unknown>;
  close(): Promise<void>;
}
type Decorator = (...target: unknown[]) => void;
interface Packages {
  factory: { createMicroservice(module: unknown, options: object): Promise<{ listen(): Promise<unknown> }> };
  common: { Controller(): Decorator; Module(metadata: object): Decorator };
  microservices: {
    ClientProxyFactory: { create(options: object): Client };
    MessagePattern(pattern: string): Decorator;
    Transport: { NATS: number };
  };
}

/** @nestjs/microservices over NATS: a controller that answers, and a client that asks. */
export async function nest() {
  await peer("reflect-metadata");
  const { NestFactory } = await peer<{ NestFactory: Packages["factory"] }>("@nestjs/core");
  const common = await peer<Packages["common"]>("@nestjs/common");
  const { ClientProxyFactory, MessagePattern, Transport } =
    await peer<Packages["microservices"]>("@nestjs/microservices");
  const over = (natsUrl: string) => ({ transport: Transport.NATS, options: { servers: [natsUrl] } });

  return {
    async serve<Q, A>(natsUrl: string, pattern: string, answer: (question: Q) => A): Promise<void> {
      class Answering {
        ask(question: Q): A {
          return answer(question);
        }
      }
      common.Controller()(Answering);
      MessagePattern(pattern)(Answering.prototype, "ask", Object.getOwnPropertyDescriptor(Answering.prototype, "ask"));
      class Root {}
      common.Module({ controllers: [Answering] })(Root);
      const service = await NestFactory.createMicroservice(Root, { ...over(natsUrl), logger: false });
      await service.listen();
    },

    async client(natsUrl: string) {
      const client = ClientProxyFactory.create(over(natsUrl));
      await client.connect();
      return {
        ask: (pattern: string, question: unknown) =>
          new Promise((next, error) => client.send(pattern, question).subscribe({ next, error })),
        close: () => client.close(),
      };
    },
  };
}
