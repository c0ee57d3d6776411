-- Sends real refreshes: every connection walks lines of its own, and a token that was replaced in an
-- answer is replaced in its line, so that no request is ever a replay.
--
-- wrk gives a script neither the connection nor the request that an answer belongs to. So the
-- runner asks for one connection per thread, where request and answer simply alternate.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

-- Arguments: tokens file, width of its lines, how many of them, first line, connections, method,
-- path, content type, other headers ("Name: value" by line), body, pattern of the successor. "@" in
-- path, headers and body is the token, "#" in headers the proof behind it in the line.
function init(arguments)
  file = assert(io.open(arguments[1], "r+b"))
  width, lines = tonumber(arguments[2]), tonumber(arguments[3])
  first, connections = tonumber(arguments[4]), tonumber(arguments[5])
  wrk.method = arguments[6]
  path_template = arguments[7]
  wrk.headers["Content-Type"] = arguments[8]
  header_template = {}
  for name, value in arguments[9]:gmatch("([%w-]+): ([^\n]+)") do
    header_template[name] = value
  end
  template, successor = arguments[10], arguments[11]
  lines = lines - lines % connections -- so that turns never meet, however often they come round
  turn, refused, unchanged, first_refusal = 0, 0, 0, ""
end

local function next_token()
  repeat
    line = (first + number + turn * connections) % lines
    turn = turn + 1
    file:seek("set", line * width)
    presented, proof = file:read(width):match("^([^%s|]+)|?(%S*)")
  until presented
end

-- A token under way is blanked, since its answer may never be read: a run ends in mid-request.
local function keep(token)
  assert(#token < width, "the successor is longer than its predecessor")
  file:seek("set", line * width)
  file:write(token, (" "):rep(width - 1 - #token))
end

function request()
  next_token()
  if successor ~= "" then
    keep("")
  end
  for name, value in pairs(header_template) do
    wrk.headers[name] = value:gsub("@", presented):gsub("#", proof)
  end
  local path = path_template:gsub("@", presented)
  return wrk.format(nil, path, nil, (template:gsub("@", presented)))
end

function response(status, headers, body)
  if status ~= 200 and status ~= 201 then
    refused = refused + 1
    first_refusal = status .. " " .. body:sub(1, 200)
  elseif successor ~= "" then
    local replacement = body:match(successor) or presented
    if replacement == presented then
      unchanged = unchanged + 1
    end
    keep(replacement)
  end
end

function done(summary, latency, requests)
  local total = { refused = 0, unchanged = 0, turns = 0 }
  for _, thread in ipairs(threads) do
    total.refused = total.refused + thread:get("refused")
    total.unchanged = total.unchanged + thread:get("unchanged")
    total.turns = math.max(total.turns, thread:get("turn"))
    local refusal = thread:get("first_refusal")
    if refusal ~= "" then
      io.write("REFUSAL ", (refusal:gsub("%s+", " ")), "\n")
    end
  end
  local errors = summary.errors
  io.write(string.format(
    "MEASURED requests=%d microseconds=%d refused=%d unchanged=%d turns=%d broken=%d p50=%d p99=%d\n",
    summary.requests, summary.duration, total.refused, total.unchanged, total.turns,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
