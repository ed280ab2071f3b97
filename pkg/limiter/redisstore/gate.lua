-- The gate of one key: what State.Reserve, Cancel and the gate's part of Apply do, see package limiter,
-- in one step. Instants are nanoseconds since the key's epoch, so that a Lua number holds them exactly.
--
-- KEYS[1] is the key's hash, KEYS[2] the processes that use it.
-- ARGV: what to do; the time, empty for the server's; the incarnation and the law's version last seen; more.
-- Answers: what came of it, a second, the time, more.
local fields = {'inc', 'epoch', 'ver', 'law', 'gen', 'interval', 'burst', 'next', 'pause', 'flying', 'scout', 'sent',
  'seen', 'known', 'bud', 'w0', 'w1', 'w2', 'w3', 'cycle'}
local min, max, floor = math.min, math.max, math.floor
local op, given = ARGV[1], ARGV[2]
local names = {unpack(fields)}
names[#names + 1] = 'prio' -- of no use to anybody but the gate
names[#names + 1] = 'hold' -- nor this
local H = redis.call('HMGET', KEYS[1], unpack(names))

local second, fraction = 0, 0
if given == '' then
  local t = redis.call('TIME')
  second, fraction = tonumber(t[1]), tonumber(t[2]) * 1000
else
  fraction = tonumber(given)
end
local there = H[1] and H[1] ~= 'forgotten' -- a key that can be used
local damaged = false
for i = 2, 13 do
  damaged = damaged or there and i ~= 4 and not tonumber(H[i])
end
local now = fraction
if there and not damaged then now = (second - tonumber(H[2])) * 1e9 + fraction end

local function int(n) return string.format('%.0f', n) end
local function hour() return 3600 * 1e9 end

local function numbers(text)
  local t = {}
  for n in string.gmatch(text or '', '%S+') do t[#t + 1] = tonumber(n) end
  return t
end

local function words(text)
  local t = {}
  for n in string.gmatch(text or '', '%S+') do t[#t + 1] = n end
  return t
end

local function text(list)
  local t = {}
  for i = 1, #list do
    t[i] = type(list[i]) == 'number' and int(list[i]) or list[i]
  end
  return table.concat(t, ' ')
end

local function whole(status)
  local r = {status, second, int(now)}
  for i = 1, #fields do r[i + 3] = H[i] or '' end
  return r
end

if op == 'put' then -- ARGV: until when in ms; fields and values
  if there and not damaged and (H[1] ~= ARGV[3] or H[3] ~= ARGV[4]) then return whole('differs') end
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], unpack(ARGV, 6))
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  return {'ok', second, int(now)}
elseif op == 'leave' then -- ARGV: who
  redis.call('ZREM', KEYS[2], ARGV[5])
  return {'ok', second, int(now)}
elseif op == 'forget' then -- whoever uses the key starts again from what he recalls
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'inc', 'forgotten')
  redis.call('PEXPIRE', KEYS[1], 3600000)
  return {'ok', second, int(now)}
end
if damaged then return {'damaged', second, int(fraction)} end
if not there then return {H[1] or 'missing', second, int(fraction)} end

local seen = tonumber(H[13])
if now < seen and seen - now <= 1e9 then now = seen end -- a clock that was set by a little
if op == 'read' then return whole('state') end
if H[1] ~= ARGV[3] or tonumber(H[3]) < tonumber(ARGV[4]) then return whole('differs') end
if now < seen or now - seen > hour() or now > 1440 * hour() then return whole('stale') end

local gen, interval, burst = tonumber(H[5]), tonumber(H[6]), tonumber(H[7])
local nxt, pause, flying = tonumber(H[8]), tonumber(H[9]), tonumber(H[10])
local scout, sent, cycle = tonumber(H[11]), tonumber(H[12]), tonumber(H[20]) or 0
-- What is known of processes of different priorities: until, who waits until when (low, normal, high), what has
-- passed them, the cycle of the low ones.
local Q = numbers(H[21])
if #Q ~= 8 then Q = {0, 0, 0, 0, 0, 0, 0, 0} end
-- The instant that is kept for a request which needs more than is there: whose, need, instant, until when, rank, since when.
local K = numbers(H[22])
if #K ~= 6 then K = {0, 0, 0, 0, 0, 0} end

-- kept_from reports whether it is kept from one of a rank who asked first at an instant.
local function kept_from(who, rank, since)
  return K[4] > now and K[1] ~= who and (rank < K[5] or rank == K[5] and since >= K[6])
end

-- Header budgets: id, limit, least, left, reset, mark, early, waited, reserve of each. An id is no number here.
local B = words(H[15])
local function num(k) return tonumber(B[k]) end

local function spent(k, cost)
  return num(k + 4) ~= 0 and num(k + 3) < cost + num(k + 8)
end

-- Documented windows: limit, per, then first, last, count of each run.
local W = {}
for i = 16, 19 do
  if not H[i] then break end
  W[#W + 1] = numbers(H[i])
end

local function ends(w, i)
  local least = min(floor(w[2] / 10), 1e8)
  return w[i + 1] + w[2] + min(max(floor(w[2] / 50), least), 2e8)
end

local function free(w, at, cost)
  local used = min(cost, w[1])
  for i = #w - 2, 3, -3 do
    local e = ends(w, i)
    if e > at then
      used = used + w[i + 2]
      if used > w[1] then return e end
    end
  end
  return at
end

-- fitting is for how many of so many requests there are slots from an instant on that come within a lease, and for which
-- every budget and window has room; at least one.
local function fitting(from, requests, cost, ahead)
  requests = min(requests, floor(floor(max(1e8, min(2 * ahead, 5e8)) / interval) / cost))
  local at = max(from, nxt - (burst - 1) * interval)
  for k = 1, #B, 11 do
    if num(k + 4) ~= 0 then requests = min(requests, floor((num(k + 3) - num(k + 8)) / cost)) end
    local refill = num(k + 9)
    if refill ~= 0 then
      local there = max(num(k + 1) - num(k + 8), 1) - flying + floor((at - num(k + 10)) / refill)
      requests = min(requests, floor(there / cost))
    end
  end
  for i = 1, #W do
    local w, room = W[i], W[i][1]
    for j = 3, #w, 3 do
      if ends(w, j) > at then room = room - w[j + 2] end
    end
    requests = min(requests, floor(room / cost))
  end
  return max(requests, 1)
end

local function drop(w, i)
  for _ = 1, 3 do table.remove(w, i) end
end

local function record(w, at, till, cost)
  for i = #w - 2, 3, -3 do
    if ends(w, i) <= now then drop(w, i) end
  end
  local last = #w + 1
  local i = last
  while i > 3 and w[i - 3] > at do i = i - 3 end
  if i > 3 and (at <= w[i - 2] or at < w[i - 3] + floor(w[2] / 15)) then
    i = i - 3
  elseif last < 51 then
    for _, v in ipairs({0, till, at}) do table.insert(w, i, v) end
  elseif i == last then
    i = i - 3
  end
  w[i], w[i + 1], w[i + 2] = min(w[i], at), max(w[i + 1], till), w[i + 2] + cost
  while w[i + 3] and w[i + 3] <= w[i + 1] do -- slots that reach beyond others
    w[i + 1], w[i + 2] = max(w[i + 1], w[i + 4]), w[i + 2] + w[i + 5]
    drop(w, i + 3)
  end
end

-- keep writes what the gate has changed, and lets the key live for as long as it means something.
local function keep(changed)
  local more = {'next', int(nxt), 'flying', int(flying), 'scout', int(scout), 'sent', int(sent), 'cycle', int(cycle),
    'seen', int(now)}
  for i = 1, #more do changed[#changed + 1] = more[i] end
  local till = max(now, pause)
  for i = 1, #W do
    changed[#changed + 1] = 'w' .. (i - 1)
    changed[#changed + 1] = text(W[i])
    till = max(till, now + W[i][2])
  end
  if #B > 0 then
    changed[#changed + 1] = 'bud'
    changed[#changed + 1] = text(B)
    for k = 1, #B, 11 do till = max(till, num(k + 4)) end
  end
  redis.call('HSET', KEYS[1], unpack(changed))
  redis.call('PEXPIRE', KEYS[1], int(floor((till - now + hour()) / 1e6)))
end

local function answer(r)
  for _, v in ipairs({nxt, flying, scout, sent, cycle}) do r[#r + 1] = int(v) end
  r[#r + 1] = text(B)
  if H[3] ~= ARGV[4] then
    for i = 1, #fields do r[#r + 1] = H[i] or '' end
  end
  return r
end

-- earliest is the first instant from then on at which cost may go, and what it has to wait for.
local function earliest(from, cost)
  local at, reason = from, 0
  local slot = nxt - (burst - 1) * interval
  if slot > at then at, reason = slot, 1 end
  if pause >= at and pause > now then at, reason = pause, 2 end
  for k = 1, #B, 11 do
    local refill = num(k + 9)
    if refill ~= 0 then
      local most = max(num(k + 1) - num(k + 8), 1)
      local there = num(k + 10) + (flying - most + min(cost, most)) * refill
      if there > at then at, reason = there, 5 end
    end
    if spent(k, cost) and num(k + 4) + num(k + 6) > at then
      at, reason = num(k + 4) + num(k + 6), 5
    end
  end
  local again = #W > 0
  while again do
    again = false
    for i = 1, #W do
      local f = free(W[i], at, cost)
      if f > at then at, reason, again = f, 4, true end
    end
  end
  return at, reason
end

-- hold keeps an instant for a request that asks again after so long, unless one is kept for another that comes first.
local function hold(at, wait, who, need, rank, ahead, since)
  if kept_from(who, rank, since) then return end
  if K[4] > now and K[1] == who then rank = max(rank, K[5]) end
  K = {who, max(need, 1), at, now + min(wait, 1e9) + 2.5e8 + 2 * ahead, rank, since}
  redis.call('HSET', KEYS[1], 'hold', text(K))
end

-- puts_off reports whether so many slots at an instant would put off the one that is kept.
local function puts_off(at, till, cost)
  if max(nxt - (burst - 1) * interval, at - (burst - 1) * interval) + cost * interval > K[3] then return true end
  for k = 1, #B, 11 do
    local refill = num(k + 9)
    if refill ~= 0 then
      local most = max(num(k + 1) - num(k + 8), 1)
      local full = max(num(k + 10) + flying * refill, at)
      if full + (cost - most + min(K[2], most)) * refill > K[3] then return true end
    end
    if num(k + 4) ~= 0 and K[3] < num(k + 4) + num(k + 6) and num(k + 3) - cost < K[2] + num(k + 8) then return true end
  end
  for i = 1, #W do
    local w = {unpack(W[i])}
    record(w, at, till, cost)
    if free(w, K[3], K[2]) > K[3] then return true end
  end
  return false
end

if op == 'reserve' then -- ARGV: cost, slots, after, exact (2 if priorities have a say), who, waited, priority, round trip,
  -- which request, what of its instant, for how long it has asked, how far apart the slots are used, how late
  local cost, slots, after, waited = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[10])
  local holder, mode, prio = tonumber(ARGV[13]), ARGV[14], tonumber(ARGV[11]) + 1
  local since = now - tonumber(ARGV[15])
  local rank, ahead, single = tonumber(ARGV[11]) + 2, tonumber(ARGV[12]), cost
  local near = 6e6 + (interval >= 2 * ahead and floor(ahead / 2) or ahead) -- State.lowHorizon
  local exact, ranked = ARGV[8] ~= '0', ARGV[8] ~= '1' and (rank ~= 2 or now < Q[1])
  local low, outranked, owed, want = ranked and rank == 1, 0, 0, slots
  if ranked then
    if now >= Q[1] then Q = {0, 0, 0, 0, 0, 0, 0, Q[8]} end
    if low then want = min(want, max(floor(floor(near / interval) / cost), 1)) end
    if rank < 3 then owed = floor(Q[4 + rank] / (cost * 19)) end
    for i = rank + 1, 3 do
      if Q[1 + i] > now then outranked = max(outranked, Q[1 + i]) end
    end
    if outranked > 0 then want = min(want, owed) end
  end
  local held = kept_from(holder, prio, since)
  if ARGV[9] ~= '' then
    local s = floor(now / 1e9)
    redis.call('ZADD', KEYS[2], int(s), ARGV[9])
    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', int(s - 10))
    redis.call('EXPIRE', KEYS[2], 60)
  end
  local peers = redis.call('ZCARD', KEYS[2])
  local from, requests = now + after, 1
  if scout == 0 and not held and want > 1 then
    requests = fitting(from, want, cost, ahead)
    cost = cost * requests
  end
  local lasts = tonumber(ARGV[17])
  if requests > 1 then lasts = lasts + (requests - 1) * max(single * interval, tonumber(ARGV[16])) end
  if mode == '2' then
    if K[1] == holder then redis.call('HSET', KEYS[1], 'hold', '') end
    return answer({'ok', 0, int(now), 0, 0, 0, 0, 0, 0, 0, peers, 0})
  elseif mode == '1' then
    local at, reason = earliest(from, single)
    local reach = prio == 0 and near or 2e8
    local wait = min(max(at - now - reach, 0), 1e9)
    hold(at, wait, holder, single, prio, ahead, since)
    return answer({'ok', 0, int(now), 0, int(wait), int(at - now), reason, 0, 0, 0, peers, 1})
  end
  local at, reason = earliest(from, cost)
  local left = at - now
  local function no(wait, why)
    local short = holder ~= 0 and single > 1 and (why == 4 or why == 5)
    if short then
      local one = earliest(from, 1)
      short = one < at
      if short then hold(at, wait, holder, single, owed > 0 and 2 or prio, ahead, since) end
    end
    if ranked then
      Q[1 + rank] = max(Q[1 + rank], now + min(wait, 6e10) + 5e7 + ahead)
      Q[1] = max(Q[1], Q[1 + rank])
      redis.call('HSET', KEYS[1], 'prio', text(Q))
    end
    return answer({'ok', 0, int(now), 0, int(wait), int(why == 8 and max(left, K[3] - now) or left), why, 0, 0, 0, peers, short and 1 or 0})
  end
  if scout > at then return no(min(scout - now, left + 2e7), 3) end
  if want > 0 and held and puts_off(at, at + lasts, cost) then return no(max(2e7, min(K[3] - now - 2e8, 1e9)), 8) end
  if exact and want > 0 and at > from then return no(left, reason) end
  if want == 0 then
    if exact then return no(max(5e6, min(outranked - now, 1e9)), 6) end
    return no(max(5e6, min(outranked - now, (single * 19 - Q[4 + rank]) * interval, 1e9)), 6)
  end
  if owed > 0 and reason == 1 and not exact then
    if left > 3e8 + ahead then return no(left - 2.5e8 - ahead, reason) end
    reason = -1 -- it has its slot
  end
  local slope, most, horizon, of = 64, 5e6, 2e8, cycle
  if low then horizon, most, of = near, 2e6, Q[8] end
  local long = max(of, 2 * interval)
  local turn, handicap = long - waited, 0
  local yields, crowded = reason == 1, of > 2 * interval
  if low then
    slope = max(1, min(floor(long / 2e6), 1024))
  elseif crowded then
    slope, most = 8, 1e8
  end
  if yields then handicap = min(floor(max(turn, 0) / slope), most) end
  if not exact and reason >= 0 and left > horizon - handicap then
    local soonest = left - horizon
    local wait = soonest
    if yields then
      wait = min(soonest + most, max(soonest, floor((slope * soonest + turn + slope) / (slope + 1))))
      if crowded then wait = max(wait, min(of - floor(of / 8) - waited, 1e9)) end
    elseif reason == 5 and flying > 0 then
      wait = min(wait, 1e9)
    end
    return no(wait, reason)
  end
  if reason == -1 then reason = 1 end
  local changed = {}
  if not low then
    cycle = at == from and 0 or floor((3 * cycle + min(waited, hour())) / 4)
  end
  if ranked then
    for i = 1, rank - 1 do
      Q[4 + i] = Q[1 + i] > now and Q[4 + i] + cost or 0
    end
    if rank < 3 then Q[4 + rank] = max(Q[4 + rank] - cost * 19, 0) end
    if low and at == from then
      Q[8] = 0
    elseif low and outranked == 0 then
      Q[8] = floor((3 * Q[8] + min(waited, hour())) / 4)
    end
    changed = {'prio', text(Q)}
  end
  sent, flying, nxt = sent + cost, flying + cost, max(nxt, at) + cost * interval
  for i = 1, #W do record(W[i], at, at + lasts, cost) end
  for k = 1, #B, 11 do
    if num(k + 4) == 0 then
      -- nothing is known of it
    elseif at < num(k + 4) + num(k + 6) then
      B[k + 3] = num(k + 3) - cost
    else
      if spent(k, cost) and scout == 0 then scout, B[k + 7] = -1, 1 end
      B[k + 4], B[k + 3] = 0, 0
    end
  end
  if scout == -1 then
    scout = at + 1e9
  elseif scout ~= 0 then
    scout = 0
  end
  if holder ~= 0 and K[1] == holder then
    changed[#changed + 1] = 'hold'
    changed[#changed + 1] = ''
  end
  keep(changed)
  return answer({'ok', 0, int(now), 1, int(left), int(left), reason, int(at), cost, scout > at and 1 or 0, peers, 0})
end

if op == 'cancel' then -- ARGV: slot, cost, generation, was it used for what is free
  local slot, cost = tonumber(ARGV[5]), tonumber(ARGV[6])
  sent, flying = sent - cost, max(flying - cost, 0)
  if tonumber(ARGV[7]) ~= gen then -- of before a pause
  elseif ARGV[8] == '1' then nxt = nxt - cost * interval
  elseif nxt == slot + cost * interval then nxt = slot end
  for _, w in ipairs(W) do
    for i = 3, #w, 3 do
      if w[i + 2] >= cost and w[i] <= slot and slot <= w[i + 1] then
        w[i + 2] = w[i + 2] - cost
        if w[i + 2] == 0 then drop(w, i) end
        break
      end
    end
  end
  for k = 1, #B, 11 do
    if num(k + 4) ~= 0 then B[k + 3] = num(k + 3) + cost end
  end
  if scout > 0 and scout == slot + 1e9 then scout = -1 end
  keep({})
  return answer({'ok', 0, int(now)})
end

-- apply: what the law made of an event, if nobody changed the law or the scout since. What the gate counted
-- since is kept. ARGV: scout before; does it pause; the next slot then; slots charged; what is added to the
-- number in flight and to what was sent; generation, interval, burst, pause, scout; the time it reckoned
-- with; the law; budgets before and after; limits and lengths of the windows, "=" for
-- the same; does it fill them; incarnation; known; the budgets that it was told of; may the next slot come sooner; the
-- next slot that it reckoned with, if it did
if H[3] ~= ARGV[4] or H[11] ~= ARGV[5] or math.abs(now - tonumber(ARGV[16])) > 5e8 then return whole('conflict') end
if ARGV[26] ~= '' and nxt ~= tonumber(ARGV[26]) then return whole('conflict') end
flying, sent = max(flying + tonumber(ARGV[9]), 0), sent + tonumber(ARGV[10])
local charged = tonumber(ARGV[8])
if charged > 0 then
  for i = 1, #W do record(W[i], now, now, charged) end
  for k = 1, #B, 11 do
    if num(k + 4) ~= 0 then B[k + 3] = num(k + 3) - charged end
  end
end
if ARGV[24] ~= '' then
  local old, new, told = words(ARGV[18]), words(ARGV[19]), {}
  for _, id in ipairs(words(ARGV[24])) do told[id] = true end
  if #old ~= #B then return whole('conflict') end
  for k = 1, #new, 11 do
    if told[new[k]] then
      for j = k, k + 10 do
        if j ~= k + 3 and B[j] ~= old[j] then return whole('conflict') end
      end
      for j = k, k + 10 do B[j] = new[j] end
      B[k + 3] = int(max(0, num(k + 2) - flying))
    end
  end
end
if ARGV[6] == '1' then
  nxt, cycle = tonumber(ARGV[7]), 0
elseif charged > 0 then
  nxt = max(nxt, now) + charged * interval
end
if ARGV[6] ~= '1' then -- the next slot comes when it would have
  nxt = nxt - (burst - 1) * interval + (tonumber(ARGV[13]) - 1) * tonumber(ARGV[12])
end
local left = nxt - (tonumber(ARGV[13]) - 1) * tonumber(ARGV[12]) - now
if ARGV[25] == '1' and ARGV[6] ~= '1' and left > 1e9 then -- State.advance
  nxt = nxt - left + max(floor(left * tonumber(ARGV[12]) / interval), 1e9)
end
pause, scout = tonumber(ARGV[14]), tonumber(ARGV[15])
if ARGV[20] ~= '=' then
  local limits = numbers(ARGV[20])
  for i = 1, 4 do
    local limit, per = limits[2 * i - 1], limits[2 * i]
    if limit then
      W[i] = W[i] or {}
      W[i][1], W[i][2] = limit, per
    else
      W[i] = nil
      redis.call('HDEL', KEYS[1], 'w' .. (i - 1))
    end
  end
end
if ARGV[21] == '1' then
  for i = 1, #W do W[i] = {W[i][1], W[i][2], now, now, W[i][1]} end
end
H[3] = int(tonumber(H[3]) + 1)
keep({'inc', ARGV[22], 'ver', H[3], 'law', ARGV[17], 'gen', ARGV[11], 'interval', ARGV[12], 'burst', ARGV[13],
  'pause', ARGV[14], 'known', ARGV[23]})
local windows = {}
for i = 1, 4 do windows[i] = W[i] and text(W[i]) or '' end
return {'ok', 0, int(now), int(nxt), int(flying), int(scout), int(sent), int(cycle), text(B), unpack(windows)}
