import { luaScript } from '../lua-script.ts';

// A session is a hash: data, end (ms since the epoch), begun, seen, its holder, and once it was ended `ended`, which
// stays until the session would have expired, so that nothing revives it.

/** KEYS: session. ARGV: now, end, ms to live, data, user, tenant, provider, its name for the session. */
const save = `
if redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 0 end
redis.call('HSETNX', KEYS[1], 'begun', ARGV[1])
redis.call('HSET', KEYS[1], 'seen', ARGV[1], 'end', ARGV[2], 'data', ARGV[4],
  'user', ARGV[5], 'tenant', ARGV[6], 'ssoProvider', ARGV[7], 'ssoSid', ARGV[8])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

/** KEYS: session. ARGV: now, end, ms to live. */
const touch = `
if redis.call('HEXISTS', KEYS[1], 'data') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'seen', ARGV[1], 'end', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

/** KEYS: session. ARGV: now, then fields and what they have to hold. Answers whose the live session was that it ended. */
const finish = `
if redis.call('HEXISTS', KEYS[1], 'data') == 0 then return false end
for field = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[field]) ~= ARGV[field + 1] then return false end
end
local alive = tonumber(redis.call('HGET', KEYS[1], 'end')) > tonumber(ARGV[1])
redis.call('HDEL', KEYS[1], 'data')
redis.call('HSET', KEYS[1], 'ended', ARGV[1])
return alive and redis.call('HGET', KEYS[1], 'user')`;

/** KEYS: list of sessions by when they began. ARGV: session, now, ms that a session may last. */
const enlist = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2] - ARGV[3])
redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

export const sessionScripts = {
  saveSession: luaScript(save, 1),
  touchSession: luaScript(touch, 1),
  endSession: luaScript(finish, 1),
  enlistSession: luaScript(enlist, 1),
};
