import { defineScript } from '@redis/client';

interface Parser {
  pushKeys(keys: string[]): unknown;
  push(...args: string[]): unknown;
}

/** A script that Redis runs in one piece, called as `client.name(keys, args)`; its replies are not trusted. */
export function luaScript(lua: string, keys: number) {
  return defineScript({
    SCRIPT: lua,
    NUMBER_OF_KEYS: keys,
    parseCommand(parser: Parser, ...[names, args]: [string[], (string | number)[]]) {
      parser.pushKeys(names);
      parser.push(...args.map(String));
    },
    transformReply: (reply: unknown): unknown => reply,
  });
}
