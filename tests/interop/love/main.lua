-- A client in LÖVE's Lua on its own ENet: PROTOCOL.md's, extended until it proves that it takes part.
--
--     SDL_VIDEODRIVER=dummy love tests/interop/love --port N [--name NAME] [--hear NAME]... [--see NAME]... [--seconds N]
--
-- It joins, publishes two entities, decodes what it hears, says and hears events, and leaves when it has seen
-- what it must see; enet_client.py says what the interop clients agree on. Prints a line "passed: ..." or
-- "FAILED: ..." for each thing it proves; exit status 1 when one failed.

local enet = require("enet")

local ROOM, STATES_WANTED, PUBLISH_S, WAVE_S = "lobby", 40, 0.02, 0.1
local CONTROL, STATE, EVENT, EVENT_FAST = 0, 1, 2, 3

local name, hear, see, port, seconds = "love", {}, {}, nil, 8
local host, relay, started
local me, members, states, lost, entities, events = nil, {}, {}, 0, {}, {}
local seq, publish_due, wave_due = 65520, 0, 0
local is_picture_whole, has_greeted, is_done, has_left = false, false, false, false
local messages, wrong, failed, farewell = 0, {}, 0, nil

-- The forms of section 3.1. Readers take the string and a place in it, and give the value and the next place.

local function varint(n)
    return n < 128 and string.char(n) or string.char(n % 128 + 128) .. varint(math.floor(n / 128))
end

local function zigzag(n)
    return varint(n < 0 and -2 * n - 1 or 2 * n)
end

local function u16(n)
    return string.char(n % 256, math.floor(n / 256))
end

local function read_u8(s, at)
    return assert(s:byte(at), "SHORT"), at + 1
end

local function read_u16(s, at)
    assert(at + 1 <= #s, "SHORT")
    return s:byte(at) + 256 * s:byte(at + 1), at + 2
end

local function read_varint(s, at)
    local byte = read_u8(s, at)
    if byte < 128 then
        return byte, at + 1
    end
    local high, after = read_varint(s, at + 1)
    return byte - 128 + 128 * high, after
end

local function read_zigzag(s, at)
    local folded, after = read_varint(s, at)
    return folded % 2 == 0 and folded / 2 or -(folded + 1) / 2, after
end

local function read_bytes(s, at, size)
    assert(at + size - 1 <= #s, "SHORT")
    return s:sub(at, at + size - 1), at + size
end

local function read_block(s, at)
    local size, after = read_varint(s, at)
    return read_bytes(s, after, size)
end

local function has(flags, bit)
    return math.floor(flags / 2 ^ bit) % 2 == 1
end

local function newer(a, b)
    local ahead = (a - b) % 65536
    return ahead >= 1 and ahead <= 32767
end

-- Hearing

local function note_wrong(text)
    wrong[#wrong + 1] = text
end

local function is_heard(who)
    for _, each in ipairs(hear) do
        if each == who then
            return true
        end
    end
    return false
end

local function check_state(who, r)
    local fine = true
    if is_heard(who) then
        local payload = r.index == 7 and who or ""
        local x, y, z = 3 * r.seq, -5 * r.seq, 0
        if r.index == 7 then
            x, y, z = -r.seq, 1500, -r.seq - 1
        end
        fine = r.x == x and r.y == y and r.z == z and r.payload == payload
    elseif who == "lua" then -- PROTOCOL.md's client
        fine = r.x == r.seq and r.y == 1500 and r.z == 0
    end
    if not fine then
        note_wrong(("%s/%d seq %d at %d %d %d"):format(who, r.index, r.seq, r.x, r.y, r.z))
    end
end

local function take_record(r)
    local who, key = members[r.member], r.member .. "/" .. r.index
    if not who or (entities[key] and not newer(r.seq, entities[key])) then
        return
    end
    if entities[key] then
        lost = lost + math.max(0, (r.seq - entities[key] - 1) % 65536 - r.skipped)
    end
    entities[key] = r.seq
    states[who .. "/" .. r.index] = (states[who .. "/" .. r.index] or 0) + 1
    check_state(who, r)
end

local function read_records(s, at, time_us)
    local r = { index = -1 }
    while at <= #s do
        local flags, size
        flags, at = read_u8(s, at)
        if flags == 32 and r.member then -- fill, to the end of a SNAPSHOT
            assert(#s - at + 1 < 128, "RANGE")
            assert(not s:find("[^%z]", at), "RESERVED")
            return
        end
        assert(flags < 32, "RESERVED")
        r = { member = r.member, index = r.index + 1, skipped = 0, z = 0, payload = "" }
        if has(flags, 0) then r.member, at = read_varint(s, at) r.index = 0 end
        assert(r.member, "NOT_CANONICAL")
        if has(flags, 1) then r.index, at = read_varint(s, at) end
        if has(flags, 2) then r.skipped, at = read_varint(s, at) end
        r.seq, at = read_u16(s, at)
        r.age_us, at = read_varint(s, at)
        assert(r.age_us <= time_us, "RANGE")
        r.x, at = read_zigzag(s, at)
        r.y, at = read_zigzag(s, at)
        if has(flags, 3) then r.z, at = read_zigzag(s, at) end
        if has(flags, 4) then
            size, at = read_u8(s, at)
            r.payload, at = read_bytes(s, at, size)
        end
        take_record(r)
    end
end

-- A handler for each type that a member is sent, given the message and the place after the type.
local take = {}

take[2] = function(s, at) -- WELCOME
    me, at = read_varint(s, at)
    members[me] = name
end

take[3] = function(s, at) -- REFUSED
    local reason = read_u8(s, at)
    farewell = ("reason %d: %s"):format(reason, (read_block(s, at + 1)))
end

take[4] = function() end -- SETTINGS

take[5] = function(s, at) -- JOINED
    while at <= #s do
        local member, who
        member, at = read_varint(s, at)
        who, at = read_block(s, at)
        members[member] = who
    end
end

take[6] = function(s, at) -- LEFT
    while at <= #s do
        local member, reason
        member, at = read_varint(s, at)
        reason, at = read_u8(s, at)
        events[(members[member] or "?") .. " left"] = reason
    end
end

take[8] = function(s, at) -- SNAPSHOT
    local time_us
    _, at = read_u16(s, at)
    time_us, at = read_varint(s, at)
    read_records(s, at, time_us)
end

take[9] = function(s, at) -- KEYFRAME
    local last, time_us
    last, at = read_u8(s, at)
    time_us, at = read_varint(s, at)
    is_picture_whole = is_picture_whole or last == 1
    read_records(s, at, time_us)
end

take[10] = function(s, at) -- GONE
    while at <= #s do
        local member, index, last
        member, at = read_varint(s, at)
        index, at = read_varint(s, at)
        last, at = read_u16(s, at)
        entities[member .. "/" .. index] = last
    end
end

take[11] = function(s, at) -- EVENT
    local member, data
    _, at = read_u8(s, at)
    member, at = read_varint(s, at)
    data, at = read_block(s, at)
    assert(at == #s + 1, "TRAILING")
    events[member .. " says " .. data] = true
end

take[14] = take[3] -- GOODBYE

-- What members have said, by name.
local function has_said(who, data)
    for member, its in pairs(members) do
        if its == who and events[member .. " says " .. data] then
            return true
        end
    end
    return false
end

local function is_there(who)
    for _, its in pairs(members) do
        if its == who then
            return true
        end
    end
    return false
end

local function each(list, condition)
    for _, who in ipairs(list) do
        if not condition(who) then
            return false
        end
    end
    return true
end

local function hears_entities(who)
    return (states[who .. "/0"] or 0) >= STATES_WANTED and (states[who .. "/7"] or 0) >= STATES_WANTED
end

local function hears_events(who)
    return has_said(who, "hello") and has_said(who, "wave")
end

local function sees(who)
    return (states[who .. "/0"] or 0) >= STATES_WANTED / 4
end

local function is_finished(who)
    return has_said(who, "done") or events[who .. " left"] ~= nil
end

-- Speaking

local function say(data, channel)
    local how = channel == EVENT and "reliable" or "unsequenced"
    relay:send("\11\1\0" .. varint(#data) .. data, channel, how)
end

local function publish()
    seq = (seq + 1) % 65536
    local first = "\0" .. u16(seq) .. varint(0) .. zigzag(3 * seq) .. zigzag(-5 * seq)
    local second = "\26" .. varint(7) .. u16(seq) .. varint(0) .. zigzag(-seq) .. zigzag(1500) .. zigzag(-seq - 1)
    relay:send("\7\0" .. first .. second .. string.char(#name) .. name, STATE, "unsequenced")
end

local function prove(sentence, holds, seen)
    failed = failed + (holds and 0 or 1)
    print((holds and "passed: " or "FAILED: ") .. name .. ": " .. sentence .. (holds and "" or " (" .. seen .. ")"))
end

-- What is known, for a failure's line.
local function seen()
    local out = {}
    for key, count in pairs(states) do out[#out + 1] = key .. " " .. count end
    for event in pairs(events) do out[#out + 1] = event end
    for member, who in pairs(members) do out[#out + 1] = member .. " is " .. who end
    return table.concat(out, ", ")
end

local function conclude(has_parted)
    prove("joins, and is given the whole room", me ~= nil and is_picture_whole and not farewell, farewell or seen())
    for _, who in ipairs(hear) do
        prove("hears " .. who .. "'s two entities", hears_entities(who), seen())
        prove("hears " .. who .. "'s events, reliable and unsequenced", hears_events(who), seen())
        prove(who .. " has heard enough, too", is_finished(who), seen())
    end
    for _, who in ipairs(see) do
        prove("hears " .. who .. "'s states", sees(who), seen())
    end
    local first = table.concat(wrong, "; ", 1, math.min(3, #wrong))
    prove("each state has the place and payload that it was sent with", #wrong == 0, first)
    prove("the relay disconnects who says LEAVE", has_parted, "it did not")
    print(("  note: %s took %d messages, %d states lost"):format(name, messages, lost))
    os.exit(failed == 0 and 0 or 1)
end

local function on_message(data)
    messages = messages + 1
    local handler = take[data:byte(1)]
    if not handler then
        note_wrong("a message of type " .. tostring(data:byte(1)))
    elseif me or data:byte(1) <= 3 then
        local fine, why = pcall(handler, data, 2)
        if not fine then
            note_wrong(("type %d: %s"):format(data:byte(1), why))
        end
    end
end

function love.load(arguments)
    local i = 1
    while arguments[i] do
        local flag, value = arguments[i], arguments[i + 1]
        if flag == "--port" and tonumber(value) then port = value
        elseif flag == "--name" and value then name = value
        elseif flag == "--hear" and value then hear[#hear + 1] = value
        elseif flag == "--see" and value then see[#see + 1] = value
        elseif flag == "--seconds" and tonumber(value) then seconds = tonumber(value)
        else
            io.stderr:write("unknown or incomplete: " .. flag .. "; see the head of main.lua\n")
            os.exit(2)
        end
        i = i + 2
    end
    if not port then
        io.stderr:write("--port is missing\n")
        os.exit(2)
    end
    started = love.timer.getTime()
    host = enet.host_create()
    relay = host:connect("127.0.0.1:" .. port, 4, 0x53544c01)
end

function love.update()
    local now = love.timer.getTime()
    for event in function() return host:service(0) end do
        if event.type == "connect" then
            relay:throttle_configure(5000, 32, 0)
            relay:send("\1" .. varint(#ROOM) .. ROOM .. varint(#name) .. name .. "\0\0\0\0\0\0", CONTROL, "reliable")
        elseif event.type == "receive" then
            on_message(event.data)
        else
            conclude(has_left)
        end
    end
    if now > started + seconds then
        conclude(false)
    end
    if not me or has_left then
        return
    end
    if now >= publish_due then
        publish_due = now + PUBLISH_S
        publish()
    end
    if now >= wave_due then
        wave_due = now + WAVE_S
        say("wave", EVENT_FAST)
    end
    if not has_greeted and each(hear, is_there) then
        has_greeted = true
        say("hello", EVENT)
    end
    local has_heard = each(hear, hears_entities) and each(hear, hears_events) and each(see, sees)
    if not is_done and is_picture_whole and has_heard then
        is_done = true
        say("done", EVENT)
    end
    if is_done and each(hear, is_finished) then
        has_left = true
        relay:send("\13", CONTROL, "reliable")
    end
end
