import { luaScript } from '../lua-script.ts';

/** KEYS: grants (newest first), pause. ARGV: exchanges, window in ms. Answers {1, left} or {0, ms to wait}. */
const take = `
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return {0, pause} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window = tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], -1)
while oldest and tonumber(oldest) + window <= now do
  redis.call('RPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], -1)
end
local left = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[1])
if left <= 0 then return {0, tonumber(oldest) + window - now} end
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], window)
return {1, left - 1}`;

/** KEYS: pause. ARGV: ms. */
const pause = `
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 1`;

export const budgetScripts = {
  takeExchange: luaScript(take, 2),
  pauseExchanges: luaScript(pause, 1),
};
