import type { ChildProcess } from 'node:child_process';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';

/** Where in a call the command is killed. */
export type Moment = 'before the tenant hears it' | 'before the command hears the answer';

export interface Interruption extends AsyncDisposable {
  /** What the command takes for the tenant. */
  readonly host: string;
  /** Calls that came so far. */
  readonly calls: () => number;
  /** The process to kill. */
  victim(child: ChildProcess): void;
}

/** Stands between the command and a tenant, and kills the command (-9) at one exact moment of one exact call. */
export async function interruptAt(
  tenantHost: string,
  { call, moment }: { call: number; moment: Moment },
): Promise<Interruption> {
  let seen = 0;
  let child: ChildProcess | undefined;
  const kill = () => child?.kill('SIGKILL');
  const server = createServer((req, res) => {
    seen += 1;
    const last = seen === call;
    if (last && moment === 'before the tenant hears it') kill();
    else
      forward(tenantHost, req, res, () => {
        if (last) kill();
        return !last;
      });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    host: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    calls: () => seen,
    victim: (process) => {
      child = process;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

function forward(
  tenantHost: string,
  req: IncomingMessage,
  res: ServerResponse,
  mayAnswer: () => boolean,
): void {
  const { method, headers } = req;
  const onward = send(tenantHost + (req.url ?? ''), { method, headers }, (answer) => {
    const body: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => body.push(chunk));
    answer.on('end', () => {
      if (!mayAnswer()) return;
      res.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(body));
    });
  });
  req.pipe(onward);
}
