-- Everybody's cookie in turn, and at the end one line of JSON that load.ts reads.
local cookies = {}
for line in io.lines(os.getenv('PORTAL_BENCH_COOKIES')) do cookies[#cookies + 1] = line end
local at = 0

function request()
  at = at % #cookies + 1
  return wrk.format('GET', nil, { cookie = cookies[at] })
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"answers":%d,"failed":%d,"seconds":%.6f,"p99":%.3f}\n',
    summary.requests - errors.status, errors.status + lost,
    summary.duration / 1e6, latency:percentile(99) / 1000))
end
