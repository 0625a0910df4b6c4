-- Set one queue's signal, its two orders of deadlines and that of its responders, or refuse a writer that knows less than the last one did.
-- KEYS: signal, next, overdue, responders, fence
-- ARGV: epoch, as_of, expires_at, life of the fence (ms), number of strings that follow for the signal (field, value, ...),
--       for `next` (score, member, ...), for `overdue` and for `responders` likewise, then these strings.
-- Returns 1 for written, 0 for refused.
local fence = redis.call('HMGET', KEYS[5], 'epoch', 'as_of')
local epoch, as_of = tonumber(ARGV[1]), tonumber(ARGV[2])
local known_epoch, known_as_of = tonumber(fence[1] or -1), tonumber(fence[2] or -1)
if epoch < known_epoch or (epoch == known_epoch and as_of < known_as_of) then
  return 0
end
redis.call('HSET', KEYS[5], 'epoch', ARGV[1], 'as_of', ARGV[2])
redis.call('PEXPIRE', KEYS[5], ARGV[4])
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
local commands = { 'HSET', 'ZADD', 'ZADD', 'ZADD' }
local from = 9
for number = 1, 4 do
  local count = tonumber(ARGV[4 + number])
  if count > 0 then
    redis.call(commands[number], KEYS[number], unpack(ARGV, from, from + count - 1))
    redis.call('PEXPIREAT', KEYS[number], ARGV[3])
  end
  from = from + count
end
return 1
