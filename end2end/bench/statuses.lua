-- Counts the answers of wrk's one thread that are not 200.

local thread

function setup(one)
  thread = one
end

function init()
  others = 0
end

function response(status)
  if status ~= 200 then
    others = others + 1
  end
end

function done()
  print("Other than 200: " .. thread:get("others"))
end
