import { luaScript } from '../lua-script.ts';

/** KEYS: record. */
const read = `return redis.call('HMGET', KEYS[1], 'fence', 'sealed', 'replacesRefused')`;

/**
 * KEYS: record, lock. ARGV: newerThan, owner, lease in ms, ms to keep a record without a token.
 * The fence is Redis' own clock in µs: it grows also when Redis restarts empty.
 */
const claim = `
local fence, sealed, replaces = unpack(redis.call('HMGET', KEYS[1], 'fence', 'sealed', 'replacesRefused'))
if sealed and tonumber(fence) > tonumber(ARGV[1]) then return {'token', fence, sealed, replaces} end
if not redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return {'busy'} end
local time = redis.call('TIME')
local given = math.max(time[1] * 1000000 + time[2], (tonumber(redis.call('HGET', KEYS[1], 'given')) or 0) + 1)
redis.call('HSET', KEYS[1], 'given', string.format('%.0f', given))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return {'mine', string.format('%.0f', given)}`;

/** KEYS: lock. ARGV: owner, lease in ms. A lease that expired and is free is taken again. */
const renew = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/** KEYS: lock. ARGV: owner. */
const release = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** KEYS: record, lock. ARGV: owner, fence, sealed, token id, ms to live. Answers with what is kept now. */
const fulfil = `
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
if (tonumber(redis.call('HGET', KEYS[1], 'fence')) or 0) < tonumber(ARGV[2]) then
  local refused = redis.call('HGET', KEYS[1], 'refused') or '0'
  redis.call('HSET', KEYS[1], 'fence', ARGV[2], 'sealed', ARGV[3], 'tokenId', ARGV[4], 'replacesRefused', refused)
  redis.call('HDEL', KEYS[1], 'refused')
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
${read}`;

/**
 * KEYS: record. ARGV: token id, why, channel, message. The fence stays, against an older answer that is late, and that
 * it was refused stays for the next one, whichever replica gets it.
 */
const drop = `
redis.call('PUBLISH', ARGV[3], ARGV[4])
if redis.call('HGET', KEYS[1], 'tokenId') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'sealed', 'tokenId')
if ARGV[2] == 'refused' then redis.call('HSET', KEYS[1], 'refused', '1') end
return 1`;

export const tokenScripts = {
  readToken: luaScript(read, 1),
  claimToken: luaScript(claim, 2),
  renewTokenLease: luaScript(renew, 1),
  releaseTokenLease: luaScript(release, 1),
  fulfilToken: luaScript(fulfil, 2),
  dropToken: luaScript(drop, 1),
};
