-- A value that all hosts share, and who may replace it. Instants are ms of the server's clock.
--
-- KEYS[1] is a hash. ARGV: what to do, who does it, a time in ms, the value.
-- Answers: 1 if it was done, the value, for how many ms it lasts.
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local H = redis.call('HMGET', KEYS[1], 'value', 'until', 'holder', 'claimed')
local op, who, span = ARGV[1], ARGV[2], tonumber(ARGV[3])
local last, claimed = tonumber(H[2]) or 0, tonumber(H[4]) or 0
local mine = H[3] == who and claimed > now
local function int(n) return string.format('%.0f', n) end
local function expire(at) redis.call('PEXPIRE', KEYS[1], int(math.max(at - now, 1))) end

if op == 'read' then
  if not H[1] or last <= now then return {1, '', 0} end
  return {1, H[1], last - now}
elseif op == 'claim' then
  if H[3] and not mine and claimed > now then return {0, '', 0} end
  redis.call('HSET', KEYS[1], 'holder', who, 'claimed', int(now + span))
  expire(math.max(last, now + span))
elseif not mine then
  return {0, '', 0}
elseif op == 'write' and ARGV[4] == '' then
  redis.call('DEL', KEYS[1])
elseif op == 'write' or op == 'keep' then
  redis.call('HSET', KEYS[1], 'value', ARGV[4], 'until', int(now + span))
  if op == 'write' then redis.call('HDEL', KEYS[1], 'holder', 'claimed') end
  expire(math.max(now + span, claimed))
elseif op == 'release' then
  redis.call('HDEL', KEYS[1], 'holder', 'claimed')
end
return {1, '', 0}
