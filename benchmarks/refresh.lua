-- Sends real refreshes: every connection walks tokens of its own, and a token that was replaced in
-- an answer is replaced here as well, so that no request is ever a replay.
--
-- wrk gives a script neither the connection nor the request that an answer belongs to. So the
-- runner asks for one connection per thread, where request and answer simply alternate.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

-- Arguments: tokens file, width of its lines, first line, lines per connection, method,
-- content type, other headers ("Name: value" by line), body ("@" is the token), pattern of the successor.
function init(arguments)
  file = assert(io.open(arguments[1], "rb"))
  width, share = tonumber(arguments[2]), tonumber(arguments[4])
  first = tonumber(arguments[3]) + number * share
  wrk.method = arguments[5]
  wrk.headers["Content-Type"] = arguments[6]
  header_template = {}
  for name, value in arguments[7]:gmatch("([%w-]+): ([^\n]+)") do
    header_template[name] = value
  end
  template, successor = arguments[8], arguments[9]
  next_line, successors = 0, {}
  refused, unchanged, first_refusal = 0, 0, ""
  file:seek("set", first * width)
end

local function token_at(line)
  if line == 0 then
    file:seek("set", first * width)
  end
  local stored = file:read(width):match("^%S+")
  return successors[line] or stored
end

function request()
  current = next_line
  next_line = (next_line + 1) % share
  presented = token_at(current)
  for name, value in pairs(header_template) do
    wrk.headers[name] = value:gsub("@", presented)
  end
  return wrk.format(nil, nil, nil, (template:gsub("@", presented)))
end

function response(status, headers, body)
  if status ~= 200 then
    refused = refused + 1
    first_refusal = status .. " " .. body:sub(1, 200)
  elseif successor ~= "" then
    local replacement = body:match(successor)
    if replacement == nil or replacement == presented then
      unchanged = unchanged + 1
    end
    successors[current] = replacement
  end
end

function done(summary, latency, requests)
  local total = { refused = 0, unchanged = 0 }
  for _, thread in ipairs(threads) do
    total.refused = total.refused + thread:get("refused")
    total.unchanged = total.unchanged + thread:get("unchanged")
    local refusal = thread:get("first_refusal")
    if refusal ~= "" then
      io.write("REFUSAL ", (refusal:gsub("%s+", " ")), "\n")
    end
  end
  local errors = summary.errors
  io.write(string.format(
    "MEASURED requests=%d microseconds=%d refused=%d unchanged=%d broken=%d p50=%d p99=%d\n",
    summary.requests, summary.duration, total.refused, total.unchanged,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
