-- A client without a window: only the modules that love.run's loop and ENet need.
function love.conf(t)
    t.identity = "starling-interop"
    t.window = nil
    for _, module in ipairs({
        "audio", "data", "font", "graphics", "image", "joystick", "keyboard", "math", "mouse", "physics", "sound",
        "system", "thread", "touch", "video", "window",
    }) do
        t.modules[module] = false
    end
    io.stdout:setvbuf("line")
end
