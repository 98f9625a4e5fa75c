import type { ChildProcess } from 'node:child_process';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';

/** Where in a call the command is killed. */
export type Moment = 'before the tenant hears it' | 'before the command hears the answer';

export interface Interruption extends AsyncDisposable {
  /** What the command takes for the tenant. */
  readonly host: string;
  /** Counts from now. */
  arm(at: { readonly call: number; readonly moment: Moment }): void;
  /** The process to kill. */
  victim(child: ChildProcess): void;
}

/** Stands between the command and a tenant, to kill the command (-9) at one exact moment of one exact call. */
export async function standBetween(tenantHost: string): Promise<Interruption> {
  let seen = 0;
  let at: { call: number; moment: Moment } | undefined;
  let child: ChildProcess | undefined;
  const kill = () => child?.kill('SIGKILL');
  const server = createServer((req, res) => {
    seen += 1;
    const last = seen === at?.call;
    if (last && at?.moment === 'before the tenant hears it') kill();
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
    arm: (next) => {
      seen = 0;
      at = next;
    },
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
